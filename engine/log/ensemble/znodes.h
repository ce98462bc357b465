#pragma once

// The log's nodes in the ensemble, by Kafka's paths, and what they hold (format.md, "Nodes in an
// ensemble"):
//   /brokers/ids/<broker>   ephemeral: the broker's process is alive; its broker epoch
//   /brokers/seqid          its version counts registrations: every one gets an epoch of its own
//   /controller             ephemeral: which broker is the controller
//   /controller_epoch       how many there have been
//   /brokers/topics/<topic>/partitions/<n>/state
//                           leader, leader epoch, replicas, in-sync set, partition epoch

#include <optional>
#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/coordination/protocol/client_messages.h"
#include "engine/log/config.h"
#include "engine/log/protocol/protocol.h"

namespace wavetank::log::znodes {

inline constexpr const char* kBrokerIds = "/brokers/ids";
inline constexpr const char* kBrokerSequence = "/brokers/seqid";
inline constexpr const char* kController = "/controller";
inline constexpr const char* kControllerEpoch = "/controller_epoch";

/// What must be there before anything else, parents first.
std::vector<std::string> persistent();
std::string broker(NodeId broker);
/// The broker of a child of kBrokerIds.
std::optional<NodeId> broker_named(const std::string& name);
/// "/brokers/topics/<topic>", and its only child.
std::string topic(const TopicConfig& topic);
std::string partitions(const TopicConfig& topic);
/// ".../<n>", and its only child, the state.
std::string partition(const Topology& topology, PartitionId p);
std::string state(const Topology& topology, PartitionId p);

/// A number, as a node's data.
Bytes encode(std::int64_t number);
std::optional<std::int64_t> decode_number(const Bytes& data);
Bytes encode(const PartitionState& state);
std::optional<PartitionState> decode_state(PartitionId p, const Bytes& data);

// --- operations
coordination::Operation create(std::string path, Bytes data = {}, bool ephemeral = false);
coordination::Operation remove(std::string path);
coordination::Operation set(std::string path, Bytes data,
                            std::int32_t version = coordination::kAnyVersion);
coordination::Operation check(std::string path, std::int32_t version);
coordination::Operation get(std::string path, bool watch = false);
coordination::Operation children(std::string path, bool watch);

}  // namespace wavetank::log::znodes
