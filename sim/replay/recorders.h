#pragma once

// Stand between the roles and those who watch a run: pass on what is told, and keep of it what
// changes how a node stands. Installed for a replay only; they change nothing.

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/coordination/probe.h"
#include "engine/coordination/raft/probe.h"
#include "engine/log/config.h"
#include "engine/log/probe.h"
#include "scenarios/schedule.h"
#include "sim/cluster/cluster.h"
#include "sim/replay/record_listener.h"
#include "sim/replay/transitions.h"

namespace wavetank::sim {

/// What the recorders have in common: where they write, and how nodes are called.
class Notes {
 public:
  /// REQUIRES: both outlive it.
  Notes(const Cluster& cluster, Transitions& transitions)
      : cluster_(cluster), transitions_(transitions) {}

  /// `subject`: the partition or the like that it has happened to; empty: the node itself.
  void at(NodeId node, Change change, const std::string& subject, const std::string& what) {
    transitions_.note(cluster_.now(), node, change, subject, what);
  }
  /// At the node that it is about, and at that whose step it is.
  void decided(NodeId about, Change change, const std::string& subject, const std::string& what);
  /// Only at the node whose step it is.
  void here(Change change, const std::string& subject, const std::string& what);
  [[nodiscard]] std::string name(NodeId node) const;
  [[nodiscard]] std::string names(std::span<const NodeId> nodes) const;
  /// The node whose step it is; nobody outside of a step.
  [[nodiscard]] NodeId acting() const;

 private:
  const Cluster& cluster_;
  Transitions& transitions_;
};

class ProcessRecorder final : public ProcessObserver {
 public:
  explicit ProcessRecorder(Notes& notes, const Cluster& cluster)
      : notes_(notes), cluster_(cluster) {}
  /// `history` hears of it, too; null: nobody asks for records.
  void tell(RecordListener* history) { history_ = history; }

  void process_begins(NodeId node) override;
  void process_ends(NodeId node, Unsynced unsynced, const std::vector<FileLoss>& losses) override;

 private:
  Notes& notes_;
  const Cluster& cluster_;
  RecordListener* history_ = nullptr;
};

class LogRecorder final : public log::Probe {
 public:
  /// `next` is told first. `history` may be null: nobody asks for records. `told`: called after
  /// everything that has been told. REQUIRES: all outlive it.
  LogRecorder(log::Probe& next, Notes& notes, const log::Topology& topology,
              RecordListener* history, std::function<void()> told)
      : next_(next),
        notes_(notes),
        topology_(topology),
        history_(history),
        told_(std::move(told)) {}

  void appended(NodeId broker, log::PartitionId p, log::Offset base, log::Offset last,
                log::LeaderEpoch epoch, bool as_leader) override;
  void high_watermark_advanced(NodeId leader, log::PartitionId p, log::Offset to) override;
  void truncated(NodeId broker, log::PartitionId p, log::Offset old_end,
                 log::Offset new_end) override;
  void log_start_advanced(NodeId broker, log::PartitionId p, log::Offset start) override;
  void log_cleaned(NodeId broker, log::PartitionId p, log::Offset up_to, std::uint64_t before,
                   std::uint64_t after) override;
  void became_leader(NodeId broker, log::PartitionId p, log::LeaderEpoch epoch,
                     log::Offset end) override;
  void became_follower(NodeId broker, log::PartitionId p, NodeId leader,
                       log::LeaderEpoch epoch) override;
  void log_recovered(NodeId broker, log::PartitionId p, log::Offset end,
                     std::uint64_t bytes) override;
  void replica_removed(NodeId broker, log::PartitionId p) override;
  void replica_learned(NodeId broker, log::PartitionId p, std::uint64_t bytes) override;
  void request_refused(NodeId by, log::PartitionId p, log::ErrorCode error) override;
  void whole_request_refused(NodeId by, log::ErrorCode error) override;
  void client_throttled(NodeId broker, std::string_view client, Duration throttle) override;
  void controller_stands(NodeId controller) override;
  void controller_recovered(NodeId controller, std::uint64_t term, NodeId voted_for,
                            std::uint64_t last) override;
  void controller_activated(NodeId controller) override;
  void broker_registered(NodeId broker, log::BrokerEpoch epoch) override;
  void broker_fenced(NodeId broker) override;
  void leader_elected(log::PartitionId p, NodeId leader, log::LeaderEpoch epoch) override;
  void unclean_election(log::PartitionId p, NodeId leader) override;
  void partition_offline(log::PartitionId p) override;
  void in_sync_set_changed(log::PartitionId p, log::LeaderEpoch epoch,
                           std::span<const NodeId> in_sync) override;
  void reassignment_ended(log::PartitionId p, bool completed) override;
  void rebalance_started(NodeId coordinator, std::string_view group) override;
  void group_assigned(NodeId coordinator, std::string_view group,
                      log::Generation generation) override;
  void group_member_expired(std::string_view group, std::string_view member) override;
  void offset_committed(std::string_view group, NodeId by, log::PartitionId p,
                        log::Offset offset) override;
  void group_request_refused(std::string_view group, NodeId asker, log::ApiKey request,
                             log::ErrorCode error) override;
  void transaction_request_refused(NodeId asker, log::ErrorCode error) override;
  void transaction_decided(NodeId coordinator, std::string_view id, log::Outcome outcome) override;

 private:
  [[nodiscard]] std::string name(log::PartitionId p) const { return topology_.partition_name(p); }

  log::Probe& next_;
  Notes& notes_;
  const log::Topology& topology_;
  RecordListener* history_;
  std::function<void()> told_;
};

class CoordinationRecorder final : public coordination::Probe {
 public:
  /// As LogRecorder.
  CoordinationRecorder(coordination::Probe& next, Notes& notes, std::function<void()> told)
      : next_(next), notes_(notes), told_(std::move(told)) {}

  void standing_changed(NodeId server, coordination::Standing standing) override;
  void elected(NodeId leader) override;
  void established(NodeId leader, coordination::Epoch epoch, coordination::Zxid history) override;
  void gave_up(NodeId leader, coordination::Epoch epoch) override;
  void proposed(NodeId leader, coordination::Zxid zxid) override { next_.proposed(leader, zxid); }
  void delivered(NodeId server, coordination::Zxid zxid, std::uint64_t hash) override {
    next_.delivered(server, zxid, hash);
    told_();
  }
  void reloaded(NodeId server, coordination::Zxid last, coordination::Epoch accepted) override;
  void snapshot_taken(NodeId server, coordination::Zxid zxid) override {
    next_.snapshot_taken(server, zxid);
  }
  void session_opened(coordination::SessionId session) override;
  void session_closed(coordination::SessionId session, bool expired) override;

 private:
  coordination::Probe& next_;
  Notes& notes_;
  std::function<void()> told_;
};

class QuorumRecorder final : public raft::Probe {
 public:
  /// As LogRecorder.
  QuorumRecorder(raft::Probe& next, Notes& notes, std::function<void()> told)
      : next_(next), notes_(notes), told_(std::move(told)) {}

  void recovered(NodeId server, raft::Term term, std::optional<NodeId> voted_for,
                 raft::LogIndex last) override;
  void stands_for_election(NodeId server, raft::Term term) override;
  void elected(NodeId leader, raft::Term term) override;
  void stepped_down(NodeId leader, raft::Term term) override;
  void applied(NodeId server, raft::LogIndex index, const raft::Entry& entry) override {
    next_.applied(server, index, entry);
    told_();
  }
  void restored(NodeId server, raft::LogIndex last, raft::Term term) override;

 private:
  raft::Probe& next_;
  Notes& notes_;
  std::function<void()> told_;
};

}  // namespace wavetank::sim
