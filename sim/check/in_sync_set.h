#pragma once

// log/in-sync-set: the in-sync set of a partition, as the controller decides it, names no broker
// twice and has the partition's leader in it; and every member of the set, as the leader knows it
// at the end of the run, is one of the partition's replicas and keeps its log.
//
// Cannot see: whether a member is in truth in sync (what an acknowledged write depends on is
// lost-write's affair); sets that a leader asks for and is refused.

#include <span>
#include <string>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/time.h"
#include "sim/check/judgement.h"
#include "sim/check/stored_log.h"

namespace wavetank::sim {

class InSyncSet {
 public:
  explicit InSyncSet(std::uint32_t partitions) : partitions_(partitions) {}

  // The controller's decisions. What it decides at one instant is judged as a whole.
  void leader_elected(log::PartitionId p, NodeId leader, Time now);
  void went_offline(log::PartitionId p, Time now);
  void changed(log::PartitionId p, std::span<const NodeId> in_sync, Time now);
  /// What it has decided last; empty: nothing yet, and all replicas are in sync.
  [[nodiscard]] std::span<const NodeId> decided(log::PartitionId p) const {
    return partitions_[p.value()].in_sync;
  }
  /// When the run is over; of all partitions.
  void stored(const StoredPartition& partition);

  [[nodiscard]] reports::InvariantReport report() const { return judgement_.report(); }

 private:
  struct Partition {
    NodeId leader = log::kNoNode;
    std::vector<NodeId> in_sync;
    Time since;
  };
  /// Judges what was decided before `now`.
  Partition& settled_before(log::PartitionId p, Time now);
  void judge(log::PartitionId p, const Partition& it);

  std::vector<Partition> partitions_;
  Judgement judgement_{"log/in-sync-set"};
};

}  // namespace wavetank::sim
