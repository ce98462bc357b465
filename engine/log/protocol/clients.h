#pragma once

// Between clients, and followers, and brokers: metadata, Produce, Fetch with sessions (KIP-227) and
// truncation on fetch (KIP-595).

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/time.h"
#include "engine/log/protocol/envelope.h"
#include "engine/log/types.h"

namespace wavetank::log {

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

/// Without a transactional id any broker gives out an id; with one, its coordinator (KIP-98). A
/// producer that has an id already asks for the next epoch of it (KIP-360).
struct InitProducerIdRequest {
  static constexpr ApiKey api = ApiKey::init_producer_id;
  std::string transactional_id;
  Duration timeout;  ///< an open transaction is aborted after this
  ProducerId producer = kNoProducerId;
  ProducerEpoch epoch{-1};
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
  std::string client;  ///< its client.id (in Kafka, in the header of every request)
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
  Duration throttle{};  ///< the client is to send nothing for so long (KIP-219)
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
    /// Of the last batch that the fetcher holds, or was given (KIP-320); -1: compares no epochs.
    LeaderEpoch last_epoch = kNoLeaderEpoch;
  };
  std::string client;            ///< its client.id; empty: a following broker
  NodeId replica = kNoNode;      ///< the following broker; kNoNode: a consumer
  BrokerEpoch broker_epoch{-1};  ///< of the following broker
  Duration max_wait;
  std::uint32_t min_bytes = 1;
  std::uint64_t max_bytes = 0;
  std::uint64_t max_partition_bytes = 0;
  Isolation isolation = Isolation::read_uncommitted;
  std::uint32_t session = 0;
  std::uint32_t session_epoch = 0;
  std::vector<Partition> partitions;
  std::vector<PartitionId> forgotten;
};
struct FetchResponse {
  static constexpr ApiKey api = ApiKey::fetch;
  /// A transaction that was aborted: the producer's records from `first` to its next marker are to
  /// be left out.
  struct Aborted {
    ProducerId producer;
    Offset first;
  };
  struct Partition {
    PartitionId partition;
    ErrorCode error = ErrorCode::none;
    Offset high_watermark;
    Offset last_stable;
    Offset log_start;
    /// Set (epoch >= 0) if the fetcher's log, or what a consumer has read, parts from the leader's;
    /// it must truncate to where this epoch ends, or to its own end of it if that is less, and
    /// fetch again.
    LeaderEpoch diverging_epoch = kNoLeaderEpoch;
    Offset diverging_end;
    std::vector<Aborted> aborted;  ///< with isolation read_committed: ascending by their ends
    std::vector<Bytes> batches;
  };
  ErrorCode error = ErrorCode::none;  ///< fetch_session_unknown: open a new one
  std::uint32_t session = 0;
  std::vector<Partition> partitions;
  Duration throttle{};  ///< the client is to send nothing for so long, and is given nothing yet
};

/// Asks leaders for offsets by time: of the first record at or after it, and of the two ends.
inline constexpr std::int64_t kLatestTimestamp = -1;    ///< where consumers find the log's end
inline constexpr std::int64_t kEarliestTimestamp = -2;  ///< where the log begins
struct ListOffsetsRequest {
  static constexpr ApiKey api = ApiKey::list_offsets;
  struct Partition {
    PartitionId partition;
    LeaderEpoch leader_epoch = kNoLeaderEpoch;  ///< as the asker knows it; -1: unknown
    std::int64_t timestamp_ms = kLatestTimestamp;
  };
  std::vector<Partition> partitions;
};
struct ListOffsetsResponse {
  static constexpr ApiKey api = ApiKey::list_offsets;
  struct Partition {
    PartitionId partition;
    ErrorCode error = ErrorCode::none;
    Offset offset{-1};               ///< -1: there is no record at or after the time
    std::int64_t timestamp_ms = -1;  ///< of the record; -1 for the ends
  };
  std::vector<Partition> partitions;
};

}  // namespace wavetank::log
