#pragma once

// The log's nodes in the ensemble, by Kafka's paths, and what they hold (format.md, "Nodes in an
// ensemble"):
//   /brokers/ids/<broker>   ephemeral: the broker's process is alive; its broker epoch
//   /brokers/seqid          its version counts registrations: every one gets an epoch of its own
//   /controller             ephemeral: which broker is the controller
//   /controller_epoch       how many there have been
//   /brokers/topics/<topic> which brokers hold its partitions, and where they are moving to
//   /brokers/topics/<topic>/partitions/<n>/state
//                           leader, leader epoch, in-sync set, partition epoch
//   /config/brokers/<default>
//                           how much a broker may send and fetch for replicas that are being added

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/coordination/protocol/client_messages.h"
#include "engine/log/config.h"
#include "engine/log/protocol/protocol.h"

namespace wavetank::log::znodes {

inline constexpr const char* kBrokerIds = "/brokers/ids";
inline constexpr const char* kTopics = "/brokers/topics";
inline constexpr const char* kBrokerSequence = "/brokers/seqid";
inline constexpr const char* kController = "/controller";
inline constexpr const char* kControllerEpoch = "/controller_epoch";
inline constexpr const char* kBrokerDefaults = "/config/brokers/<default>";

/// What must be there before anything else, parents first.
std::vector<std::string> persistent();
std::string broker(NodeId broker);
/// The broker of a child of kBrokerIds.
std::optional<NodeId> broker_named(const std::string& name);
/// "/brokers/topics/<topic>", and its only child.
std::string topic(const TopicConfig& topic);
/// The name of the topic whose node this is.
std::optional<std::string_view> topic_at(std::string_view path);
std::string partitions(const TopicConfig& topic);
/// ".../<n>", and its only child, the state.
std::string partition(const Topology& topology, PartitionId p);
std::string state(const Topology& topology, PartitionId p);

/// A number, as a node's data.
Bytes encode(std::int64_t number);
std::optional<std::int64_t> decode_number(const Bytes& data);
/// Without the replicas, which are the topic's.
Bytes encode(const PartitionState& state);
std::optional<PartitionState> decode_state(PartitionId p, const Bytes& data);

/// Of a partition; while it moves, with those that are being added and those that are to go.
struct Replicas {
  std::vector<NodeId> all;
  std::vector<NodeId> adding;
  std::vector<NodeId> removing;
  bool operator==(const Replicas&) const = default;
};
/// Of a topic's partitions, in their order.
using Assignment = std::vector<Replicas>;
Bytes encode(const Assignment& assignment);
std::optional<Assignment> decode_assignment(const Bytes& data);

// --- operations
coordination::Operation create(std::string path, Bytes data = {}, bool ephemeral = false);
coordination::Operation remove(std::string path);
coordination::Operation set(std::string path, Bytes data,
                            std::int32_t version = coordination::kAnyVersion);
coordination::Operation check(std::string path, std::int32_t version);
coordination::Operation get(std::string path, bool watch = false);
/// With a watch.
coordination::Operation watch(std::string path);
coordination::Operation children(std::string path, bool watch);

}  // namespace wavetank::log::znodes
