#pragma once

// The following side of a broker: one fetcher for every leader it follows, with all its partitions
// in one fetch session and one request in flight (Kafka's ReplicaFetcherThread, num.replica
// .fetchers = 1).
//
// Rules:
//  - A request names the partitions whose end has moved; an answer counts for a partition only if
//    the leader epoch is still the one that was named.
//  - A partition that got an error is left out for retry_backoff.
//  - A request that is not answered in request_timeout, or whose connection was reset, is given up:
//    after retry_backoff the fetcher opens a new session.
//  - A leader whose log parts from ours says where; we cut there and ask again (KIP-595).
//  - What a topic wants forced to the disk is so before more is asked for: the leader takes a
//  request
//    for more as the word that a replica has what was before.
//  - A partition whose replica here is a learner (or not in sync, if brokers are set so) is left
//  out
//    while this broker has fetched more for such than it may (KIP-73).
//  - With Truncation::high_watermark we cut to our own high watermark before we ask a new leader,
//    compare no epochs, and cut to the leader's end if we are ahead of it (Kafka before KIP-101).

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "engine/log/config.h"
#include "engine/log/protocol/step.h"
#include "engine/log/replication/replica_table.h"
#include "engine/log/replication/replication_quota.h"

namespace wavetank::log {

class ReplicaFetchers {
 public:
  ReplicaFetchers(NodeId self, const BrokerConfig& config, ReplicaTable& replicas,
                  std::uint32_t partition_count);

  /// Follows `leader` from the log's end on, in the replica's present epoch.
  void follow(const Step& step, PartitionId p, NodeId leader);
  void unfollow(PartitionId p);

  void on_response(const Step& step, NodeId from, CorrelationId correlation,
                   const FetchResponse& response);
  void on_reset(const Step& step, NodeId peer);
  /// This broker has a new epoch, which leaders must learn: all sessions are opened anew.
  void reopen(const Step& step);
  /// A truncation that waited for the disk can go on: the leader is asked again.
  void truncation_loaded(const Step& step, PartitionId p);
  /// The log has forced more to the disk: it may ask for more, if it waited for that.
  void flushed(PartitionId p);
  /// For all that may be throttled together; 0: without bound.
  void throttle_catch_up(std::uint64_t bytes_per_second) { quota_.set_rate(bytes_per_second); }

  /// At the end of a step: gives up what is overdue and sends what is due.
  void pump(const Step& step, BrokerEpoch self_epoch, CorrelationId& next_correlation);
  /// When `pump` has something to do if nothing else happens.
  [[nodiscard]] Time next_deadline() const;
  /// For who looks: what is asked of which leader.
  void describe(port::Description& out) const;

 private:
  enum class Stage : std::uint8_t { idle, fetching, backing_off, truncating, flushing, throttled };
  struct Entry {
    NodeId leader = kNoNode;
    Stage stage = Stage::idle;
    bool queued = false;      ///< in its fetcher's `queued`
    bool in_session = false;  ///< the leader's session has it
    bool behind = true;       ///< what was committed when it was last fetched is not all there
    LeaderEpoch named_epoch = kNoLeaderEpoch;
    std::uint32_t back_offs = 0;  ///< counts them: tells which entry of back_offs_ is the latest
  };
  struct Fetcher {
    NodeId leader;
    std::uint32_t members = 0;  ///< partitions that are fetching
    std::uint32_t session = 0;
    std::uint32_t session_epoch = 0;
    std::optional<CorrelationId> in_flight;
    Time deadline;  ///< of the request in flight
    Time not_before;
    std::vector<PartitionId> queued;     ///< to be named
    std::vector<PartitionId> forgotten;  ///< to be taken out of the session
  };
  struct BackOff {
    Time until;
    PartitionId partition;
    std::uint32_t number;
  };

  Fetcher& fetcher_of(NodeId leader);
  Entry& entry(PartitionId p) { return entries_[p.value()]; }
  void enter(PartitionId p);
  void leave(PartitionId p, Stage next);
  void queue(Fetcher& fetcher, PartitionId p);
  void cut_to_high_watermark(const Step& step, PartitionId p);
  void back_off(PartitionId p, Time now);
  void hold_back(Fetcher& fetcher, Time now);
  void let_go_on(Time now);
  /// As in Kafka, who has all that is committed may ask for more, so that its leader learns it.
  [[nodiscard]] bool may_throttle(PartitionId p) const {
    return entries_[p.value()].behind && replicas_.find(p)->may_be_throttled(self_);
  }
  void give_up(Fetcher& fetcher, Time not_before);
  void name_all_again(Fetcher& fetcher);
  void send(const Step& step, Fetcher& fetcher, BrokerEpoch self_epoch, CorrelationId correlation);
  void on_partition(const Step& step, Fetcher& fetcher, const FetchResponse::Partition& fetched);
  void store(const Step& step, Fetcher& fetcher, Replica& replica,
             const FetchResponse::Partition& fetched);
  void truncate(const Step& step, Fetcher& fetcher, Replica& replica,
                const FetchResponse::Partition& fetched);
  [[nodiscard]] bool by_epoch() const { return config_.truncation == Truncation::leader_epoch; }

  NodeId self_;
  BrokerConfig config_;
  ReplicaTable& replicas_;
  std::vector<Entry> entries_;     ///< by partition
  std::vector<Fetcher> fetchers_;  ///< one a leader, in the order first followed
  std::deque<BackOff> back_offs_;  ///< in the order of time; at most a few a partition
  ReplicationQuota quota_;
  std::vector<PartitionId> throttled_;  ///< in the order they were; not all of them may be still
};

}  // namespace wavetank::log
