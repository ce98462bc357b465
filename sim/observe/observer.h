#pragma once

// Everything that is watched while a run goes on, joined: what the log shows of itself (Probe), the
// steps of nodes, what load generators send and consumers get. Watching changes nothing.

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/log/probe.h"
#include "engine/log/storage/record_batch.h"
#include "sim/check/precommitted_read.h"
#include "sim/check/raft_promises.h"
#include "sim/check/record_ledger.h"
#include "sim/check/step_invariants.h"
#include "sim/check/transaction_history.h"
#include "sim/cluster/cluster.h"
#include "sim/observe/cluster_news.h"
#include "sim/observe/event_watch.h"
#include "sim/observe/evidence_recorder.h"
#include "sim/observe/group_watch.h"
#include "sim/observe/leaderships.h"
#include "sim/observe/log_watch.h"
#include "sim/observe/lost_records.h"
#include "sim/observe/move_watch.h"
#include "sim/observe/record_trace.h"
#include "sim/observe/recovery_tracker.h"
#include "sim/observe/stage_ledger.h"

namespace wavetank::sim {

class Observer final : public log::Probe, public StepObserver, private EventTarget {
 public:
  /// `loaded`: by partition, whether producers write to it. Latencies are split from
  /// `measured_from` on.
  /// `groups`: the names of the consumer groups. `controllers`: so many form a quorum.
  Observer(Kernel& kernel, Cluster& cluster, std::vector<bool> loaded,
           std::vector<std::string> groups, Time measured_from, std::size_t controllers = 0);

  /// Begins to sample the backlog, until `end`.
  void start_sampling(Time end);

  // --- load and consumers
  // -----------------------------------------------------------------------------
  /// The application has a record to send: from here on it is owed.
  void produced(EventId id, Time intended);
  /// Its producer has taken it; key and value have this many bytes.
  void accepted(EventId id, std::size_t bytes);
  void sent(log::PartitionId partition, std::span<const std::uint64_t> ids, int attempt);
  /// By the broker that stored them, which leads the partition as far as it knows; or as they
  /// leave, without acks.
  void acknowledged(log::PartitionId partition, log::Offset base,
                    std::span<const std::uint64_t> ids);
  /// They were stored in a transaction that is committed now.
  void acknowledged_by_commit(log::PartitionId partition, log::Offset base,
                              std::span<const std::uint64_t> ids) {
    acknowledged_by(log::kNoNode, partition, base, ids);
  }
  void refused(std::span<const std::uint64_t> ids);
  /// The producer process of an instance is gone, with all that it had not settled.
  void producer_died(std::uint32_t instance) { ledger_.refuse_pending(instance); }
  /// A member of a group has been told what it holds.
  void assigned(GroupIndex group, NodeId member, log::Generation generation,
                const std::vector<log::PartitionId>& owned) {
    groups_.assigned(group, member, generation, owned);
  }
  /// It has been shut out, or is another process now: what it held is not its own any more.
  void lost_all(GroupIndex group, NodeId member) { groups_.lost_all(group, member); }
  void begins_at(GroupIndex group, NodeId member, log::PartitionId p, log::Offset offset) {
    groups_.positioned(group, member, p, offset);
  }
  [[nodiscard]] GroupWatch& groups() { return groups_; }
  /// A member has been handed everything below `next`.
  /// What a group has committed, by partition.
  [[nodiscard]] const std::map<log::PartitionId, log::Offset>& committed(GroupIndex group) const {
    return groups_.committed_by(group);
  }
  void read_to(GroupIndex group, bool judged, log::PartitionId p, log::Offset next) {
    groups_.delivered(kernel_.now(), group, judged, p, next);
  }
  /// So many records for a group that is not judged.
  void delivered_beside(std::uint64_t records) { groups_.delivered_beside(records); }
  /// Applications write to the partition what they make of the records of others.
  void holds_effects(log::PartitionId partition) { effects_[partition.value()] = true; }
  /// The judged group of its topic is given the records of committed transactions only.
  void reads_committed(log::PartitionId partition) { reads_committed_[partition.value()] = true; }
  /// Records of the judged consumer group (see load/consumers): of every batch, those from `from`
  /// on.
  void delivered(NodeId reader, log::PartitionId partition, const log::BatchView& batch,
                 log::Offset from);
  void position_set(NodeId reader, log::PartitionId partition, log::Offset offset,
                    std::optional<PassedOver::Why> chosen) {
    invariants_.position_set(reader, partition, offset, chosen);
    last_given_[partition.value()] = kernel_.now();
  }
  /// A consumer of any group has asked for an offset that the log does not have.
  void out_of_range_seen(bool judged, log::PartitionId p) {
    ++out_of_range_;
    if (judged) {
      last_given_[p.value()].reset();  // until it is set to a position, nobody reads there
    }
  }

  /// A consumer was given what does not match its checksum.
  void corrupt_seen() { ++refusals_[log::ErrorCode::corrupt_message]; }

  // --- transactions
  // -------------------------------------------------------------------------------------
  TransactionHistory& transactions() { return transactions_; }
  [[nodiscard]] const TransactionHistory& transactions() const { return transactions_; }
  [[nodiscard]] const PrecommittedRead& precommitted_read() const { return precommitted_read_; }
  void producer_fenced() { ++producers_fenced_; }
  [[nodiscard]] std::uint64_t producers_fenced() const { return producers_fenced_; }

  /// What controllers of a quorum tell each other.
  RaftPromises& quorum() { return quorum_; }

  // --- moves of partitions
  // ------------------------------------------------------------------------------
  MoveWatch& moves() { return moves_; }
  [[nodiscard]] const MoveWatch& moves() const { return moves_; }

  // --- faults
  // --------------------------------------------------------------------------------------------
  RecoveryTracker& recovery() { return recovery_; }
  /// `events` hears of what faults may be bound to. REQUIRES: it outlives the run.
  void tell(EventWatch& events) { events_ = &events; }
  /// `trace` hears of every record. REQUIRES: it outlives the run.
  void tell(RecordTrace& trace) { trace_ = &trace; }

  [[nodiscard]] const RecordLedger& ledger() const { return ledger_; }
  [[nodiscard]] const StageLedger& stages() const { return stages_; }
  [[nodiscard]] const StepInvariants& invariants() const { return invariants_; }
  [[nodiscard]] const GroupWatch& groups() const { return groups_; }
  [[nodiscard]] const Leaderships& leaderships() const { return leaderships_; }
  [[nodiscard]] const LogWatch& logs() const { return logs_; }
  [[nodiscard]] std::uint64_t out_of_range() const { return out_of_range_; }
  /// Passes of the brokers' cleaners.
  [[nodiscard]] std::uint64_t cleanings() const { return cleanings_; }
  /// Requests, or partitions of them, that brokers and controllers refused, and answers that
  /// clients could not use, by error.
  [[nodiscard]] const std::map<log::ErrorCode, std::uint64_t>& refusals() const {
    return refusals_;
  }
  /// How long each client has been told to keep still.
  [[nodiscard]] const std::map<std::string, Duration, std::less<>>& throttled() const {
    return throttled_;
  }
  [[nodiscard]] StepInvariants& invariants() { return invariants_; }
  /// By partition: when the judged group was last given something of it, or set to a position.
  [[nodiscard]] const std::vector<std::optional<Time>>& last_given() const { return last_given_; }
  /// Produced, and neither delivered nor refused nor passed over nor lost.
  [[nodiscard]] std::uint64_t lag_records() const;
  [[nodiscard]] reports::Evidence finish() { return evidence_.finish(kernel_.now()); }

 private:
  /// kNoNode: not by one who stored them.
  void acknowledged_by(NodeId by, log::PartitionId partition, log::Offset base,
                       std::span<const std::uint64_t> ids);
  // StepObserver
  void step_begins(const Step& step) override { step_ = &step; }
  void step_ends(Duration cost) override { stages_.step_ended(cost); }
  // Probe
  void appended(NodeId broker, log::PartitionId p, log::Offset base, log::Offset last,
                log::LeaderEpoch epoch, bool as_leader) override;
  void high_watermark_advanced(NodeId leader, log::PartitionId p,
                               log::Offset high_watermark) override;
  void became_leader(NodeId broker, log::PartitionId p, log::LeaderEpoch epoch,
                     log::Offset end) override;
  void truncated(NodeId broker, log::PartitionId p, log::Offset old_end,
                 log::Offset new_end) override;
  void log_recovered(NodeId broker, log::PartitionId p, log::Offset end,
                     std::uint64_t bytes_scanned) override;
  void replica_removed(NodeId broker, log::PartitionId p) override {
    invariants_.high_watermark().recovered(broker, p);  // another copy, if one comes
    logs_.removed(broker, p);
  }
  void replica_learned(NodeId /*broker*/, log::PartitionId p, std::uint64_t bytes) override {
    moves_.learned(p, bytes);
  }
  void reassignment_ended(log::PartitionId p, bool completed) override {
    moves_.ended(kernel_.now(), p, completed);
  }
  void controller_recovered(NodeId controller, std::uint64_t term, NodeId voted_for,
                            std::uint64_t last) override {
    quorum_.recovered(controller, raft::Term(term),
                      voted_for == log::kNoNode ? std::nullopt : std::optional(voted_for),
                      raft::LogIndex(last));
  }
  void log_start_advanced(NodeId broker, log::PartitionId p, log::Offset start) override {
    invariants_.replication().holds(broker, p, start);
    logs_.begins(p, start);
  }
  void controller_stands(NodeId controller) override;
  void controller_activated(NodeId controller) override;
  void log_cleaned(NodeId /*broker*/, log::PartitionId /*p*/, log::Offset /*up_to*/,
                   std::uint64_t /*bytes_before*/, std::uint64_t /*bytes_after*/) override {
    ++cleanings_;
  }
  void broker_registered(NodeId broker, log::BrokerEpoch epoch) override;
  void broker_fenced(NodeId broker) override;
  void leader_elected(log::PartitionId p, NodeId leader, log::LeaderEpoch epoch) override;
  void partition_offline(log::PartitionId p) override;
  void in_sync_set_changed(log::PartitionId p, log::LeaderEpoch epoch,
                           std::span<const NodeId> in_sync) override;
  void rebalance_started(NodeId coordinator, std::string_view group) override;
  void group_assigned(NodeId coordinator, std::string_view group,
                      log::Generation generation) override;
  void offset_committed(std::string_view group, NodeId by, log::PartitionId p,
                        log::Offset offset) override;
  void group_request_refused(std::string_view group, NodeId asker, log::ApiKey request,
                             log::ErrorCode error) override;
  void transaction_decided(NodeId coordinator, std::string_view id, log::Outcome outcome) override;
  void request_refused(NodeId by, log::PartitionId p, log::ErrorCode error) override;
  void whole_request_refused(NodeId by, log::ErrorCode error) override;
  void transaction_request_refused(NodeId asker, log::ErrorCode error) override;
  void client_throttled(NodeId broker, std::string_view client, Duration throttle) override;
  // EventTarget: time to look at the backlog
  void fire(std::uint64_t payload) override;
  [[nodiscard]] std::string describe(std::uint64_t /*payload*/) const override {
    return "observer: looks at the backlog";
  }
  /// Tells of an event that a fault may be bound to.
  template <class... What>
  void happens(scenarios::RunEvent event, const What&... what) {
    if (events_ != nullptr) {
      events_->saw(event, what...);
    }
  }

  Kernel& kernel_;
  const Step* step_ = nullptr;
  Time sampling_until_;
  RecordLedger ledger_;
  StageLedger stages_;
  EvidenceRecorder evidence_;
  ClusterNews news_;
  RecoveryTracker recovery_;
  StepInvariants invariants_;
  RaftPromises quorum_;
  GroupWatch groups_;
  MoveWatch moves_;
  LogWatch logs_;
  Leaderships leaderships_;
  LostRecords lost_;
  std::map<log::ErrorCode, std::uint64_t> refusals_;
  std::map<std::string, Duration, std::less<>> throttled_;
  TransactionHistory transactions_;
  PrecommittedRead precommitted_read_;
  std::uint64_t producers_fenced_ = 0;
  std::vector<std::optional<Time>> last_given_;
  std::uint64_t out_of_range_ = 0;
  std::vector<bool> effects_;          ///< by partition
  std::vector<bool> reads_committed_;  ///< likewise
  EventWatch* events_ = nullptr;       ///< null: no fault waits for an event
  RecordTrace* trace_ = nullptr;       ///< null: nobody asks what became of a record
  std::uint64_t cleanings_ = 0;
};

}  // namespace wavetank::sim
