#pragma once

#include <cstdint>

namespace wavetank::coordination {

/// What a message is. One table for servers and clients, from 64 on (engine/port/message_codec.h).
enum class Api : std::uint8_t {
  notification = 64,
  // a learner (follower or observer) to its leader
  follower_info,
  ack_epoch,
  ack_new_leader,
  ack,
  ping_reply,
  forward,
  revalidate,
  // a leader to its learners
  leader_info,
  sync_begin,
  snapshot_part,
  proposal,
  new_leader,
  up_to_date,
  commit,
  inform,
  ping,
  revalidated,
  synced,
  // a client to its server
  connect,
  request,
  // a server to its clients
  connected,
  response,
  watch_event,
  disconnected,
};

}  // namespace wavetank::coordination
