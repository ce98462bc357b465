#pragma once

// The producer's memory: records collected into batches per partition, and which of them may be
// sent when (Kafka's RecordAccumulator with the sequence rules of its TransactionManager, KIP-98
// and KIP-360). Knows nothing of requests and connections.
//
// Invariants:
//  - The batches of a partition stand in the order of their records; only the last may be open.
//  - A live batch holds max(batch_bytes, its first record's bound) of buffer_bytes from its first
//    record until it is acknowledged or given up, as in Kafka: what bounds the number of batches.
//  - A batch is full when it is expected to have batch_bytes once it is compressed.
//  - A destination is ready if one of its partitions has a sendable batch that is full, has
//    lingered, is retried or was flushed. Everything sendable at a ready destination goes along.
//  - With idempotence a partition's batches carry consecutive sequences of one producer id; a batch
//    that is retried goes only when all before it are settled, with the same bytes; and none goes
//    limits::kBatchesInFlightPerPartition behind one that is not settled, for that is what brokers
//    remember for deduplication: after a change of leaders the first may still wait at the old one
//    when more than so many have been acknowledged by the new. The first batch under a producer id
//    goes alone: a log lets a producer that it does not know begin anywhere, so a second batch
//    could be stored although the first was refused.
//
// When a batch with a sequence is given up, nobody knows whether the log expects the sequence after
// it. If a later batch is acknowledged, the numbering goes on. If none with a sequence is left, or
// if the broker answers out_of_order_sequence to the first, which proves that neither it nor a
// later one is stored, the partition is numbered afresh from 0 under a new producer id once nothing
// of it is in flight. Partitions without trouble keep theirs.

#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/time.h"
#include "engine/log/client/compression_ratio.h"
#include "engine/log/client/network_client.h"
#include "engine/log/client/producer.h"
#include "engine/log/config.h"
#include "engine/log/storage/record_batch.h"
#include "engine/log/types.h"
#include "engine/port/meter.h"

namespace wavetank::log {

struct ProducerBatch {
  enum class State : std::uint8_t {
    open,    ///< takes records
    closed,  ///< waits for its first sending (or the first under a new producer id)
    sent,    ///< in a request
    retry,   ///< was sent and must be sent again
  };

  std::uint32_t partition = 0;  ///< within the topic
  State state = State::open;
  bool ready = false;         ///< need not wait for company any longer
  bool sequenced = false;     ///< base_sequence is set, under the partition's present producer id
  bool maybe_stored = false;  ///< some attempt may have reached a log
  int attempts = 0;
  BrokerIndex sent_to = kNoBroker;
  Sequence base_sequence{-1};
  std::uint64_t number = 0;  ///< of the partition's batches that were given a sequence
  Time created;
  std::uint64_t reserved_bytes = 0;
  std::unique_ptr<BatchBuilder> builder;  ///< until the batch is encoded
  Bytes encoded;
  std::vector<RecordHandle> records;
  std::list<ProducerBatch>::iterator self;
};

class RecordAccumulator {
 public:
  RecordAccumulator(const ProducerConfig& config, std::uint32_t partitions);

  // --- records
  // --------------------------------------------------------------------------------------
  enum class Append : std::uint8_t {
    joined,     ///< an open batch has taken it
    opened,     ///< a new batch has taken it: next_due() may have become earlier
    filled,     ///< a batch has become full: its destination may have become ready
    exhausted,  ///< no memory: nothing was taken
    too_large,  ///< will never fit: nothing was taken
  };
  Append append(Time now, std::uint32_t partition, std::int64_t timestamp_ms, ByteView key,
                ByteView value, ByteView headers, RecordHandle handle);
  /// False only if a record of this size (key, value and headers) might find no memory now.
  [[nodiscard]] bool has_room(std::size_t record_bytes) const;

  // --- time
  // -----------------------------------------------------------------------------------------
  /// When something happens by itself: a batch has lingered, a back-off ends, a batch expires.
  [[nodiscard]] Time next_due();
  /// Lets batches linger out and back-offs end.
  void advance(Time now);
  /// Makes all batches ready: flush, or memory exhausted.
  void ready_all();
  /// The oldest batch if delivery_timeout has passed since its creation, else null.
  [[nodiscard]] ProducerBatch* expired(Time now);

  // --- sending
  // --------------------------------------------------------------------------------------
  /// Says who leads each partition of the topic (kNoBroker: nobody, its batches wait). True if a
  /// partition with batches has no leader.
  template <class LeaderOf>
  bool set_leaders(const LeaderOf& leader_of);
  [[nodiscard]] BrokerIndex leader(std::uint32_t partition) const {
    return partitions_[partition].leader;
  }
  [[nodiscard]] bool ready(BrokerIndex destination) const {
    return destination < destinations_.size() && destinations_[destination].ready > 0;
  }
  /// Takes sendable batches of the destination, at most one a partition and up to `max_bytes` (one
  /// in any case), by turns; numbers and encodes them. They are `sent` now.
  void drain(BrokerIndex destination, std::uint64_t max_bytes, std::vector<ProducerBatch*>& out,
             port::Meter& meter);

  // --- what became of a batch
  // -----------------------------------------------------------------------
  /// To be sent again after the back-off. REQUIRES: sent.
  void retry(ProducerBatch& batch, Time now);
  /// The broker missed an earlier sequence: sent again, under a new producer id if it should have
  /// been the next. REQUIRES: sent, idempotence.
  void retry_out_of_order(ProducerBatch& batch, Time now);
  /// Takes the batch out; it stays readable until `recycle`.
  void acknowledge(ProducerBatch& batch);
  void give_up(ProducerBatch& batch);
  /// Like give_up; the partition's producer id is spoilt too.
  void give_up_fenced(ProducerBatch& batch);
  void recycle(ProducerBatch& batch);

  // --- producer ids
  // ---------------------------------------------------------------------------------
  /// Some partition waits for a (new) producer id.
  [[nodiscard]] bool wants_producer_id() const { return wants_producer_id_; }
  void set_producer_id(ProducerId id, ProducerEpoch epoch);

  // --- transactions
  // ---------------------------------------------------------------------------------
  /// All partitions are numbered afresh. REQUIRES: nothing is in flight.
  void begin_epoch(ProducerId id, ProducerEpoch epoch);
  /// With a transactional id a partition's batches wait until it is part of the transaction.
  void join_transaction(std::uint32_t partition);
  void end_transaction();
  /// The oldest batch that is not in a request; null if there is none.
  [[nodiscard]] ProducerBatch* oldest_unsent();
  /// No earlier batch of its partition is live.
  [[nodiscard]] bool is_first(const ProducerBatch& batch) const {
    return partitions_[batch.partition].batches.front() == &batch;
  }
  [[nodiscard]] ProducerBatch* oldest() { return live_.empty() ? nullptr : &live_.front(); }
  /// For who looks: memory, and the partitions of `topic` that have batches.
  void describe(port::Description& out, const std::string& topic) const;

 private:
  struct Partition {
    std::deque<ProducerBatch*> batches;
    ProducerBatch* open = nullptr;  ///< the last of batches, if it is open
    BrokerIndex leader = kNoBroker;
    ProducerId producer = kNoProducerId;
    ProducerEpoch epoch{-1};
    Sequence next_sequence;
    std::uint64_t sequenced = 0;  ///< batches that were given a sequence
    std::uint32_t sent = 0;       ///< batches in requests
    bool listed = false;          ///< stands in its destination's waiting list
    bool counted = false;         ///< counts as ready at its destination
    bool backing_off = false;
    bool known = false;         ///< the log has stored something under this producer id
    bool unresolved = false;    ///< a batch with a sequence was given up
    bool must_restart = false;  ///< to be numbered afresh, once nothing is in flight
    bool wants_id = false;
    bool outside = false;  ///< not yet part of the open transaction
  };
  struct Destination {
    std::deque<std::uint32_t> waiting;  ///< partitions with something sendable, in turn
    std::uint32_t ready = 0;            ///< of them, those whose batch is ready
  };
  struct BackOff {
    Time until;
    std::uint32_t partition;
  };

  [[nodiscard]] std::size_t expected_bytes(const BatchBuilder& batch) const;
  [[nodiscard]] bool takes(const BatchBuilder& batch, std::size_t key_bytes,
                           std::size_t value_bytes) const;
  [[nodiscard]] bool is_full(const BatchBuilder& batch) const;
  ProducerBatch& open_batch(Time now, std::uint32_t partition, std::uint64_t reserve);
  void close(Partition& partition);
  void make_ready(ProducerBatch& batch);
  void encode(Partition& partition, ProducerBatch& batch, port::Meter& meter);
  void build(const Partition& partition, ProducerBatch& batch, port::Meter& meter);
  [[nodiscard]] std::uint32_t in_flight_max(const Partition& partition) const;
  [[nodiscard]] ProducerBatch* next_to_send(const Partition& partition) const;
  [[nodiscard]] bool is_far_ahead(const Partition& partition) const;
  void list(std::uint32_t partition);
  void list_all();
  void take_out(ProducerBatch& batch);
  void restart_numbering_if_due(std::uint32_t partition);
  std::unique_ptr<BatchBuilder> take_builder();
  void skip_settled();

  ProducerConfig config_;
  std::uint32_t in_flight_max_;  ///< batches of one partition
  std::uint64_t free_bytes_;
  std::size_t plain_bytes_max_;  ///< of a batch before it is compressed
  CompressionRatio ratio_;
  std::vector<Partition> partitions_;
  std::vector<Destination> destinations_;  ///< by broker index
  std::deque<BackOff> backing_off_;        ///< by time; a partition at most once
  bool wants_producer_id_;

  std::list<ProducerBatch> live_;     ///< in the order of creation
  std::list<ProducerBatch> retired_;  ///< taken out, not recycled yet
  std::list<ProducerBatch> spare_;
  std::vector<std::unique_ptr<BatchBuilder>> spare_builders_;
  /// First of live_ that may still have to linger: all before it have been seen to.
  std::list<ProducerBatch>::iterator lingering_;
};

template <class LeaderOf>
bool RecordAccumulator::set_leaders(const LeaderOf& leader_of) {
  bool changed = false;
  bool stranded = false;
  for (std::uint32_t p = 0; p < partitions_.size(); ++p) {
    const BrokerIndex leader = leader_of(p);
    changed |= leader != partitions_[p].leader;
    partitions_[p].leader = leader;
    stranded |= leader == kNoBroker && !partitions_[p].batches.empty();
  }
  if (changed) {
    list_all();
  }
  return stranded;
}

}  // namespace wavetank::log
