#include "sim/check/step_invariants.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "sim/check/wording.h"

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
  replication_.elected(p, epoch);
}

void StepInvariants::became_leader(NodeId broker, log::PartitionId p, log::LeaderEpoch epoch,
                                   log::Offset end) {
  claim_epoch(p, broker, epoch);
  high_watermark_.became_leader(broker, p, epoch, end);
  replication_.became_leader(broker, p, epoch, end);
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

StepInvariants::Reading& StepInvariants::reading(NodeId reader, log::PartitionId p) {
  std::vector<Reading>& all = reading_[p.value()];
  const auto found = std::ranges::find(all, reader, &Reading::reader);
  return found != all.end() ? *found : all.emplace_back(Reading{reader, log::Offset()});
}

void StepInvariants::position_set(NodeId reader, log::PartitionId p, log::Offset offset,
                                  std::optional<PassedOver::Why> chosen) {
  const log::Offset reached = reached_[p.value()];
  if (chosen && offset > reached) {
    passed_over_[p.value()].push_back({reached, offset, *chosen});
    pass_over(p, offset);
  }
  reading(reader, p).next = offset;
}

void StepInvariants::pass_over(log::PartitionId p, log::Offset to) {
  const auto records = static_cast<std::uint64_t>(to - reached_[p.value()]);
  count_passed_over_[p.value()] += records;
  records_passed_over_ += records;
  reached_[p.value()] = to;
}

void StepInvariants::delivered(NodeId reader, log::PartitionId p, log::Offset offset, Time now) {
  backwards_.look();
  gaps_.look();
  log::Offset& next = reading(reader, p).next;
  if (offset < next) {
    backwards_.went_back(reader, p, offset, next, now);
  } else if (next < offset) {
    skips_.jumped(reader, p, next, offset, now);
    if (!compacted_[p.value()]) {
      gaps_.breach(fmt::format("at {} node {} was given {} after offset {}, and not told why",
                               time_text(now), reader.value(), place_text(p, offset),
                               (next - 1).value()));
    }
  }
  if (offset > reached_[p.value()] && compacted_[p.value()]) {
    pass_over(p, offset);
  }
  next = offset + 1;
  reached_[p.value()] = std::max(reached_[p.value()], next);
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
  std::vector<reports::InvariantReport> all = {one_leader_.report(), high_watermark_.monotonic(),
                                               high_watermark_.committed_stays(),
                                               in_sync_set_.report()};
  std::ranges::copy(replication_.reports(), std::back_inserter(all));
  if (consumed) {
    all.push_back(backwards_.report());
    all.push_back(gaps_.report());
  }
  return all;
}

}  // namespace wavetank::sim
