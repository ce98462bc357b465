#pragma once

// What idempotent producers have written to one partition: enough to tell a retry from news, and
// news from a gap (KIP-98 "Exactly Once Delivery and Transactional Messaging", KIP-360).
//
// For each producer the last five batches are remembered, because a producer has at most five in
// flight. Followers keep the same state as their leader, so that it survives a change of leader.

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "engine/base/codec.h"
#include "engine/base/result.h"
#include "engine/log/storage/record_batch.h"
#include "engine/log/types.h"

namespace wavetank::log {

class ProducerState {
 public:
  static constexpr std::size_t kBatchesRemembered = 5;
  /// Beyond this many, the producer that has been silent for longest is forgotten. Kafka forgets by
  /// age (producer.id.expiration.ms); a bound by number needs no clock.
  static constexpr std::size_t kMaxProducers = 100'000;

  struct StoredBatch {
    Sequence base_sequence;
    std::int32_t record_count = 0;
    Offset base_offset;

    [[nodiscard]] Offset last_offset() const { return base_offset + (record_count - 1); }
    friend bool operator==(const StoredBatch&, const StoredBatch&) = default;
  };

  /// Whether a producer's batch may be appended: nothing if it may, the stored batch if it is a
  /// retry of one. Errors: invalid_producer_epoch if a later incarnation has written,
  /// out_of_order_sequence if the batch does not follow the producer's last one (it must follow by
  /// 0 in a new epoch; a producer that is not known may begin anywhere).
  [[nodiscard]] tl::expected<std::optional<StoredBatch>, ErrorCode> check(
      const BatchView& batch) const;
  /// Notes a batch that was appended at `base_offset`; nothing if it has no producer id.
  void note(const BatchView& batch, Offset base_offset);
  /// Forgets the batches that end above `end`, the log's new end.
  void truncate_to(Offset end);

  [[nodiscard]] std::size_t producer_count() const { return producers_.size(); }

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

    void remember(const StoredBatch& batch);
    /// False if nothing of this producer is left in the log.
    bool truncate_to(Offset end);
    [[nodiscard]] Offset last_offset() const {
      return count > 0 ? batches[count - 1].last_offset() : last_offset_before;
    }
    friend bool operator==(const Producer&, const Producer&) = default;
  };

  [[nodiscard]] const Producer* find(ProducerId id) const;
  Producer& find_or_add(ProducerId id, ProducerEpoch epoch);
  void forget_most_silent();

  std::vector<Producer> producers_;  ///< ascending by id
};

}  // namespace wavetank::log
