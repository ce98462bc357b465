#include "engine/log/controller/metadata_command.h"

#include "engine/base/codec.h"

namespace wavetank::log {

namespace {
constexpr std::uint8_t kVersion = 1;
}

Bytes MetadataCommand::encode() const {
  ByteWriter to;
  to.fixed(kVersion);
  to.unsigned_varint(fenced.size());
  for (const NodeId node : fenced) {
    to.unsigned_varint(node.value());
  }
  to.unsigned_varint(requests.size());
  for (const Request& request : requests) {
    to.unsigned_varint(request.from.value());
    to.sized(request.head);
  }
  to.fixed(static_cast<std::uint8_t>(create));
  to.fixed(static_cast<std::uint8_t>(rebalance));
  return to.share();
}

std::optional<MetadataCommand> MetadataCommand::decode(const Bytes& bytes) {
  ByteReader from(bytes);
  MetadataCommand command;
  const bool known = from.fixed<std::uint8_t>() == kVersion;
  for (std::uint64_t left = from.unsigned_varint(); left > 0 && from.ok(); --left) {
    command.fenced.push_back(NodeId(static_cast<std::uint32_t>(from.unsigned_varint())));
  }
  for (std::uint64_t left = from.unsigned_varint(); left > 0 && from.ok(); --left) {
    const NodeId node(static_cast<std::uint32_t>(from.unsigned_varint()));
    const ByteView head = from.sized();
    command.requests.push_back(
        {node, bytes.slice(static_cast<std::size_t>(head.data() - bytes.data()), head.size())});
  }
  command.create = from.fixed<std::uint8_t>() != 0;
  command.rebalance = from.fixed<std::uint8_t>() != 0;
  return known && from.ok() && from.remaining() == 0 ? std::optional(command) : std::nullopt;
}

}  // namespace wavetank::log
