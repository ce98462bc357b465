#include "engine/log/ensemble/znodes.h"

#include <charconv>
#include <utility>

#include "engine/base/codec.h"
#include "engine/log/node_list.h"

namespace wavetank::log::znodes {

using coordination::OpCode;
using coordination::Operation;

namespace {

constexpr std::uint8_t kVersion = 1;

Operation operation(OpCode code, std::string path) {
  Operation it;
  it.code = code;
  it.path = std::move(path);
  return it;
}

}  // namespace

// --------------------------------------------------------------------------------------- paths

std::vector<std::string> persistent() {
  return {"/brokers",       kBrokerIds, kBrokerSequence,   kTopics,
          kControllerEpoch, "/config",  "/config/brokers", kBrokerDefaults};
}

std::string broker(NodeId broker) {
  return std::string(kBrokerIds) + "/" + std::to_string(broker.value());
}

std::optional<NodeId> broker_named(const std::string& name) {
  std::uint32_t value = 0;
  const char* end = name.data() + name.size();
  const auto [stopped, error] = std::from_chars(name.data(), end, value);
  return error == std::errc() && stopped == end ? std::optional(NodeId(value)) : std::nullopt;
}

std::string topic(const TopicConfig& topic) {
  return std::string(kTopics) + "/" + topic.name;
}

std::optional<std::string_view> topic_at(std::string_view path) {
  const std::string_view above = kTopics;
  const bool below = path.starts_with(above) && path.size() > above.size() + 1;
  return below ? std::optional(path.substr(above.size() + 1)) : std::nullopt;
}

std::string partitions(const TopicConfig& it) {
  return topic(it) + "/partitions";
}

std::string partition(const Topology& topology, PartitionId p) {
  const std::size_t index = topology.topic_of(p);
  const std::uint32_t number = p.value() - topology.first_partition(index).value();
  return partitions(topology.topics[index]) + "/" + std::to_string(number);
}

std::string state(const Topology& topology, PartitionId p) {
  return partition(topology, p) + "/state";
}

// ---------------------------------------------------------------------------------------- data

Bytes encode(std::int64_t number) {
  ByteWriter to;
  to.varint(number);
  return to.share();
}

std::optional<std::int64_t> decode_number(const Bytes& data) {
  ByteReader from(data);
  const std::int64_t number = from.varint();
  return from.ok() && from.remaining() == 0 ? std::optional(number) : std::nullopt;
}

Bytes encode(const PartitionState& state) {
  ByteWriter to;
  to.fixed(kVersion);
  to.unsigned_varint(state.leader.value());
  to.varint(state.leader_epoch.value());
  to.varint(state.partition_epoch.value());
  write_nodes(to, state.in_sync);
  return to.share();
}

std::optional<PartitionState> decode_state(PartitionId p, const Bytes& data) {
  ByteReader from(data);
  const bool known = from.fixed<std::uint8_t>() == kVersion;
  PartitionState state;
  state.partition = p;
  state.leader = NodeId(static_cast<std::uint32_t>(from.unsigned_varint()));
  state.leader_epoch = LeaderEpoch(static_cast<std::int32_t>(from.varint()));
  state.partition_epoch = PartitionEpoch(static_cast<std::int32_t>(from.varint()));
  state.in_sync = read_nodes(from);
  return known && from.ok() && from.remaining() == 0 ? std::optional(state) : std::nullopt;
}

Bytes encode(const Assignment& assignment) {
  ByteWriter to;
  to.fixed(kVersion);
  to.unsigned_varint(assignment.size());
  for (const Replicas& replicas : assignment) {
    write_nodes(to, replicas.all);
    write_nodes(to, replicas.adding);
    write_nodes(to, replicas.removing);
  }
  return to.share();
}

std::optional<Assignment> decode_assignment(const Bytes& data) {
  ByteReader from(data);
  const bool known = from.fixed<std::uint8_t>() == kVersion;
  Assignment assignment;
  for (std::uint64_t left = from.unsigned_varint(); left > 0 && from.ok(); --left) {
    Replicas& replicas = assignment.emplace_back();
    replicas.all = read_nodes(from);
    replicas.adding = read_nodes(from);
    replicas.removing = read_nodes(from);
  }
  return known && from.ok() && from.remaining() == 0 ? std::optional(std::move(assignment))
                                                     : std::nullopt;
}

// ---------------------------------------------------------------------------------- operations

Operation create(std::string path, Bytes data, bool ephemeral) {
  Operation it = operation(OpCode::create, std::move(path));
  it.data = std::move(data);
  it.ephemeral = ephemeral;
  return it;
}

Operation remove(std::string path) {
  return operation(OpCode::remove, std::move(path));
}

Operation set(std::string path, Bytes data, std::int32_t version) {
  Operation it = operation(OpCode::set_data, std::move(path));
  it.data = std::move(data);
  it.version = version;
  return it;
}

Operation check(std::string path, std::int32_t version) {
  Operation it = operation(OpCode::check, std::move(path));
  it.version = version;
  return it;
}

Operation get(std::string path, bool watch) {
  Operation it = operation(OpCode::get_data, std::move(path));
  it.watch = watch;
  return it;
}

Operation watch(std::string path) {
  Operation it = operation(OpCode::exists, std::move(path));
  it.watch = true;
  return it;
}

Operation children(std::string path, bool watch) {
  Operation it = operation(OpCode::get_children, std::move(path));
  it.watch = watch;
  return it;
}

}  // namespace wavetank::log::znodes
