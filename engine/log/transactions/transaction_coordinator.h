#pragma once

// The part of a broker that coordinates transactions (KIP-98, KIP-360): gives transactional
// producers their id and epoch and so fences the ones before them, knows which partitions a
// transaction has written to, decides its outcome once and durably, and sees to it that every
// partition gets the marker, over failures and changes of leader.
//
// Rules:
//  1. A transaction is committed or aborted when the record that says so (prepare) is with the
//     replicas; nobody is told, and no marker is sent, before.
//  2. A new incarnation of a producer, and a timeout, abort under a higher epoch, which the markers
//     carry to every partition: what the old incarnation still sends is refused there.
//  3. Until the markers of a transaction are written, its producer is answered
//     concurrent_transactions and asks again.

#include <string_view>

#include "engine/log/config.h"
#include "engine/log/groups/group_coordinator.h"
#include "engine/log/probe.h"
#include "engine/log/protocol/step.h"
#include "engine/log/replication/cluster_metadata.h"
#include "engine/log/transactions/marker_sender.h"
#include "engine/log/transactions/producer_ids.h"
#include "engine/log/transactions/transaction_log.h"

namespace wavetank::log {

class TransactionCoordinator {
 public:
  /// All references outlive it.
  TransactionCoordinator(NodeId self, const BrokerConfig& config, const Topology& topology,
                         ReplicaTable& replicas, const ClusterMetadata& cluster,
                         ProducerIds& producer_ids, const GroupCoordinator& groups, Probe& probe);

  /// Whether requests of this kind are its own.
  static bool serves(ApiKey api);
  /// A request of a kind that it serves.
  void on_request(const Step& step, NodeId from, const Envelope& envelope,
                  const port::Message& message);
  /// An answer to the markers it sent.
  void on_markers_written(const Step& step, NodeId from, CorrelationId correlation,
                          const WriteTxnMarkersResponse& response);

  // --- news of partitions: any of them
  // ---------------------------------------------------------------
  void leadership_changed(const Step& step, PartitionId p);
  void loaded(PartitionId p) { log_.loaded(p); }
  void on_reset(const Step& step, NodeId peer) { markers_.on_reset(step, peer); }

  /// At the end of a step: tells of what the replicas have, reads on, aborts what is overdue, sends
  /// markers. May append to its partitions. True if there is more to read at hand.
  bool pump(const Step& step, CorrelationId& next_correlation);
  [[nodiscard]] Time next_deadline() const;
  /// For who looks: its ids, and the markers on their way.
  void describe(port::Description& out, const Topology& topology) const;

 private:
  void on_find(const Step& step, const TransactionAsker& asker,
               const FindTransactionCoordinatorRequest& request);
  void on_init(const Step& step, const TransactionAsker& asker,
               const InitProducerIdRequest& request);
  void on_add_partitions(const Step& step, const TransactionAsker& asker,
                         const AddPartitionsToTxnRequest& request);
  void on_add_offsets(const Step& step, const TransactionAsker& asker,
                      const AddOffsetsToTxnRequest& request);
  void on_end(const Step& step, const TransactionAsker& asker, const EndTxnRequest& request);

  /// Each returns why not, or none: then the asker is answered when the change holds.
  ErrorCode init(const Step& step, const TransactionAsker& asker,
                 const InitProducerIdRequest& request);
  ErrorCode add_partitions(const Step& step, const TransactionAsker& asker,
                           const AddPartitionsToTxnRequest& request);
  ErrorCode end(const Step& step, const TransactionAsker& asker, const EndTxnRequest& request);

  /// The entry that a request of its producer speaks of; null, and the error, if there is none or
  /// the request is of another incarnation, or something is under way.
  TransactionEntry* entry_of(std::string_view id, ProducerId producer, ProducerEpoch epoch,
                             ErrorCode& error);
  /// The next incarnation: the next epoch, or epoch 0 of a new id where there is none left.
  [[nodiscard]] std::optional<TransactionState> next_incarnation(const TransactionState& state);
  ErrorCode change(const Step& step, std::string_view id, TransactionEntry& entry,
                   TransactionState next, const TransactionAsker& asker = {},
                   ErrorCode answer = ErrorCode::none);
  /// Fences the producer of an ongoing transaction and aborts it.
  ErrorCode abort_under_next_epoch(const Step& step, std::string_view id, TransactionEntry& entry,
                                   ProducerEpoch last_epoch, const TransactionAsker& asker);

  /// The entry's state holds, or has just been read.
  void settled(const Step& step, std::string_view id, TransactionEntry& entry);
  void send_markers(std::string_view id, TransactionEntry& entry);
  void complete(const Step& step, std::string_view id, TransactionEntry& entry);
  void serve_due(const Step& step);
  void answer(const Step& step, const TransactionAsker& asker, ErrorCode error,
              const TransactionState& state = {});

  NodeId self_;
  const BrokerConfig& config_;
  const ClusterMetadata& cluster_;
  ProducerIds& producer_ids_;
  const GroupCoordinator& groups_;
  Probe& probe_;
  TransactionLog log_;
  MarkerSender markers_;
  Time next_check_ = Time::never();  ///< for what is overdue
};

}  // namespace wavetank::log
