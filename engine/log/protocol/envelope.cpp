#include "engine/log/protocol/envelope.h"

#include "engine/port/message_codec.h"

namespace wavetank::log {

std::optional<Connection> connection_of(ApiKey api) {
  switch (api) {
    case ApiKey::metadata:
    case ApiKey::find_coordinator:
    case ApiKey::find_transaction_coordinator:
      return Connection::look_up;
    case ApiKey::produce:
    case ApiKey::init_producer_id:
    case ApiKey::add_partitions_to_txn:
    case ApiKey::add_offsets_to_txn:
    case ApiKey::txn_offset_commit:
    case ApiKey::end_txn:
      return Connection::produce;
    case ApiKey::fetch:
    case ApiKey::list_offsets:
      return Connection::fetch;
    case ApiKey::join_group:
    case ApiKey::sync_group:
    case ApiKey::heartbeat:
    case ApiKey::leave_group:
    case ApiKey::offset_commit:
    case ApiKey::offset_fetch:
      return Connection::group;
    case ApiKey::write_txn_markers:
      return Connection::markers;
    case ApiKey::register_broker:
    case ApiKey::broker_heartbeat:
    case ApiKey::alter_partition:
    case ApiKey::alter_partition_reassignments:
    case ApiKey::metadata_push:
    case ApiKey::update_cluster:
      break;
  }
  return std::nullopt;
}

Result<Envelope> peek(const port::Message& message) {
  const Result<port::RawEnvelope> raw = port::peek(message);
  if (!raw) {
    return tl::unexpected<Error>(raw.error());
  }
  if (raw->api > static_cast<std::uint8_t>(kLastApiKey)) {
    return fail("the message is none of the log's");
  }
  return Envelope{static_cast<ApiKey>(raw->api), raw->correlation};
}

}  // namespace wavetank::log
