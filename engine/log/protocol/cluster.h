#pragma once

// Between brokers and the controller: registration and heartbeat (KIP-631), changes of in-sync sets
// (AlterPartition, KIP-497, with broker epochs of KIP-903), and metadata. And what an operator asks
// of the controller: that partitions move (KIP-455).

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
  /// While it moves: of the replicas those that were not there before, and those that go when all
  /// of the former are in sync.
  std::vector<NodeId> adding;
  std::vector<NodeId> removing;
};

/// State changes after version `from`, up to and including `to`. Applying one twice does nothing.
struct MetadataDelta {
  std::int64_t to = 0;
  std::vector<PartitionState> partitions;
  std::vector<NodeId> alive;  ///< all registered, unfenced brokers
  /// Bytes/s that each broker may send, and may fetch, for replicas that are being added
  /// (leader.replication.throttled.rate and follower.replication.throttled.rate, KIP-73); 0: no
  /// bound.
  std::uint64_t replication_throttle = 0;
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
  ErrorCode error = ErrorCode::none;  ///< stale_controller_epoch: it is over; stale_broker_epoch
  std::int64_t version = 0;           ///< what this broker has applied
};

/// Moves partitions (KIP-455). In Kafka the throttle is a dynamic configuration of the brokers that
/// a tool sets before and takes back afterwards; here it comes with the request, and goes with the
/// last move.
struct AlterPartitionReassignmentsRequest {
  static constexpr ApiKey api = ApiKey::alter_partition_reassignments;
  struct Partition {
    PartitionId partition;
    std::vector<NodeId> replicas;  ///< the preferred leader first; empty: its move is cancelled
  };
  std::uint64_t throttle = 0;  ///< of all moves from now on; 0: as it is, at first none
  std::vector<Partition> partitions;
};
struct AlterPartitionReassignmentsResponse {
  static constexpr ApiKey api = ApiKey::alter_partition_reassignments;
  struct Partition {
    PartitionId partition;
    ErrorCode error = ErrorCode::none;
  };
  ErrorCode error = ErrorCode::none;
  std::vector<Partition> partitions;
  NodeId controller = kNoNode;  ///< of not_controller: who is, as far as known
};

}  // namespace wavetank::log
