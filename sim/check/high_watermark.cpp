#include "sim/check/high_watermark.h"

#include <fmt/format.h>

#include <algorithm>

namespace wavetank::sim {

void HighWatermark::became_leader(NodeId broker, log::PartitionId p, log::LeaderEpoch epoch,
                                  log::Offset end) {
  Partition& it = at(p);
  if (epoch < it.epoch) {
    return;  // it hears late that it was elected: others have led and committed since
  }
  it.leader = broker;
  it.epoch = epoch;
  it.shown = log::Offset();
  committed_stays_.look();
  if (end < it.greatest) {
    committed_stays_.breach(
        fmt::format("partition {}: node {} leads epoch {} with a log that ends at {}, below the "
                    "high watermark {}",
                    p.value(), broker.value(), epoch.value(), end.value(), it.greatest.value()));
  }
}

void HighWatermark::advanced(NodeId leader, log::PartitionId p, log::Offset high_watermark) {
  monotonic_.look();
  Partition& it = at(p);
  if (leader == it.leader) {
    if (high_watermark < it.shown) {
      monotonic_.breach(
          fmt::format("partition {}: the high watermark of leader {} went from {} back to {}",
                      p.value(), leader.value(), it.shown.value(), high_watermark.value()));
    }
    it.shown = high_watermark;
  }
  it.greatest = std::max(it.greatest, high_watermark);
}

void HighWatermark::truncated(NodeId broker, log::PartitionId p, log::Offset end) {
  const auto seen = at(p).seen.find(broker);
  if (seen != at(p).seen.end()) {
    seen->second = std::min(seen->second, end);
  }
}

void HighWatermark::recovered(NodeId broker, log::PartitionId p) {
  at(p).seen.erase(broker);
}

void HighWatermark::registered(NodeId broker) {
  for (Partition& partition : partitions_) {
    partition.seen.erase(broker);
  }
}

void HighWatermark::inspected(NodeId broker, log::PartitionId p, log::Offset high_watermark,
                              log::Offset end) {
  monotonic_.look();
  Partition& it = at(p);
  log::Offset& before = it.seen[broker];
  const auto breach = [&](const char* what, log::Offset bound) {
    monotonic_.breach(fmt::format("partition {}: the high watermark of node {} is {}, {} {}",
                                  p.value(), broker.value(), high_watermark.value(), what,
                                  bound.value()));
  };
  if (high_watermark < before) {
    breach("and was", before);
  } else if (high_watermark > end) {
    breach("beyond the end of its log,", end);
  } else if (high_watermark > it.greatest) {
    breach("and no leader has announced more than", it.greatest);
  }
  before = high_watermark;
}

}  // namespace wavetank::sim
