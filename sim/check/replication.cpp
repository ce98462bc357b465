#include "sim/check/replication.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/check/wording.h"

namespace wavetank::sim {

bool Replication::Partition::has_member(NodeId broker) const {
  return std::ranges::find(in_sync, broker) != in_sync.end();
}

void Replication::holds(NodeId broker, log::PartitionId p, log::Offset end) {
  Partition::Replica& it = at(p).replicas[broker];
  it.holds = std::max(it.holds, end);
  it.reached = std::max(it.reached, end);
}

void Replication::truncated(NodeId broker, log::PartitionId p, log::Offset end) {
  Partition::Replica& it = at(p).replicas[broker];
  it.holds = std::min(it.holds, end);
  it.reached = std::min(it.reached, end);
  judge(p, "as a replica cuts its log");
}

void Replication::recovered(NodeId broker, log::PartitionId p, log::Offset end) {
  Partition::Replica& it = at(p).replicas[broker];
  it.holds = end;
  it.reached = forgives_ || at(p).has_member(broker) ? std::max(it.reached, end) : end;
}

void Replication::became_leader(NodeId broker, log::PartitionId p, log::LeaderEpoch epoch,
                                log::Offset end) {
  holds(broker, p, end);
  Partition& it = at(p);
  if (epoch >= it.leads_in) {
    it.leader = broker;
    it.leads_in = epoch;
    it.committed = log::Offset();
  }
}

void Replication::advanced(NodeId leader, log::PartitionId p, log::Offset high_watermark) {
  Partition& it = at(p);
  it.greatest = std::max(it.greatest, high_watermark);
  if (leader == it.leader) {
    it.committed = high_watermark;
    judge(p, "as the leader's high watermark moves");
  }
}

void Replication::elected(log::PartitionId p, log::LeaderEpoch epoch) {
  at(p).decided = std::max(at(p).decided, epoch);
}

void Replication::in_sync_set(log::PartitionId p, log::LeaderEpoch epoch,
                              std::span<const NodeId> members) {
  Partition& it = at(p);
  if (epoch < it.decided) {
    return;  // somebody tells what was
  }
  it.in_sync.assign(members.begin(), members.end());
  for (auto& [broker, replica] : it.replicas) {
    if (!forgives_ && !it.has_member(broker)) {
      replica.reached = replica.holds;
    }
  }
  judge(p, "as the in-sync set changes");
}

void Replication::judge(log::PartitionId p, const char* when) {
  const Partition& it = at(p);
  if (it.leads_in != it.decided) {
    return;
  }
  in_sync_.look();
  for (const NodeId member : it.in_sync) {
    const auto found = it.replicas.find(member);
    const log::Offset reached = found == it.replicas.end() ? log::Offset() : found->second.reached;
    if (in_sync_.holds() && reached < it.committed) {
      in_sync_.breach(fmt::format(
          "partition {}, epoch {}, {}: node {} is in sync and has {}, committed is {}", p.value(),
          it.decided.value(), when, member.value(), reached.value(), it.committed.value()));
    }
  }
}

void Replication::acknowledged(log::PartitionId p, log::Offset base, std::size_t records) {
  const Partition& it = at(p);
  if (it.min_insync == 0 || base < log::Offset(0)) {
    return;
  }
  acknowledged_.look();
  const log::Offset end = base + static_cast<std::int64_t>(records);
  if (end > it.greatest) {
    acknowledged_.breach(fmt::format("{} is acknowledged, and no leader has committed more than {}",
                                     place_text(p, end - 1), it.greatest.value()));
    return;
  }
  const auto copies = std::ranges::count_if(
      it.replicas, [&](const auto& replica) { return replica.second.reached >= end; });
  if (copies < static_cast<std::ptrdiff_t>(it.min_insync)) {
    acknowledged_.breach(fmt::format("{} is acknowledged, and on {} of at least {} replicas",
                                     place_text(p, end - 1), copies, it.min_insync));
  }
}

std::vector<reports::InvariantReport> Replication::reports() const {
  std::vector<reports::InvariantReport> all;
  for (const Judgement* judgement : {&in_sync_, &acknowledged_}) {
    if (judgement->looked()) {
      all.push_back(judgement->report());
    }
  }
  return all;
}

}  // namespace wavetank::sim
