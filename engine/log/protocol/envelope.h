#pragma once

// What every message of the log begins with, and how messages become bytes and back
// (engine/port/message_codec.h). Modelled on the Kafka protocol, with fields that this engine does
// not use left out.

#include <cstdint>

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
};
inline constexpr ApiKey kLastApiKey = ApiKey::txn_offset_commit;

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
