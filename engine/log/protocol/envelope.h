#pragma once

// What every message of the log begins with, and how messages become bytes and back
// (engine/port/message_codec.h). Modelled on the Kafka protocol, with fields that this engine does
// not use left out.

#include <cstdint>
#include <optional>

#include "engine/base/result.h"
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
  find_transaction_coordinator,
  add_partitions_to_txn,
  end_txn,
  write_txn_markers,
  join_group,
  sync_group,
  heartbeat,
  leave_group,
  list_offsets,
  add_offsets_to_txn,
  txn_offset_commit,
  update_cluster,                 ///< a controller that an ensemble elected to a broker
  alter_partition_reassignments,  ///< an operator to a controller (KIP-455, KIP-919)
};
inline constexpr ApiKey kLastApiKey = ApiKey::alter_partition_reassignments;

/// Two processes talk over several connections, as Kafka's do: a producer and a consumer are
/// clients of their own, a consumer talks to its coordinator on another connection than to the
/// leader on that broker, and so does a coordinator of transactions that sends markers. (Metadata
/// and coordinators are asked for on a connection of their own here; in Kafka, on the least busy
/// one.)
enum class Connection : std::uint8_t { look_up, produce, fetch, group, markers };
/// On which of them such requests travel; nothing: not between brokers and who asks them, but with
/// the controller. (Kafka keeps these apart from the others, too: KIP-291.)
std::optional<Connection> connection_of(ApiKey api);

using CorrelationId = std::uint32_t;

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
