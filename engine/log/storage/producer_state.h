#pragma once

// What idempotent producers have written to one partition: enough to tell a retry from news, and
// news from a gap (KIP-98 "Exactly Once Delivery and Transactional Messaging", KIP-360).
//
// For each producer the last five batches are remembered, because a producer has at most five in
// flight. Followers keep the same state as their leader, so that it survives a change of leader.
//
// A producer has one transaction open at most: from its first transactional batch to the marker
// that ends it. The log is stable up to the first record of the earliest one whose end is not
// committed.

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "engine/base/codec.h"
#include "engine/base/result.h"
#include "engine/log/storage/aborted_index.h"
#include "engine/log/storage/control_batch.h"
#include "engine/log/storage/record_batch.h"
#include "engine/log/types.h"

namespace wavetank::log {

class ProducerState {
 public:
  static constexpr std::size_t kBatchesRemembered = 5;
  /// Beyond this many, the producer that has been silent for longest is forgotten. Kafka forgets by
  /// age (producer.id.expiration.ms); a bound by number needs no clock.
  static constexpr std::size_t kMaxProducers = 100'000;

  /// Ended transactions that are kept until their markers are known to be committed.
  static constexpr std::size_t kMaxEnded = 10'000;

  /// A transaction of one producer in this partition.
  struct Transaction {
    ProducerId producer;
    Offset first;
    Offset last;  ///< of an ended one: its marker
    Outcome outcome = Outcome::abort;
    friend bool operator==(const Transaction&, const Transaction&) = default;
  };

  struct StoredBatch {
    Sequence base_sequence;
    std::int32_t record_count = 0;  ///< as written; compaction may have left fewer
    Offset base_offset;

    [[nodiscard]] Offset last_offset() const { return base_offset + (record_count - 1); }
    friend bool operator==(const StoredBatch&, const StoredBatch&) = default;
  };

  /// Whether a producer's batch may be appended: nothing if it may, the stored batch if it is a
  /// retry of one. Errors: invalid_producer_epoch if a later incarnation has written,
  /// out_of_order_sequence if the batch does not follow the producer's last one (it must follow by
  /// 0 in a new epoch; a producer that is not known may begin anywhere); invalid_txn_state if it
  /// does not belong to the transaction that the producer has open.
  [[nodiscard]] tl::expected<std::optional<StoredBatch>, ErrorCode> check(
      const BatchView& batch) const;
  /// Whether a marker may be appended. Errors: invalid_producer_epoch,
  /// transaction_coordinator_fenced if a later coordinator has ended a transaction of the producer.
  [[nodiscard]] ErrorCode check(const EndMarker& marker) const;
  /// Notes a batch that was appended at `base_offset`; nothing if it has no producer id. Returns
  /// the transaction that it ends, if it is a marker and one was open.
  std::optional<Transaction> note(const BatchView& batch, Offset base_offset);
  /// Forgets the batches that end above `end`, the log's new end. Transactions whose markers are
  /// cut are open again; of those that aborted, the log knows more than we remember.
  void truncate_to(Offset end, std::span<const AbortedTransaction> aborted = {});

  /// The first record of the earliest transaction that is open, or whose marker stands at or above
  /// `high_watermark`; nothing if there is none.
  [[nodiscard]] std::optional<Offset> first_unstable(Offset high_watermark) const;
  /// Markers below are committed: their transactions are forgotten.
  void forget_ended_below(Offset high_watermark);

  /// Whether the batch is the last thing known of its producer.
  [[nodiscard]] bool is_last_of_producer(const BatchView& batch) const;
  [[nodiscard]] std::size_t producer_count() const { return producers_.size(); }
  /// Calls `visit(id, next, batches)` for every producer, ascending: what must follow (-1: it is
  /// not known), and the batches that are remembered, oldest first.
  template <class Visit>
  void for_each_producer(Visit&& visit) const {
    for (const Producer& it : producers_) {
      visit(it.id, it.next_sequence, std::span(it.batches).first(it.count));
    }
  }

  void encode(ByteWriter& to) const;
  /// Replaces the content; false, and empty, if the bytes are not what `encode` wrote.
  bool decode(ByteReader& from);

  friend bool operator==(const ProducerState&, const ProducerState&) = default;

 private:
  static constexpr Sequence kUnknown{-1};

  struct Producer {
    ProducerId id;
    ProducerEpoch epoch;
    std::uint8_t count = 0;
    /// Oldest first; the first `count` are valid.
    std::array<StoredBatch, kBatchesRemembered> batches{};
    /// Last offset of the batch before batches[0]; -1: there was none. Tells whether truncation has
    /// cut batches that were no longer remembered.
    Offset last_offset_before{-1};
    /// What must follow; kUnknown after truncation has cut more than was remembered.
    Sequence next_sequence = kUnknown;
    /// Of the last marker; -1: there was none.
    CoordinatorEpoch coordinator_epoch{-1};
    Offset first_open{-1};  ///< of the open transaction; -1: none is

    [[nodiscard]] bool in_transaction() const { return first_open >= Offset(0); }
    void remember(const StoredBatch& batch);
    /// A later incarnation writes: sequences of the last one mean nothing any more.
    void begin_epoch(ProducerEpoch its_epoch);
    /// False if nothing of this producer is left in the log.
    bool truncate_to(Offset end);
    [[nodiscard]] Offset last_offset() const {
      return count > 0 ? batches[count - 1].last_offset() : last_offset_before;
    }
    friend bool operator==(const Producer&, const Producer&) = default;
  };

  std::optional<Transaction> note_marker(const BatchView& batch, Offset base_offset);
  void open(Producer& producer, Offset first);
  void close(Producer& producer);
  void reopen(ProducerId id, Offset first);
  [[nodiscard]] const Producer* find(ProducerId id) const;
  Producer& find_or_add(ProducerId id, ProducerEpoch epoch);
  void forget_most_silent();

  std::vector<Producer> producers_;  ///< ascending by id
  std::vector<Transaction> open_;    ///< ascending by first; the same as the producers say
  std::deque<Transaction> ended_;    ///< ascending by last; not yet known to be committed
};

}  // namespace wavetank::log
