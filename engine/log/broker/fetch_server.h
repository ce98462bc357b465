#pragma once

// Answers fetches of followers and consumers: incremental sessions (KIP-227), long polls that end
// when there are min_bytes or max_wait is over, truncation on fetch (KIP-595).
//
// This is the hottest path of a broker. The rules that keep it cheap:
//  - A partition knows the sessions that want it; news of it lists it in these sessions and nowhere
//    else. An answer looks at the listed partitions only, never at the whole session.
//  - Nothing is answered before the end of the step, so that all appends of one produce request
//    leave in one answer.
//  - A listed partition that turns out to have nothing to say is taken off the list. One whose data
//    was sent stays, at the list's end, so that every partition gets its turn under max_bytes; if
//    its fetcher does not move on, the same data is sent again. An error is told once: again only
//    after the fetcher has named the partition again or its leader has changed.
//
// Followers that learn a partition which is being moved, or all that are not in sync if brokers are
// set so, get none of it while more has been sent to such than may be (KIP-73); what else they
// follow, they get.
//
// A follower's requests also say how far it has come: that is passed to the replica first.

#include <algorithm>
#include <cstdint>
#include <vector>

#include "engine/log/broker/client_quotas.h"
#include "engine/log/broker/deadline_queue.h"
#include "engine/log/broker/fetch_session.h"
#include "engine/log/limits.h"
#include "engine/log/protocol/step.h"
#include "engine/log/replication/replica_table.h"
#include "engine/log/replication/replication_quota.h"

namespace wavetank::log {

class FetchServer {
 public:
  FetchServer(NodeId self, ReplicaTable& replicas, ClusterMetadata& cluster, ClientQuotas& quotas,
              Probe& probe, std::uint32_t partition_count)
      : self_(self),
        replicas_(replicas),
        cluster_(cluster),
        quotas_(quotas),
        probe_(probe),
        watchers_(partition_count) {}

  void on_request(const Step& step, NodeId from, CorrelationId correlation,
                  const FetchRequest& request);
  /// The connection is gone; what waits for it is not answered any more.
  void on_hang_up(NodeId peer);

  // --- news --------------------------------------------------------------------------------------

  void appended(const ReplicaEvents::Growth& growth);
  void committed(const ReplicaEvents::Growth& growth);
  void stable(const ReplicaEvents::Growth& growth);
  void leadership_changed(PartitionId p);
  /// The read that a fetch waited for has brought its bytes.
  void loaded(PartitionId p);

  // --- at the end of the step --------------------------------------------------------------------

  /// Answers what can be answered.
  void serve(const Step& step);
  /// Answers what has waited long enough.
  void expire(const Step& step);
  [[nodiscard]] Time earliest_deadline() const {
    return held_back_.empty() ? deadlines_.earliest()
                              : std::min(deadlines_.earliest(), quota_.free_at());
  }

  /// For all that may be throttled together; 0: without bound. Said anew whenever in-sync sets have
  /// changed: who has come in sync does not wait any more.
  void throttle_catch_up(std::uint64_t bytes_per_second);
  /// For who looks: sessions, and the polls that wait in them.
  void describe(port::Description& out) const;

 private:
  using Slot = std::uint32_t;  ///< of a session
  struct Watcher {
    Slot session;
    std::uint32_t partition;  ///< slot within the session
  };
  enum class Outcome : std::uint8_t { nothing, watermark, data, urgent, loading, held_back };

  // sessions
  FetchSession* session_of(NodeId from, const FetchRequest& request);
  FetchSession& open(const Step& step, NodeId from, const FetchRequest& request);
  void close(Slot slot);
  void close_least_recently_used(const Step& step);
  void want(FetchSession& session, const FetchRequest::Partition& wanted);
  void forget(FetchSession& session, PartitionId p);
  void await(const Step& step, FetchSession& session, CorrelationId correlation,
             const FetchRequest& request);
  void wake(FetchSession& session);
  /// The consumers of one isolation level can see more.
  void grown(const ReplicaEvents::Growth& growth, Isolation isolation);
  [[nodiscard]] Slot slot_of(const FetchSession& session) const {
    return static_cast<Slot>(&session - sessions_.data());
  }

  /// There is no such session, or no more.
  void disown(const Step& step, NodeId peer, CorrelationId correlation) const;

  // followers
  void note_progress(const Step& step, const FetchSession& session, const FetchRequest& request);

  // answers
  struct Looked {
    std::uint32_t slot;
    Outcome outcome;
    Offset high_watermark;
    std::uint64_t counted = 0;  ///< bytes in the answer that the quota counts
  };
  void answer_if_ready(const Step& step, FetchSession& session, bool overdue);
  /// Fills the answer from the candidates; the bytes in it.
  std::uint64_t collect(const Step& step, FetchSession& session, FetchResponse& response);
  void settle(const Step& step, FetchSession& session, bool answered);
  [[nodiscard]] bool may_throttle(const FetchSession& session, PartitionId p) const;
  void hold_back(const FetchSession& session);
  void wake_held_back();
  void throttle(const Step& step, const FetchSession& session, FetchResponse& response);
  Outcome look_at(const Step& step, const FetchSession& session,
                  const FetchSession::Partition& partition, std::uint64_t room,
                  FetchResponse::Partition& out);

  struct Deadline {
    Slot slot;
    std::uint32_t session;
    Time at;
  };
  [[nodiscard]] auto waits() const {
    return [this](const Deadline& it) {
      const FetchSession& session = sessions_[it.slot];
      return session.id == it.session && session.deadline_queued == it.at;
    };
  }

  NodeId self_;
  ReplicaTable& replicas_;
  ClusterMetadata& cluster_;
  ClientQuotas& quotas_;
  Probe& probe_;
  std::vector<FetchSession> sessions_;
  std::vector<Slot> free_;
  tsl::robin_map<std::uint32_t, Slot> by_id_;  ///< for look-ups only
  std::size_t consumer_sessions_ = 0;
  std::uint64_t uses_ = 0;
  std::vector<std::vector<Watcher>> watchers_;  ///< by partition
  std::vector<Slot> woken_;
  DeadlineQueue<Deadline> deadlines_;
  ReplicationQuota quota_;
  std::vector<Slot> held_back_;  ///< sessions that wait for the quota
  std::vector<Looked> looked_;   ///< at the candidates, while an answer is being made
};

}  // namespace wavetank::log
