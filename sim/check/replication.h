#pragma once

// Step invariants of replication: who must have a record before it counts as stored.
//
// log/in-sync-holds-committed: when a leader moves its high watermark up, when the controller
// changes the in-sync set, and when a member cuts its log, every member of the set has all that is
// below the watermark. Whoever of them leads next has what was acknowledged; a breach is the cause
// of a loss that need not come.
// log/acknowledged-is-replicated: what a producer that waits for all in-sync replicas is told is
// stored lies below a high watermark that a leader has announced, and on at least min.insync
// replicas.
//
// What a member of the set has had it is taken to have until it cuts its log or leaves the set:
// what a crash takes from it within the promises, its leader cannot know of. Sets are judged that
// the controller has told, and a leader in the epoch that the controller told last: others commit
// nothing. Cannot see: whether replicas hold the same records there (log/replicas-equal).

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "engine/base/ids.h"
#include "engine/log/types.h"
#include "sim/check/judgement.h"

namespace wavetank::sim {

class Replication {
 public:
  explicit Replication(std::uint32_t partitions) : partitions_(partitions) {}

  /// All who write to it wait for `min_insync` replicas.
  void promises(log::PartitionId p, std::uint32_t min_insync) { at(p).min_insync = min_insync; }

  /// A change of the set may be told and never be written (by a controller upon an ensemble): who
  /// has left it may be found in it again, as it was, and is forgiven what it lost.
  void changes_may_be_undone() { forgives_ = true; }

  // As brokers tell it:
  /// The broker's log has reached `end`.
  void holds(NodeId broker, log::PartitionId p, log::Offset end);
  void truncated(NodeId broker, log::PartitionId p, log::Offset end);
  /// A process has begun, with this log.
  void recovered(NodeId broker, log::PartitionId p, log::Offset end);
  void became_leader(NodeId broker, log::PartitionId p, log::LeaderEpoch epoch, log::Offset end);
  void advanced(NodeId leader, log::PartitionId p, log::Offset high_watermark);
  // As the controller tells it:
  void elected(log::PartitionId p, log::LeaderEpoch epoch);
  void in_sync_set(log::PartitionId p, log::LeaderEpoch epoch, std::span<const NodeId> members);
  // As a producer is told:
  void acknowledged(log::PartitionId p, log::Offset base, std::size_t records);

  /// Those that there was an occasion for.
  [[nodiscard]] std::vector<reports::InvariantReport> reports() const;

 private:
  struct Partition {
    std::uint32_t min_insync = 0;  ///< 0: nothing is promised
    NodeId leader = log::kNoNode;  ///< of the latest epoch in which somebody began to lead
    log::LeaderEpoch leads_in = log::kNoLeaderEpoch;
    log::LeaderEpoch decided = log::kNoLeaderEpoch;  ///< by the controller
    log::Offset committed;                           ///< as this leader has announced it
    log::Offset greatest;                            ///< as any has
    std::vector<NodeId> in_sync;                     ///< empty: not told yet
    struct Replica {
      log::Offset reached;  ///< as a member of the set
      log::Offset holds;    ///< now
    };
    std::map<NodeId, Replica> replicas;
    [[nodiscard]] bool has_member(NodeId broker) const;
  };
  Partition& at(log::PartitionId p) { return partitions_[p.value()]; }
  void judge(log::PartitionId p, const char* when);

  std::vector<Partition> partitions_;
  bool forgives_ = false;
  Judgement in_sync_{"log/in-sync-holds-committed"};
  Judgement acknowledged_{"log/acknowledged-is-replicated"};
};

}  // namespace wavetank::sim
