#pragma once

// What a coordinator knows of one transactional id, and its records in the topic of transactions
// (format.md, "Transactions").

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/time.h"
#include "engine/log/storage/record_batch.h"
#include "engine/log/types.h"

namespace wavetank::log {

/// Kafka's transaction states. A prepared transaction has its outcome; it is complete when every
/// partition has its marker.
enum class TransactionStage : std::uint8_t {
  empty,
  ongoing,
  prepare_commit,
  prepare_abort,
  complete_commit,
  complete_abort,
};
constexpr bool is_prepared(TransactionStage stage) {
  return stage == TransactionStage::prepare_commit || stage == TransactionStage::prepare_abort;
}

struct TransactionState {
  ProducerId producer = kNoProducerId;
  ProducerEpoch epoch{-1};
  /// Of the incarnation that has asked for this epoch itself, and may not know it yet; -1: none.
  ProducerEpoch last_epoch{-1};
  Duration timeout;
  TransactionStage stage = TransactionStage::empty;
  std::vector<PartitionId> partitions;  ///< ascending; with records, or about to have
  std::int64_t started_ms = -1;         ///< by the wall clock; of an ongoing one
  friend bool operator==(const TransactionState&, const TransactionState&) = default;
};

/// One batch of one record.
Bytes encode_transaction(std::string_view transactional_id, const TransactionState& state,
                         std::int64_t timestamp_ms);

struct TransactionRecord {
  std::string_view transactional_id;  ///< points into the record
  TransactionState state;
};
/// Nothing if the record is none of this kind.
std::optional<TransactionRecord> decode_transaction(const RecordView& record);

}  // namespace wavetank::log
