#include "sim/check/step_invariants.h"

#include <fmt/format.h>

#include <algorithm>

namespace wavetank::sim {

void StepInvariants::claim_epoch(log::PartitionId p, NodeId leader, log::LeaderEpoch epoch) {
  one_leader_.look();
  const auto [claim, is_new] = leader_of_epoch_[p.value()].emplace(epoch, leader);
  if (!is_new && claim->second != leader) {
    one_leader_.breach(fmt::format("partition {} epoch {}: node {} leads, and so does node {}",
                                   p.value(), epoch.value(), claim->second.value(),
                                   leader.value()));
  }
}

void StepInvariants::leader_elected(log::PartitionId p, NodeId leader, log::LeaderEpoch epoch) {
  claim_epoch(p, leader, epoch);
}

void StepInvariants::became_leader(NodeId broker, log::PartitionId p, log::LeaderEpoch epoch,
                                   log::Offset end) {
  claim_epoch(p, broker, epoch);
  HighWatermark& it = high_watermark_[p.value()];
  it.leader = broker;
  it.shown = log::Offset();
  committed_stays_.look();
  if (end < it.greatest) {
    committed_stays_.breach(
        fmt::format("partition {}: node {} leads epoch {} with a log that ends at {}, below the "
                    "high watermark {}",
                    p.value(), broker.value(), epoch.value(), end.value(), it.greatest.value()));
  }
}

void StepInvariants::appended_as_leader(NodeId broker, log::PartitionId p, log::Offset base,
                                        log::LeaderEpoch epoch) {
  one_leader_.look();
  const auto& leaders = leader_of_epoch_[p.value()];
  const auto claim = leaders.find(epoch);
  if (claim == leaders.end() || claim->second != broker) {
    one_leader_.breach(fmt::format(
        "partition {}: node {} wrote offset {} as leader of epoch {}, which it does not lead",
        p.value(), broker.value(), base.value(), epoch.value()));
  }
}

void StepInvariants::high_watermark_advanced(NodeId leader, log::PartitionId p,
                                             log::Offset high_watermark) {
  monotonic_.look();
  HighWatermark& it = high_watermark_[p.value()];
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

StepInvariants::Reading& StepInvariants::reading(NodeId reader, log::PartitionId p) {
  std::vector<Reading>& all = reading_[p.value()];
  const auto found = std::ranges::find(all, reader, &Reading::reader);
  return found != all.end() ? *found : all.emplace_back(Reading{reader, log::Offset()});
}

void StepInvariants::position_set(NodeId reader, log::PartitionId p, log::Offset offset) {
  reading(reader, p).next = offset;
}

void StepInvariants::delivered(NodeId reader, log::PartitionId p, log::Offset offset) {
  poll_order_.look();
  log::Offset& next = reading(reader, p).next;
  if (offset != next) {
    poll_order_.breach(fmt::format("partition {}: offset {} was handed over where {} was next",
                                   p.value(), offset.value(), next.value()));
  }
  next = offset + 1;
}

std::vector<log::Offset> StepInvariants::positions() const {
  std::vector<log::Offset> furthest(reading_.size());
  for (std::size_t p = 0; p < reading_.size(); ++p) {
    for (const Reading& it : reading_[p]) {
      furthest[p] = std::max(furthest[p], it.next);
    }
  }
  return furthest;
}

std::vector<reports::InvariantReport> StepInvariants::reports(bool consumed) const {
  std::vector<reports::InvariantReport> all = {one_leader_.report(), monotonic_.report(),
                                               committed_stays_.report()};
  if (consumed) {
    all.push_back(poll_order_.report());
  }
  return all;
}

}  // namespace wavetank::sim
