#include "sim/check/in_sync_set.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/check/wording.h"

namespace wavetank::sim {

InSyncSet::Partition& InSyncSet::settled_before(log::PartitionId p, Time now) {
  Partition& it = partitions_[p.value()];
  if (it.since < now) {
    judge(p, it);
    it.since = now;
  }
  return it;
}

void InSyncSet::judge(log::PartitionId p, const Partition& it) {
  judgement_.look();
  std::vector<NodeId> sorted = it.in_sync;
  std::ranges::sort(sorted);
  if (const auto twice = std::ranges::adjacent_find(sorted); twice != sorted.end()) {
    judgement_.breach(fmt::format("partition {} at {}: node {} is in sync twice", p.value(),
                                  time_text(it.since), twice->value()));
  }
  if (it.leader != log::kNoNode && !it.in_sync.empty() &&
      std::ranges::find(it.in_sync, it.leader) == it.in_sync.end()) {
    judgement_.breach(fmt::format("partition {} at {}: node {} leads and is not in sync", p.value(),
                                  time_text(it.since), it.leader.value()));
  }
}

void InSyncSet::leader_elected(log::PartitionId p, NodeId leader, Time now) {
  settled_before(p, now).leader = leader;
}

void InSyncSet::went_offline(log::PartitionId p, Time now) {
  settled_before(p, now).leader = log::kNoNode;
}

void InSyncSet::changed(log::PartitionId p, std::span<const NodeId> in_sync, Time now) {
  settled_before(p, now).in_sync.assign(in_sync.begin(), in_sync.end());
}

void InSyncSet::stored(const StoredPartition& partition) {
  judge(partition.id, partitions_[partition.id.value()]);
  const StoredReplica* leader = partition.authority();
  if (leader == nullptr || !leader->leads) {
    return;
  }
  for (const NodeId member : leader->in_sync) {
    if (std::ranges::find(partition.replicas, member, &StoredReplica::broker) ==
        partition.replicas.end()) {
      judgement_.breach(fmt::format("{}: node {} is in sync and keeps no replica", partition.name,
                                    member.value()));
    }
  }
}

}  // namespace wavetank::sim
