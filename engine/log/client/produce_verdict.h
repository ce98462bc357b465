#pragma once

// What a broker's answer to a batch means for its producer.

#include <cstdint>

#include "engine/log/types.h"

namespace wavetank::log {

enum class Verdict : std::uint8_t {
  stored,
  retry,         ///< it is sent again
  out_of_order,  ///< again, once those before it are settled
  fenced,        ///< its producer's epoch is over
  refused,       ///< never to be stored
};

inline Verdict judge(ErrorCode error) {
  switch (error) {
    case ErrorCode::none:
      return Verdict::stored;
    case ErrorCode::out_of_order_sequence:
      return Verdict::out_of_order;
    case ErrorCode::invalid_producer_epoch:
      return Verdict::fenced;
    case ErrorCode::corrupt_message:
    case ErrorCode::message_too_large:
      return Verdict::refused;
    default:
      return Verdict::retry;
  }
}

/// Whether a broker that answers this may still have stored the batch. (A leader that is deposed
/// while it waits for its followers answers not_leader_or_follower for what it has appended.)
inline bool may_have_stored(ErrorCode error) {
  switch (error) {
    case ErrorCode::not_enough_replicas:
    case ErrorCode::unknown_partition:
    case ErrorCode::out_of_order_sequence:
    case ErrorCode::invalid_producer_epoch:
    case ErrorCode::corrupt_message:
    case ErrorCode::message_too_large:
      return false;
    default:
      return true;
  }
}

}  // namespace wavetank::log
