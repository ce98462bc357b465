#pragma once

// Between brokers and the controller: registration and heartbeat (KIP-631), changes of in-sync sets
// (AlterPartition, KIP-497, with broker epochs of KIP-903), and metadata.

#include <cstdint>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/time.h"
#include "engine/log/protocol/envelope.h"
#include "engine/log/types.h"

namespace wavetank::log {

/// A partition as the controller knows it. Newer states have a greater partition epoch.
struct PartitionState {
  PartitionId partition;
  NodeId leader = kNoNode;  ///< kNoNode: offline
  LeaderEpoch leader_epoch;
  PartitionEpoch partition_epoch;
  std::vector<NodeId> replicas;  ///< preferred leader first
  std::vector<NodeId> in_sync;   ///< ascending
};

/// State changes after version `from`, up to and including `to`. Applying one twice does nothing.
struct MetadataDelta {
  std::int64_t to = 0;
  std::vector<PartitionState> partitions;
  std::vector<NodeId> alive;  ///< all registered, unfenced brokers
};

struct RegisterBrokerRequest {
  static constexpr ApiKey api = ApiKey::register_broker;
  std::uint64_t incarnation = 0;  ///< drawn at start: tells a retry from a restart
};
struct RegisterBrokerResponse {
  static constexpr ApiKey api = ApiKey::register_broker;
  ErrorCode error = ErrorCode::none;
  BrokerEpoch broker_epoch;
  MetadataDelta metadata;       ///< everything
  NodeId controller = kNoNode;  ///< of not_controller: who is, as far as known
};

struct BrokerHeartbeatRequest {
  static constexpr ApiKey api = ApiKey::broker_heartbeat;
  BrokerEpoch broker_epoch;
  std::int64_t metadata_version = 0;  ///< what this broker has applied
  bool want_shut_down = false;        ///< it would like to end: others should lead
};
struct BrokerHeartbeatResponse {
  static constexpr ApiKey api = ApiKey::broker_heartbeat;
  ErrorCode error = ErrorCode::none;  ///< stale_broker_epoch: register again
  MetadataDelta metadata;             ///< what is newer than the request's version
  NodeId controller = kNoNode;        ///< of not_controller: who is, as far as known
  bool should_shut_down = false;      ///< nothing depends on it any more: it may end
};

struct AlterPartitionRequest {
  static constexpr ApiKey api = ApiKey::alter_partition;
  struct Partition {
    PartitionId partition;
    LeaderEpoch leader_epoch;
    PartitionEpoch partition_epoch;  ///< of the state this change builds on
    std::vector<NodeId> in_sync;
    /// Parallel to in_sync: the life of each broker that the leader has judged, as the broker's
    /// fetches said; -1: it has not fetched. A later life may have lost what that one held
    /// (KIP-903).
    std::vector<BrokerEpoch> broker_epochs;
  };
  BrokerEpoch broker_epoch;
  std::vector<Partition> partitions;
};
struct AlterPartitionResponse {
  static constexpr ApiKey api = ApiKey::alter_partition;
  struct Partition {
    ErrorCode error = ErrorCode::none;
    PartitionState state;  ///< as it stands now, whether the change was taken or not
  };
  ErrorCode error = ErrorCode::none;
  std::vector<Partition> partitions;
  NodeId controller = kNoNode;  ///< of not_controller: who is, as far as known
};

struct MetadataPush {
  static constexpr ApiKey api = ApiKey::metadata_push;
  MetadataDelta metadata;
};

/// Counts the controllers that an ensemble has elected; who acts under an earlier one is not
/// obeyed.
using ControllerEpoch = Strong<struct ControllerEpochTag, std::int32_t>;

/// What such a controller tells a broker: all that has changed, under its own epoch and for that
/// process of the broker (LeaderAndIsr and UpdateMetadata of Kafka before KRaft, in one; KIP-380).
struct UpdateClusterRequest {
  static constexpr ApiKey api = ApiKey::update_cluster;
  ControllerEpoch controller_epoch;
  BrokerEpoch broker_epoch;
  MetadataDelta metadata;
};
struct UpdateClusterResponse {
  static constexpr ApiKey api = ApiKey::update_cluster;
  ErrorCode error = ErrorCode::none;  ///< not_controller: the epoch is over; stale_broker_epoch
  std::int64_t version = 0;           ///< what this broker has applied
};

}  // namespace wavetank::log
