#pragma once

// Step invariants of the high watermark, below which records are committed.
//
// log/high-watermark-monotonic: it never moves back. While one broker leads, neither in what it
// announces nor in its state; and the state of a replica, leader or follower, neither moves back
// while its process lives, nor passes the end of its log, nor what leaders have announced. Replicas
// are inspected now and then (LogSystem::inspect_replicas), a few at a time.
//   Across a restart it may move back: a process begins with its checkpoint, and a new leader with
// what it had heard as a follower, which may be less than its predecessor had announced. Nothing
// committed is forgotten by that, and that is the other invariant:
// log/committed-stays: who begins to lead has all that was ever announced as committed; unless a
// later leader has begun before it heard that it was elected (it slept): nobody follows it. Where a
// log is cut below its high watermark (truncation by high watermark, unclean election: both are
// configured), the cut replica may move back as well, and the breach, if it is one, is of this.
//
// Cannot see: what happens to a replica between two inspections and is undone again; whether
// replicas hold the same records below it (log/replicas-equal, from the disks, at the end).

#include <cstdint>
#include <map>
#include <vector>

#include "engine/base/ids.h"
#include "engine/log/types.h"
#include "sim/check/judgement.h"

namespace wavetank::sim {

class HighWatermark {
 public:
  explicit HighWatermark(std::uint32_t partitions) : partitions_(partitions) {}

  // As the log tells it:
  void became_leader(NodeId broker, log::PartitionId p, log::LeaderEpoch epoch, log::Offset end);
  void advanced(NodeId leader, log::PartitionId p, log::Offset high_watermark);
  void truncated(NodeId broker, log::PartitionId p, log::Offset end);
  /// A process has begun: with this partition from its checkpoint, or, on an empty disk, with none.
  void recovered(NodeId broker, log::PartitionId p);
  void registered(NodeId broker);

  /// The state of a replica.
  void inspected(NodeId broker, log::PartitionId p, log::Offset high_watermark, log::Offset end);

  [[nodiscard]] reports::InvariantReport monotonic() const { return monotonic_.report(); }
  [[nodiscard]] reports::InvariantReport committed_stays() const {
    return committed_stays_.report();
  }

 private:
  struct Partition {
    NodeId leader = log::kNoNode;  ///< of the latest epoch in which somebody began to lead
    log::LeaderEpoch epoch;
    log::Offset shown;                   ///< by this leader
    log::Offset greatest;                ///< by any: what is below it is committed, and stays
    std::map<NodeId, log::Offset> seen;  ///< of each replica, when it was last inspected
  };
  Partition& at(log::PartitionId p) { return partitions_[p.value()]; }

  std::vector<Partition> partitions_;
  Judgement monotonic_{"log/high-watermark-monotonic"};
  Judgement committed_stays_{"log/committed-stays"};
};

}  // namespace wavetank::sim
