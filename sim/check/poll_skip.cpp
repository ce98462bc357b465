#include "sim/check/poll_skip.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/check/wording.h"

namespace wavetank::sim {

void PollSkip::jumped(NodeId reader, log::PartitionId p, log::Offset from, log::Offset to,
                      Time now) {
  if (gap_count_ == kMaxGaps) {
    judgement_.lack_evidence();
    return;
  }
  ++gap_count_;
  gaps_[p.value()].push_back({reader, from, to, now});
}

/// Ascending and apart: what overlaps was read twice, and is one gap for the question at hand.
void PollSkip::join(std::vector<Gap>& gaps) {
  std::ranges::sort(gaps, {}, &Gap::from);
  std::size_t last = 0;
  for (std::size_t i = 1; i < gaps.size(); ++i) {
    if (gaps[i].from <= gaps[last].to) {
      gaps[last].to = std::max(gaps[last].to, gaps[i].to);
    } else {
      gaps[++last] = gaps[i];
    }
  }
  gaps.resize(std::min(gaps.size(), last + 1));
}

const PollSkip::Gap* PollSkip::gap_around(log::PartitionId p, log::Offset offset) {
  if (!joined_) {
    std::ranges::for_each(gaps_, join);
    joined_ = true;
  }
  const auto& gaps = gaps_[p.value()];
  const auto after = std::ranges::upper_bound(gaps, offset, {}, &Gap::from);
  return after == gaps.begin() || (after - 1)->to <= offset ? nullptr : &*(after - 1);
}

void PollSkip::stored(EventId id, bool delivered, bool passed, log::PartitionId p,
                      const std::string& name, log::Offset offset) {
  if (passed) {
    judgement_.look();
    if (!delivered && judgement_.holds()) {
      judgement_.breach(fmt::format("{}: the reader has passed {} and was never given it",
                                    place_text(name, offset), event_text(id)));
    }
  }
  if (gap_count_ == 0 || !judgement_.holds()) {
    return;
  }
  if (const Gap* gap = gap_around(p, offset)) {
    judgement_.breach(fmt::format("{}: at {} node {} was taken from {} to {}, past {}",
                                  place_text(name, offset), time_text(gap->at), gap->reader.value(),
                                  gap->from.value(), gap->to.value(), event_text(id)));
  }
}

}  // namespace wavetank::sim
