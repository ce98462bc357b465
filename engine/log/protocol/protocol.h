#pragma once

// The messages of the log. Modelled on the Kafka protocol (Produce, Fetch with sessions KIP-227 and
// truncation on fetch KIP-595, AlterPartition KIP-497, broker registration and heartbeat KIP-631),
// with fields that this engine does not use left out. Every message crosses encode and decode.
//
// On the wire: api key (1 byte), correlation id (4 bytes), fields as varints; record batches follow
// as the message's body, in the order of the partitions that carry them.

#include <cstdint>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/result.h"
#include "engine/log/config.h"
#include "engine/log/types.h"
#include "engine/port/message.h"

namespace wavetank::log {

enum class ApiKey : std::uint8_t {
  register_broker,
  broker_heartbeat,
  alter_partition,
  metadata_push,  ///< controller to broker, unsolicited; answered by the version in the next
                  ///< heartbeat
  metadata,
  init_producer_id,
  produce,
  fetch,
  find_coordinator,
  offset_commit,
  offset_fetch,
};

using CorrelationId = std::uint32_t;

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

// --- brokers and the controller
// ---------------------------------------------------------------------

struct RegisterBrokerRequest {
  static constexpr ApiKey api = ApiKey::register_broker;
  std::uint64_t incarnation = 0;  ///< drawn at start: tells a retry from a restart
};
struct RegisterBrokerResponse {
  static constexpr ApiKey api = ApiKey::register_broker;
  ErrorCode error = ErrorCode::none;
  BrokerEpoch broker_epoch;
  MetadataDelta metadata;  ///< everything
};

struct BrokerHeartbeatRequest {
  static constexpr ApiKey api = ApiKey::broker_heartbeat;
  BrokerEpoch broker_epoch;
  std::int64_t metadata_version = 0;  ///< what this broker has applied
};
struct BrokerHeartbeatResponse {
  static constexpr ApiKey api = ApiKey::broker_heartbeat;
  ErrorCode error = ErrorCode::none;  ///< stale_broker_epoch: register again
  MetadataDelta metadata;             ///< what is newer than the request's version
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
};

struct MetadataPush {
  static constexpr ApiKey api = ApiKey::metadata_push;
  MetadataDelta metadata;
};

// --- clients and brokers
// ----------------------------------------------------------------------------

struct MetadataRequest {
  static constexpr ApiKey api = ApiKey::metadata;
};
struct MetadataResponse {
  static constexpr ApiKey api = ApiKey::metadata;
  struct Partition {
    NodeId leader = kNoNode;
    LeaderEpoch leader_epoch;
  };
  std::int64_t version = 0;
  std::vector<NodeId> alive;
  std::vector<Partition> partitions;  ///< by partition id
};

struct InitProducerIdRequest {
  static constexpr ApiKey api = ApiKey::init_producer_id;
};
struct InitProducerIdResponse {
  static constexpr ApiKey api = ApiKey::init_producer_id;
  ErrorCode error = ErrorCode::none;
  ProducerId producer;
  ProducerEpoch epoch;
};

struct ProduceRequest {
  static constexpr ApiKey api = ApiKey::produce;
  struct Partition {
    PartitionId partition;
    Bytes batch;  ///< one batch a partition
  };
  Acks acks = Acks::all;
  Duration timeout;
  std::vector<Partition> partitions;
};
struct ProduceResponse {
  static constexpr ApiKey api = ApiKey::produce;
  struct Partition {
    PartitionId partition;
    ErrorCode error = ErrorCode::none;
    Offset base_offset{-1};
  };
  std::vector<Partition> partitions;
};

/// Fetch sessions: a request of epoch 0 opens a session and names all partitions; the next ones
/// (epoch counting up from 1) name only what changed, and `forgotten` what is no longer wanted.
/// Answers name only partitions that have data, an error, or a new high watermark.
struct FetchRequest {
  static constexpr ApiKey api = ApiKey::fetch;
  struct Partition {
    PartitionId partition;
    LeaderEpoch leader_epoch = kNoLeaderEpoch;  ///< as the fetcher knows it; -1: unknown
    Offset offset;
    LeaderEpoch last_epoch = kNoLeaderEpoch;  ///< followers: epoch of the last batch they hold
  };
  NodeId replica = kNoNode;      ///< the following broker; kNoNode: a consumer
  BrokerEpoch broker_epoch{-1};  ///< of the following broker
  Duration max_wait;
  std::uint32_t min_bytes = 1;
  std::uint64_t max_bytes = 0;
  std::uint64_t max_partition_bytes = 0;
  std::uint32_t session = 0;
  std::uint32_t session_epoch = 0;
  std::vector<Partition> partitions;
  std::vector<PartitionId> forgotten;
};
struct FetchResponse {
  static constexpr ApiKey api = ApiKey::fetch;
  struct Partition {
    PartitionId partition;
    ErrorCode error = ErrorCode::none;
    Offset high_watermark;
    Offset log_start;
    /// Followers: set (epoch >= 0) if the fetcher's log parts from the leader's; it must truncate
    /// to where this epoch ends, or to its own end of it if that is less, and fetch again.
    LeaderEpoch diverging_epoch = kNoLeaderEpoch;
    Offset diverging_end;
    std::vector<Bytes> batches;
  };
  ErrorCode error = ErrorCode::none;  ///< fetch_session_unknown: open a new one
  std::uint32_t session = 0;
  std::vector<Partition> partitions;
};

struct FindCoordinatorRequest {
  static constexpr ApiKey api = ApiKey::find_coordinator;
  std::string group;
};
struct FindCoordinatorResponse {
  static constexpr ApiKey api = ApiKey::find_coordinator;
  ErrorCode error = ErrorCode::none;
  NodeId coordinator = kNoNode;
};

struct CommittedOffset {
  PartitionId partition;
  Offset offset;
};
struct OffsetCommitRequest {
  static constexpr ApiKey api = ApiKey::offset_commit;
  std::string group;
  std::vector<CommittedOffset> offsets;
};
struct OffsetCommitResponse {
  static constexpr ApiKey api = ApiKey::offset_commit;
  ErrorCode error = ErrorCode::none;
};
struct OffsetFetchRequest {
  static constexpr ApiKey api = ApiKey::offset_fetch;
  std::string group;
};
struct OffsetFetchResponse {
  static constexpr ApiKey api = ApiKey::offset_fetch;
  ErrorCode error = ErrorCode::none;
  std::vector<CommittedOffset> offsets;  ///< ascending by partition; absent: never committed
};

// --- encoding
// -----------------------------------------------------------------------------------------

struct Envelope {
  ApiKey api{};
  CorrelationId correlation = 0;
};

/// Api key and correlation id of a message, without decoding the rest.
Result<Envelope> peek(const port::Message& message);

template <class T>
port::Message encode(const T& body, CorrelationId correlation);
/// Fails, with the reason, on anything that is not exactly one T.
template <class T>
Result<T> decode(const port::Message& message);

}  // namespace wavetank::log
