#include "engine/log/storage/leader_epochs.h"

#include <algorithm>

#include "engine/base/ensure.h"

namespace wavetank::log {

void LeaderEpochs::note(LeaderEpoch epoch, Offset base_offset) {
  ENSURE(epoch >= latest(), "leader epochs never decrease within a log");
  if (epoch > latest()) {
    entries_.push_back({epoch, base_offset});
  }
}

EpochEnd LeaderEpochs::end_of(LeaderEpoch epoch, Offset log_end) const {
  const auto above =
      std::upper_bound(entries_.begin(), entries_.end(), epoch,
                       [](LeaderEpoch asked, const Entry& entry) { return asked < entry.epoch; });
  const Offset end = above == entries_.end() ? log_end : above->start;
  return {above == entries_.begin() ? kNoLeaderEpoch : std::prev(above)->epoch, end};
}

void LeaderEpochs::truncate_to(Offset end) {
  while (!entries_.empty() && entries_.back().start >= end) {
    entries_.pop_back();
  }
}

void LeaderEpochs::encode(ByteWriter& to) const {
  to.fixed(static_cast<std::uint32_t>(entries_.size()));
  for (const Entry& entry : entries_) {
    to.fixed(entry.epoch.value());
    to.fixed(entry.start.value());
  }
}

bool LeaderEpochs::decode(ByteReader& from) {
  entries_.clear();
  const auto count = from.fixed<std::uint32_t>();
  for (std::uint32_t i = 0; i < count && from.ok(); ++i) {
    const LeaderEpoch epoch(from.fixed<std::int32_t>());
    const Offset start(from.fixed<std::int64_t>());
    const bool ascends = epoch > latest() && (entries_.empty() || start > entries_.back().start);
    if (!from.ok() || !ascends) {
      entries_.clear();
      return false;
    }
    entries_.push_back({epoch, start});
  }
  return from.ok();
}

}  // namespace wavetank::log
