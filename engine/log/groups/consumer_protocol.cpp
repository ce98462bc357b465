#include "engine/log/groups/consumer_protocol.h"

#include "engine/base/codec.h"

namespace wavetank::log {

namespace {

constexpr std::uint8_t kVersion = 1;

template <class Id>
void write_list(ByteWriter& writer, const std::vector<Id>& ids) {
  writer.unsigned_varint(ids.size());
  for (const Id id : ids) {
    writer.unsigned_varint(PartitionId(id).value());
  }
}

template <class Id>
std::vector<Id> read_list(ByteReader& reader) {
  std::vector<Id> ids;
  const std::uint64_t count = reader.unsigned_varint();
  for (std::uint64_t i = 0; i < count && reader.ok(); ++i) {
    ids.push_back(Id(static_cast<std::uint32_t>(reader.unsigned_varint())));
  }
  return ids;
}

}  // namespace

std::string encode_subscription(const Subscription& subscription) {
  ByteWriter writer;
  writer.fixed(kVersion);
  write_list(writer, subscription.topics);
  write_list(writer, subscription.owned);
  writer.varint(subscription.generation.value());
  return std::string(as_text(writer.view()));
}

std::optional<Subscription> decode_subscription(std::string_view bytes) {
  ByteReader reader(as_bytes(bytes));
  Subscription read;
  const bool known_version = reader.fixed<std::uint8_t>() == kVersion;
  read.topics = read_list<std::uint32_t>(reader);
  read.owned = read_list<PartitionId>(reader);
  read.generation = Generation(static_cast<std::int32_t>(reader.varint()));
  return known_version && reader.ok() && reader.remaining() == 0 ? std::optional(read)
                                                                 : std::nullopt;
}

std::string encode_assignment(const std::vector<PartitionId>& partitions) {
  ByteWriter writer;
  writer.fixed(kVersion);
  write_list(writer, partitions);
  return std::string(as_text(writer.view()));
}

std::optional<std::vector<PartitionId>> decode_assignment(std::string_view bytes) {
  if (bytes.empty()) {
    return std::vector<PartitionId>{};
  }
  ByteReader reader(as_bytes(bytes));
  const bool known_version = reader.fixed<std::uint8_t>() == kVersion;
  std::vector<PartitionId> partitions = read_list<PartitionId>(reader);
  return known_version && reader.ok() && reader.remaining() == 0 ? std::optional(partitions)
                                                                 : std::nullopt;
}

}  // namespace wavetank::log
