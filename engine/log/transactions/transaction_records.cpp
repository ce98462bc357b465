#include "engine/log/transactions/transaction_records.h"

namespace wavetank::log {

namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kLastStage = static_cast<std::uint8_t>(TransactionStage::complete_abort);
constexpr std::size_t kPartitionBytes = 4;

}  // namespace

Bytes encode_transaction(std::string_view transactional_id, const TransactionState& state,
                         std::int64_t timestamp_ms) {
  ByteWriter key;
  key.fixed(kVersion);
  key.text(transactional_id);
  ByteWriter value;
  value.fixed(kVersion);
  value.fixed(state.producer.value());
  value.fixed(state.epoch.value());
  value.fixed(state.last_epoch.value());
  value.fixed(state.timeout.ns());
  value.fixed(static_cast<std::uint8_t>(state.stage));
  value.fixed(state.started_ms);
  value.unsigned_varint(state.partitions.size());
  for (const PartitionId p : state.partitions) {
    value.fixed(p.value());
  }
  BatchBuilder batch;
  batch.add(timestamp_ms, key.view(), value.view());
  return batch.build(kNoProducerId, ProducerEpoch(-1), kNoSequence);
}

std::optional<TransactionRecord> decode_transaction(const RecordView& record) {
  ByteReader key(record.key);
  ByteReader value(record.value);
  TransactionRecord decoded;
  const bool known_version =
      key.fixed<std::uint8_t>() == kVersion && value.fixed<std::uint8_t>() == kVersion;
  decoded.transactional_id = key.text();
  TransactionState& state = decoded.state;
  state.producer = ProducerId(value.fixed<std::int64_t>());
  state.epoch = ProducerEpoch(value.fixed<std::int16_t>());
  state.last_epoch = ProducerEpoch(value.fixed<std::int16_t>());
  state.timeout = Duration(value.fixed<std::int64_t>());
  const auto stage = value.fixed<std::uint8_t>();
  state.stage = static_cast<TransactionStage>(stage);
  state.started_ms = value.fixed<std::int64_t>();
  const std::uint64_t partitions = value.unsigned_varint();
  if (!known_version || !key.ok() || !value.ok() || key.remaining() > 0 || stage > kLastStage ||
      partitions > value.remaining() || value.remaining() != partitions * kPartitionBytes) {
    return std::nullopt;
  }
  for (std::uint64_t i = 0; i < partitions; ++i) {
    state.partitions.emplace_back(value.fixed<std::uint32_t>());
  }
  return decoded;
}

}  // namespace wavetank::log
