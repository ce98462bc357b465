#include "engine/log/client/partitioner.h"

#include <algorithm>

#include "engine/base/hash.h"
#include "engine/log/limits.h"

namespace wavetank::log {

// --- hot keys ------------------------------------------------------------------------------------

HotKeys::Counter& HotKeys::counter_of(std::uint64_t hash) {
  const auto found = std::ranges::find(counters_, hash, &Counter::hash);
  if (found != counters_.end()) {
    return *found;
  }
  if (counters_.size() < limits::kHotKeyCounters) {
    return counters_.emplace_back(Counter{hash, 0, 0});
  }
  // The rarest gives its place, hot ones last; the newcomer may have been there as often unseen.
  Counter& rarest = *std::ranges::min_element(counters_, [](const Counter& a, const Counter& b) {
    return a.hot != b.hot ? b.hot : a.count < b.count;
  });
  rarest = Counter{hash, rarest.count, rarest.count};
  return rarest;
}

bool HotKeys::note(std::uint64_t hash) {
  ++total_;
  Counter& counter = counter_of(hash);
  ++counter.count;
  const auto sure = static_cast<double>(counter.count - counter.over);
  counter.hot |= total_ >= limits::kHotKeyEvidence && sure >= share_ * static_cast<double>(total_);
  return counter.hot;
}

// --- partitions ----------------------------------------------------------------------------------

std::uint32_t Partitioner::choose(ByteView key, std::size_t record_bytes, port::Ports& ports) {
  switch (config_.partitioning) {
    case Partitioning::round_robin:
      turn_ = (turn_ + 1) % partitions_;
      return turn_;
    case Partitioning::sticky:
      return stick(record_bytes, ports);
    case Partitioning::sub_partitions:
      return key.empty() ? stick(record_bytes, ports) : sub_partition(key);
    case Partitioning::hash:
      break;
  }
  return key.empty() ? stick(record_bytes, ports) : home_of(key);
}

ByteView Partitioner::primary(ByteView key) const {
  return config_.primary_key_bytes == 0
             ? key
             : key.first(std::min<std::size_t>(key.size(), config_.primary_key_bytes));
}

std::uint32_t Partitioner::home_of(ByteView key) const {
  return static_cast<std::uint32_t>(hash64(primary(key)) % partitions_);
}

std::uint32_t Partitioner::sub_partition(ByteView key) {
  const std::uint64_t hash = hash64(primary(key));
  const auto home = static_cast<std::uint32_t>(hash % partitions_);
  if (!hot_.note(hash)) {
    return home;
  }
  const std::uint64_t secondary = hash64(key.subspan(primary(key).size()), 1);
  const std::uint32_t spread = std::min(config_.sub_partitions, partitions_);
  return static_cast<std::uint32_t>((home + secondary % spread) % partitions_);
}

/// Stays with one partition for a batch's worth of bytes and then goes on to a random one that has
/// a leader (KIP-794, without its adaption to slow brokers).
std::uint32_t Partitioner::stick(std::size_t record_bytes, port::Ports& ports) {
  if (sticky_bytes_left_ == 0) {
    move_on(ports);
  }
  sticky_bytes_left_ -= std::min<std::uint64_t>(sticky_bytes_left_, record_bytes + 1);
  return sticky_;
}

void Partitioner::move_on(port::Ports& ports) {
  sticky_bytes_left_ = std::max<std::uint64_t>(config_.batch_bytes, 1);
  const auto start = static_cast<std::uint32_t>(ports.random() % partitions_);
  sticky_ = start;
  for (std::uint32_t i = 0; i < partitions_; ++i) {
    const std::uint32_t candidate = (start + i) % partitions_;
    if (accumulator_.leader(candidate) != kNoBroker) {
      sticky_ = candidate;
      return;
    }
  }
}

}  // namespace wavetank::log
