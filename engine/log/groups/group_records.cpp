#include "engine/log/groups/group_records.h"

#include <utility>

namespace wavetank::log {

namespace {

// The version of the key tells what the record is, as in Kafka.
constexpr std::uint8_t kOffsetKey = 1;
constexpr std::uint8_t kGroupKey = 2;
constexpr std::uint8_t kValueVersion = 1;

Bytes build(BatchBuilder& batch) {
  return batch.build(kNoProducerId, ProducerEpoch(-1), Sequence(-1));
}

void add_offsets(BatchBuilder& batch, std::string_view group,
                 std::span<const CommittedOffset> offsets, std::int64_t timestamp_ms) {
  ByteWriter key;
  ByteWriter value;
  for (const CommittedOffset& it : offsets) {
    key.clear();
    key.fixed(kOffsetKey);
    key.text(group);
    key.fixed(it.partition.value());
    value.clear();
    value.fixed(kValueVersion);
    value.fixed(it.offset.value());
    batch.add(timestamp_ms, key.view(), value.view());
  }
}

void write_metadata(ByteWriter& value, const GroupMetadata& metadata) {
  value.fixed(kValueVersion);
  value.fixed(metadata.generation.value());
  value.text(metadata.protocol);
  value.text(metadata.leader);
  value.unsigned_varint(metadata.members.size());
  for (const GroupMetadata::Member& member : metadata.members) {
    value.text(member.identity.member);
    value.text(member.identity.instance);
    value.varint(member.session_timeout.ns());
    value.varint(member.rebalance_timeout.ns());
    value.text(member.metadata);
    value.text(member.assignment);
  }
}

GroupMetadata read_metadata(ByteReader& value) {
  GroupMetadata metadata;
  metadata.generation = Generation(value.fixed<std::int32_t>());
  metadata.protocol = value.text();
  metadata.leader = value.text();
  const std::uint64_t members = value.unsigned_varint();
  for (std::uint64_t i = 0; i < members && value.ok(); ++i) {
    GroupMetadata::Member member;
    member.identity.member = value.text();
    member.identity.instance = value.text();
    member.session_timeout = Duration(value.varint());
    member.rebalance_timeout = Duration(value.varint());
    member.metadata = value.text();
    member.assignment = value.text();
    metadata.members.push_back(std::move(member));
  }
  return metadata;
}

}  // namespace

Bytes encode_offsets(std::string_view group, std::span<const CommittedOffset> offsets,
                     std::int64_t timestamp_ms) {
  BatchBuilder batch;
  add_offsets(batch, group, offsets, timestamp_ms);
  return build(batch);
}

Bytes encode_offsets(std::string_view group, std::span<const CommittedOffset> offsets,
                     std::int64_t timestamp_ms, ProducerId producer, ProducerEpoch epoch) {
  BatchBuilder batch;
  add_offsets(batch, group, offsets, timestamp_ms);
  return batch.build(producer, epoch, kNoSequence, kTransactionalAttribute);
}

Bytes encode_group(std::string_view group, const GroupMetadata& metadata,
                   std::int64_t timestamp_ms) {
  BatchBuilder batch;
  ByteWriter key;
  key.fixed(kGroupKey);
  key.text(group);
  ByteWriter value;
  write_metadata(value, metadata);
  batch.add(timestamp_ms, key.view(), value.view());
  return build(batch);
}

GroupRecord decode_group_record(const RecordView& record) {
  ByteReader key(record.key);
  ByteReader value(record.value);
  const auto kind = key.fixed<std::uint8_t>();
  GroupRecord decoded;
  if (value.fixed<std::uint8_t>() != kValueVersion) {
    return {};
  }
  if (kind == kOffsetKey) {
    OffsetRecord offset;
    offset.group = key.text();
    offset.committed.partition = PartitionId(key.fixed<std::uint32_t>());
    offset.committed.offset = Offset(value.fixed<std::int64_t>());
    decoded = offset;
  } else if (kind == kGroupKey) {
    GroupMetadataRecord group;
    group.group = key.text();
    group.metadata = read_metadata(value);
    decoded = std::move(group);
  }
  const bool whole = key.ok() && value.ok() && key.remaining() + value.remaining() == 0;
  return whole ? decoded : GroupRecord{};
}

}  // namespace wavetank::log
