#pragma once

// The transactional side of a producer (Kafka's TransactionManager; KIP-98, KIP-360): finds the
// coordinator of its transactional id, gets id and epoch from it, tells it of every partition
// before the first record goes there, and ends transactions.
//
// One request to the coordinator is in flight at a time; whatever comes of it, it is asked again
// until there is an answer that settles it.

#include <optional>
#include <vector>

#include "engine/log/client/network_client.h"
#include "engine/log/client/producer.h"
#include "engine/log/config.h"
#include "engine/log/protocol/protocol.h"

namespace wavetank::log {

class TransactionManager {
 public:
  /// What the producer does when something is settled.
  class Owner {
   public:
    virtual ~Owner() = default;
    /// A new epoch: sequences begin anew.
    virtual void on_epoch(ProducerId producer, ProducerEpoch epoch) = 0;
    virtual void on_partitions_added(const std::vector<PartitionId>& partitions) = 0;
    virtual void on_ended(Outcome outcome) = 0;
    /// Offsets are not the producer's to commit: the transaction must be aborted.
    virtual void on_offsets_refused(ErrorCode error) = 0;
    /// Another incarnation has taken over, or the coordinator refuses for good.
    virtual void on_fatal(ErrorCode error) = 0;
  };

  /// All references outlive it.
  TransactionManager(const ProducerConfig& config, NetworkClient& network, Owner& owner)
      : config_(config), network_(network), owner_(owner) {}

  [[nodiscard]] TransactionPhase phase() const { return phase_; }
  /// REQUIRES: ready.
  void begin();
  /// A record goes to this partition. REQUIRES: open.
  void touch(PartitionId p);
  /// The offsets of a group are committed with the transaction. REQUIRES: open; once a transaction.
  void send_offsets(ConsumedOffsets offsets);
  /// Something of the transaction may not be in the logs: it can only be aborted. `uncertain`: a
  /// batch may yet arrive somewhere, so that a new epoch must shut it out.
  void fail(bool uncertain);
  /// Commits, once all that was sent is acknowledged. REQUIRES: open.
  void commit();
  /// Aborts, once nothing is in flight any more. REQUIRES: open or failed.
  void abort();

  /// Asks for what is due. `drained`: no record is pending. Returns when to call again.
  Time pump(port::Now now, bool drained, port::Ports& ports);
  /// An answer to one of its requests.
  void on_response(port::Now now, BrokerIndex from, const PendingRequest& request,
                   const port::Message& message, port::Ports& ports);
  /// One of its requests is lost.
  void on_lost(port::Now now);
  /// For who looks.
  void describe(port::Description& out) const;

 private:
  void ask(port::Now now, bool drained, port::Ports& ports);
  void ask_init(port::Now now, port::Ports& ports);
  void ask_add(port::Now now, port::Ports& ports);
  void ask_end(port::Now now, port::Ports& ports);
  void ask_offsets(port::Now now, port::Ports& ports);
  /// Decodes an answer and hands it to on_answer.
  template <class Response>
  void take(port::Now now, BrokerIndex from, const port::Message& message, port::Ports& ports);
  void on_answer(port::Now now, const FindTransactionCoordinatorResponse& it);
  void on_answer(port::Now now, const InitProducerIdResponse& it);
  void on_answer(port::Now now, const AddPartitionsToTxnResponse& it);
  void on_answer(port::Now now, const AddOffsetsToTxnResponse& it);
  void on_answer(port::Now now, const FindCoordinatorResponse& it);
  void on_answer(port::Now now, const TxnOffsetCommitResponse& it);
  void on_answer(port::Now now, const EndTxnResponse& it);
  void on_offsets_answered(port::Now now, ErrorCode error);
  /// False if the answer is an error, which is dealt with.
  bool accepted(port::Now now, ErrorCode error);
  void not_added();
  void ended(Outcome outcome);

  const ProducerConfig& config_;
  NetworkClient& network_;
  Owner& owner_;

  TransactionPhase phase_ = TransactionPhase::initializing;
  ProducerId producer_ = kNoProducerId;
  ProducerEpoch epoch_{-1};
  BrokerIndex coordinator_ = kNoBroker;
  bool in_flight_ = false;
  Time not_before_;  ///< the back-off

  // of the open transaction
  std::vector<PartitionId> wanted_;  ///< to be told to the coordinator
  std::vector<PartitionId> adding_;  ///< in a request
  bool added_any_ = false;           ///< the coordinator knows of the transaction
  std::optional<ConsumedOffsets>
      offsets_;                 ///< to be committed with it, and not yet with their coordinator
  bool offsets_added_ = false;  ///< the transaction's coordinator knows of their group
  bool offsets_in_flight_ = false;
  bool offsets_lost_ = false;  ///< a request with them may yet arrive somewhere
  BrokerIndex group_coordinator_ = kNoBroker;
  bool uncertain_ = false;  ///< only a new epoch makes it certain what is in the logs
};

}  // namespace wavetank::log
