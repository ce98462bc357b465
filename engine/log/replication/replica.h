#pragma once

// One partition on one broker: its log, whether this broker leads or follows, how far the followers
// have come, the high watermark and the in-sync set.
//
// Sources: Kafka's replication design ("Replication" in its documentation); KIP-497 for the
// committed and the maximal in-sync set; KIP-903 for the epochs of the brokers in a change; the
// rules of replica.lag.time.max.ms; KIP-455 for replicas that are being added: learners, until they
// are in sync.
//
// Invariants:
//  1. While it leads, the high watermark never moves back and never passes the end of a member of
//     the maximal in-sync set (the committed one and the additions asked for), where an end counts
//     only if its follower has fetched in this leader epoch.
//  2. One change of the in-sync set at most is asked for at a time, and it builds on the newest
//     state known.
//  3. Leader epochs never go back.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "engine/log/probe.h"
#include "engine/log/protocol/protocol.h"
#include "engine/log/replication/cluster_metadata.h"
#include "engine/log/storage/partition_log.h"
#include "engine/port/clock.h"

namespace wavetank::log {

/// What happened to replicas during a step and is passed on to those who wait at its end, once for
/// a whole request.
struct ReplicaEvents {
  struct Growth {
    PartitionId partition;
    std::uint64_t bytes = 0;
  };
  std::vector<Growth> appended;                 ///< by a leader
  std::vector<Growth> committed;                ///< the high watermark moved
  std::vector<Growth> stable;                   ///< the last stable offset moved
  std::vector<PartitionId> in_sync_change;      ///< a change is asked for
  std::vector<PartitionId> leadership_changed;  ///< or the leader's epoch

  [[nodiscard]] bool empty() const {
    return appended.empty() && committed.empty() && stable.empty() && in_sync_change.empty() &&
           leadership_changed.empty();
  }
};

class Replica {
 public:
  enum class Part : std::uint8_t { idle, leader, follower };

  struct Settings {
    NodeId self = kNoNode;
    Duration lag_max;
    Duration retry_backoff;  ///< before a refused change of the in-sync set is asked for again
    std::uint32_t min_insync = 1;
    bool throttles_catch_up =
        false;  ///< of every replica that is not in sync, not of learners only
  };

  Replica(PartitionId partition, const Settings& settings, PartitionLog log,
          const ClusterMetadata& cluster, ReplicaEvents& events, Probe& probe);

  [[nodiscard]] PartitionId partition() const { return partition_; }
  [[nodiscard]] PartitionLog& log() { return log_; }
  [[nodiscard]] const PartitionLog& log() const { return log_; }
  [[nodiscard]] Part part() const { return part_; }
  [[nodiscard]] bool leads() const { return part_ == Part::leader; }
  [[nodiscard]] LeaderEpoch epoch() const { return epoch_; }
  [[nodiscard]] Offset high_watermark() const { return high_watermark_; }
  /// The end of what a reader of committed transactions may see: at most the high watermark.
  [[nodiscard]] Offset last_stable() const { return last_stable_; }
  /// As the controller has confirmed it.
  [[nodiscard]] const std::vector<NodeId>& in_sync() const { return in_sync_; }
  [[nodiscard]] bool enough_in_sync() const { return in_sync_.size() >= settings_.min_insync; }

  /// What an earlier process of this broker knew to be committed. Before anything is adopted.
  void restore_high_watermark(Offset known);

  // --- transitions
  // ----------------------------------------------------------------------------------

  /// The controller's word, newer than any before. REQUIRES: this broker is among the replicas.
  void adopt(const PartitionState& state, Time now);
  /// The partition has moved away: neither leads nor follows, and gives up what it has stored.
  /// (Kafka does so a minute later, file.delete.delay.ms.)
  void give_up(port::Meter& meter);
  /// Has not been given up, or has been taken up again.
  [[nodiscard]] bool is_held() const { return held_; }

  // --- leading
  // --------------------------------------------------------------------------------------

  /// Appends a producer's batch. REQUIRES: leads.
  tl::expected<AppendResult, ErrorCode> append(const Bytes& batch, Time now, port::Meter& meter);
  /// Appends the marker that ends a producer's transaction. REQUIRES: leads.
  tl::expected<AppendResult, ErrorCode> append_marker(const EndMarker& marker, port::Now now,
                                                      port::Meter& meter);
  /// A follower asks for `offset` on, so it holds everything before. False if `follower` is no
  /// replica. REQUIRES: leads.
  bool follower_fetched(NodeId follower, BrokerEpoch broker_epoch, Offset offset, Time now);

  /// `broker` is being added and not in sync yet.
  [[nodiscard]] bool is_learner(NodeId broker) const {
    return std::ranges::find(learners_, broker) != learners_.end();
  }
  /// What `broker` is sent may be throttled (KIP-73): it is a learner, or lags and all such are.
  [[nodiscard]] bool may_be_throttled(NodeId broker) const {
    return settings_.throttles_catch_up ? std::ranges::find(lagging_, broker) != lagging_.end()
                                        : is_learner(broker);
  }
  /// Asks for followers that have caught up to join.
  void consider_expanding(Time now);
  /// Brokers have come or gone: one that returns may join, one that is gone is waited for no more.
  void brokers_changed(Time now);
  /// Asks for members that have lagged too long to leave.
  void consider_shrinking(Time now);
  /// The change that is asked for, if any.
  [[nodiscard]] std::optional<AlterPartitionRequest::Partition> wanted_change(
      BrokerEpoch self_epoch) const;
  /// The controller has answered the change that built on `builds_on`. If it took it, or knew a
  /// newer state, `adopt` came before and has settled it; otherwise it was refused.
  void change_answered(PartitionEpoch builds_on, Time now);

  // --- following
  // ------------------------------------------------------------------------------------

  /// Stores what the leader sent. REQUIRES: follows.
  ErrorCode append_from_leader(const Bytes& batches, port::Meter& meter);
  void leader_committed(Offset leader_high_watermark);
  /// Where to cut when the leader says that its `epoch` ends at `end` (KIP-101).
  [[nodiscard]] Offset divergence(LeaderEpoch epoch, Offset end) const;
  PartitionLog::Progress truncate(Offset to, port::StorageToken token, port::Meter& meter);
  /// The leader's log begins at `leader_start`: what lies before it may go. If this log ends there
  /// or before, it is given up and begins anew. REQUIRES: follows.
  void leader_starts_at(Offset leader_start, port::Meter& meter);

  // --- keeping
  // --------------------------------------------------------------------------------------

  /// Throws away what retention no longer keeps (PartitionLog::expire).
  void expire(std::int64_t now_ms, port::Meter& meter);
  /// For who looks: its part, how far it and the others have come.
  void describe(port::Description& out) const;

 private:
  struct Follower {
    NodeId broker;
    BrokerEpoch broker_epoch{-1};  ///< as its last fetch said
    Offset end{-1};                ///< -1: has not fetched in this epoch
    bool member = false;           ///< of the committed in-sync set
    bool joining = false;          ///< asked for
    Time last_fetch;
    Offset leader_end_at_last_fetch;
    std::optional<Time> caught_up;  ///< when it last had everything; nothing: never in this epoch
  };

  void lead(const PartitionState& state, Time now);
  void adopt_followers(const PartitionState& state);
  void follow(const PartitionState& state);
  void adopt_in_sync(const std::vector<NodeId>& in_sync);
  void appended(const AppendResult& result, Offset old_end, std::uint64_t bytes, Time now);
  void advance_high_watermark(Time now);
  void advance_stable(std::uint64_t committed_bytes);
  [[nodiscard]] bool keeps_up(const Follower& follower, Time now) const;
  [[nodiscard]] bool may_join(const Follower& follower) const;
  void ask_for(std::vector<NodeId> in_sync);

  PartitionId partition_;
  Settings settings_;
  PartitionLog log_;
  const ClusterMetadata& cluster_;
  ReplicaEvents& events_;
  Probe& probe_;

  Part part_ = Part::idle;
  bool held_ = true;
  std::vector<NodeId> learners_;  ///< being added, and not in sync
  std::vector<NodeId> lagging_;   ///< replicas, and not in sync; learners among them
  LeaderEpoch epoch_ = kNoLeaderEpoch;
  PartitionEpoch partition_epoch_{-1};
  Offset high_watermark_;
  Offset last_stable_;

  // of a leader
  Offset epoch_start_;  ///< the log's end when it began to lead
  std::vector<NodeId> in_sync_;
  std::optional<std::vector<NodeId>> wanted_in_sync_;
  Time next_change_;  ///< not before, after a refusal
  std::vector<Follower> followers_;
  std::uint64_t uncommitted_bytes_ = 0;  ///< above the high watermark, appended in this epoch
  std::uint64_t unstable_bytes_ = 0;     ///< of them, committed, above the last stable offset
};

}  // namespace wavetank::log
