#pragma once

// The vocabulary of the replicated log: ids that cannot be mixed up, and the errors of its
// protocol.

#include <cstdint>
#include <string_view>

#include "engine/base/ids.h"
#include "engine/base/strong.h"

namespace wavetank::log {

/// A partition of some topic: dense from 0 over all topics of the cluster (see Topology).
using PartitionId = Strong<struct PartitionIdTag, std::uint32_t>;
/// Position of a record in its partition. The first is 0.
using Offset = Strong<struct OffsetTag, std::int64_t>;
/// Counts the leaders that a partition has had; a batch carries the epoch of the leader that wrote
/// it.
using LeaderEpoch = Strong<struct LeaderEpochTag, std::int32_t>;
/// Counts the changes of a partition's state (leader or in-sync set) at the controller.
using PartitionEpoch = Strong<struct PartitionEpochTag, std::int32_t>;
/// Given to a broker process at registration; never given twice. Tells an incarnation from the
/// last.
using BrokerEpoch = Strong<struct BrokerEpochTag, std::int64_t>;
/// Identity of an idempotent producer; -1 where there is none.
using ProducerId = Strong<struct ProducerIdTag, std::int64_t>;
using ProducerEpoch = Strong<struct ProducerEpochTag, std::int16_t>;
/// Number of a record within (producer, partition), from 0; wraps after 2^31 - 1.
using Sequence = Strong<struct SequenceTag, std::int32_t>;

/// Counts the leaders that a partition of the topic of transactions has had: each coordinates anew.
using CoordinatorEpoch = Strong<struct CoordinatorEpochTag, std::int32_t>;

/// Counts the rebalances of a consumer group that have had members: who owns what holds for one
/// generation.
using Generation = Strong<struct GenerationTag, std::int32_t>;

inline constexpr Generation kNoGeneration{-1};
inline constexpr ProducerId kNoProducerId{-1};
/// Of a batch without producer, and of a marker.
inline constexpr Sequence kNoSequence{-1};
inline constexpr LeaderEpoch kNoLeaderEpoch{-1};
inline constexpr NodeId kNoNode{0xffffffffU};

/// What a reader gets of transactions (isolation.level).
enum class Isolation : std::int8_t {
  read_uncommitted,  ///< everything below the high watermark
  read_committed,    ///< what lies below the last stable offset and was not aborted
};

/// How the records of a batch are compressed; the numbers are the protocol's (1 and 2 are gzip and
/// snappy there, which this log does not speak).
enum class Compression : std::uint8_t { none = 0, lz4 = 3, zstd = 4 };

enum class Acks : std::int8_t { none = 0, leader = 1, all = -1 };

/// Errors that travel in responses. Names and meaning follow the Kafka protocol guide.
enum class ErrorCode : std::int16_t {
  none,
  not_leader_or_follower,
  fenced_leader_epoch,
  unknown_leader_epoch,
  offset_out_of_range,
  corrupt_message,
  not_enough_replicas,
  not_enough_replicas_after_append,
  out_of_order_sequence,
  invalid_producer_epoch,
  stale_broker_epoch,
  invalid_update_version,
  ineligible_replica,
  not_coordinator,
  coordinator_loading,
  request_timed_out,
  fetch_session_unknown,
  unknown_partition,
  message_too_large,
  invalid_txn_state,
  producer_fenced,
  concurrent_transactions,
  invalid_producer_id_mapping,
  invalid_transaction_timeout,
  coordinator_not_available,
  transaction_coordinator_fenced,
  unknown_member_id,
  illegal_generation,
  rebalance_in_progress,
  inconsistent_group_protocol,
  invalid_group_id,
  invalid_session_timeout,
  member_id_required,
  group_max_size_reached,
  fenced_instance_id,
  not_controller,
  unstable_offset_commit,
  invalid_replica_assignment,
  no_reassignment_in_progress,
  stale_controller_epoch,
};
std::string_view name(ErrorCode error);

}  // namespace wavetank::log
