#include "engine/log/groups/offset_records.h"

namespace wavetank::log {

namespace {
constexpr std::uint8_t kVersion = 1;
}

Bytes encode_offsets(std::string_view group, std::span<const CommittedOffset> offsets,
                     std::int64_t timestamp_ms) {
  BatchBuilder batch;
  ByteWriter key;
  ByteWriter value;
  for (const CommittedOffset& it : offsets) {
    key.clear();
    key.fixed(kVersion);
    key.text(group);
    key.fixed(it.partition.value());
    value.clear();
    value.fixed(kVersion);
    value.fixed(it.offset.value());
    batch.add(timestamp_ms, key.view(), value.view());
  }
  return batch.build(kNoProducerId, ProducerEpoch(-1), Sequence(-1));
}

std::optional<OffsetRecord> decode_offset(const RecordView& record) {
  ByteReader key(record.key);
  ByteReader value(record.value);
  OffsetRecord decoded;
  const bool known_version =
      key.fixed<std::uint8_t>() == kVersion && value.fixed<std::uint8_t>() == kVersion;
  decoded.group = key.text();
  decoded.committed.partition = PartitionId(key.fixed<std::uint32_t>());
  decoded.committed.offset = Offset(value.fixed<std::int64_t>());
  if (!known_version || !key.ok() || !value.ok() || key.remaining() + value.remaining() > 0) {
    return std::nullopt;
  }
  return decoded;
}

}  // namespace wavetank::log
