#pragma once

// Between transactional producers, the coordinators of their transactions, and the leaders that end
// transactions in their logs (KIP-98). InitProducerId is among the clients' messages: idempotent
// producers use it, too.

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/time.h"
#include "engine/log/protocol/envelope.h"
#include "engine/log/storage/control_batch.h"
#include "engine/log/types.h"

namespace wavetank::log {

/// Any broker can answer. (Kafka has one request for both kinds of coordinators.)
struct FindTransactionCoordinatorRequest {
  static constexpr ApiKey api = ApiKey::find_transaction_coordinator;
  std::string transactional_id;
};
struct FindTransactionCoordinatorResponse {
  static constexpr ApiKey api = ApiKey::find_transaction_coordinator;
  ErrorCode error = ErrorCode::none;
  NodeId coordinator = kNoNode;
};

/// Before the first record of a transaction goes to a partition.
struct AddPartitionsToTxnRequest {
  static constexpr ApiKey api = ApiKey::add_partitions_to_txn;
  std::string transactional_id;
  ProducerId producer;
  ProducerEpoch epoch;
  std::vector<PartitionId> partitions;
};
struct AddPartitionsToTxnResponse {
  static constexpr ApiKey api = ApiKey::add_partitions_to_txn;
  ErrorCode error = ErrorCode::none;
};

/// Before the offsets of a group are committed in a transaction: the group's partition of the
/// offsets topic becomes part of it.
struct AddOffsetsToTxnRequest {
  static constexpr ApiKey api = ApiKey::add_offsets_to_txn;
  std::string transactional_id;
  ProducerId producer;
  ProducerEpoch epoch;
  std::string group;
};
struct AddOffsetsToTxnResponse {
  static constexpr ApiKey api = ApiKey::add_offsets_to_txn;
  ErrorCode error = ErrorCode::none;
};

/// Answered once the outcome is certain, before the markers are written.
struct EndTxnRequest {
  static constexpr ApiKey api = ApiKey::end_txn;
  std::string transactional_id;
  ProducerId producer;
  ProducerEpoch epoch;
  Outcome outcome = Outcome::abort;
};
struct EndTxnResponse {
  static constexpr ApiKey api = ApiKey::end_txn;
  ErrorCode error = ErrorCode::none;
};

/// Coordinator to leader; answered once the replicas have the markers. The leader epoch is that the
/// coordinator knows: a request that was long on its way must not end the transaction after this.
struct WriteTxnMarkersRequest {
  static constexpr ApiKey api = ApiKey::write_txn_markers;
  struct Marker {
    PartitionId partition;
    LeaderEpoch leader_epoch;
    ProducerId producer;
    ProducerEpoch epoch;
    Outcome outcome = Outcome::abort;
    CoordinatorEpoch coordinator_epoch;
  };
  std::vector<Marker> markers;
};
struct WriteTxnMarkersResponse {
  static constexpr ApiKey api = ApiKey::write_txn_markers;
  std::vector<ErrorCode> errors;  ///< of each marker, in the order asked
};

}  // namespace wavetank::log
