#pragma once

// The producer client: collects records into batches per partition (linger, batch size), sends the
// ready batches of a broker in one request, bounds what is in flight, retries in order, numbers
// batches so that a retry is never stored twice (idempotence), and puts records of several
// partitions into transactions (KIP-98).

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/log/config.h"
#include "engine/log/protocol/groups.h"
#include "engine/log/storage/control_batch.h"
#include "engine/log/types.h"
#include "engine/port/role.h"

namespace wavetank::log {

/// The caller's own number for a record, handed back when its fate is known.
using RecordHandle = std::uint64_t;

/// How far a member of a group has come, for its producer to commit.
struct ConsumedOffsets {
  std::string group;
  Generation generation = kNoGeneration;
  MemberIdentity identity;
  std::vector<CommittedOffset> offsets;
};

/// Where a transactional producer stands.
enum class TransactionPhase : std::uint8_t {
  initializing,  ///< asks for its id and epoch, and fences its predecessors
  ready,         ///< no transaction is open
  open,
  failed,  ///< some of its records may not be stored: it can only be aborted
  committing,
  aborting,
  fatal,  ///< another incarnation has taken over: nothing is sent any more
};

/// What the application behind a producer learns. All spans are in the order of `send`.
class ProducerListener {
 public:
  virtual ~ProducerListener() = default;
  /// A batch went into a request to its broker (also at each retry: `attempt` counts from 1).
  virtual void on_batch_sent(PartitionId /*p*/, std::span<const RecordHandle> /*records*/,
                             int /*attempt*/) {}
  /// Record i has offset base + i. With acks=0 the offset is unknown: base is -1, at the time of
  /// sending.
  virtual void on_acknowledged(PartitionId p, Offset base,
                               std::span<const RecordHandle> records) = 0;
  /// Given up: the records may or may not be in the log (`maybe_stored`).
  virtual void on_failed(PartitionId p, std::span<const RecordHandle> records, ErrorCode error,
                         bool maybe_stored) = 0;

  // Of a transactional producer; that a record is acknowledged says nothing of its transaction.

  /// A transaction may begin: after the start, and after each end.
  virtual void on_transaction_ready() {}
  virtual void on_transaction_ended(Outcome /*outcome*/) {}
  /// The open transaction can only be aborted.
  virtual void on_transaction_failed(ErrorCode /*error*/) {}
  /// The producer is of no use any more. If it was committing, the outcome is unknown.
  virtual void on_fatal(ErrorCode /*error*/) {}
};

class Producer final : public port::Role {
 public:
  /// `topic` is an index into topology.topics; `self` this client's node.
  Producer(NodeId self, const ProducerConfig& config, const Topology& topology, std::size_t topic,
           ProducerListener& listener);
  ~Producer() override;

  /// Hands over a record; key and value are copied into a batch. False if the buffer is full or the
  /// cluster is not known yet: nothing was taken, try again after `can_accept` turns true. A record
  /// that can never fit (max_request_bytes, buffer_bytes) is taken and failed at once, and with it
  /// the transaction that it would have been part of. Records without a key stay with one partition
  /// for batch_bytes, then go on to another (KIP-794).
  bool send(port::Now now, ByteView key, ByteView value, ByteView headers, RecordHandle handle,
            port::Ports& ports);
  [[nodiscard]] bool can_accept(std::size_t record_bytes) const;
  /// The partition a key goes to by its hash, as long as it is not spread for being hot.
  [[nodiscard]] PartitionId partition_of(ByteView key) const;
  /// Records taken and neither acknowledged nor failed.
  [[nodiscard]] std::uint64_t pending_records() const;
  // --- transactions (with a transactional id)
  // ---------------------------------------------------------------
  /// Records are taken in an open transaction only.
  [[nodiscard]] TransactionPhase transaction() const;
  /// REQUIRES: ready.
  void begin_transaction();
  /// The offsets become the group's with the commit of the transaction; a member that the group
  /// does not know any more makes it fail (KIP-447). REQUIRES: open, at least one offset, once a
  /// transaction.
  void send_offsets_to_transaction(ConsumedOffsets offsets);
  /// Flushes and commits. on_transaction_ended tells, or on_transaction_failed that it must be
  /// aborted. REQUIRES: open.
  void commit_transaction(port::Now now, port::Ports& ports);
  /// Gives up what has not been sent (on_failed) and aborts. REQUIRES: open or failed.
  void abort_transaction(port::Now now, port::Ports& ports);

  /// Makes every open batch ready at once, without waiting for linger.
  void flush(port::Now now, port::Ports& ports);

  void start(port::Now now, port::Ports& ports) override;
  void on_message(port::Now now, NodeId from, port::Lane lane, const port::Message& message,
                  port::Ports& ports) override;
  void on_timer(port::Now now, port::TimerId timer, port::Ports& ports) override;
  void on_reset(port::Now now, NodeId peer, port::Ports& ports) override;
  void describe(port::Description& out) const override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wavetank::log
