#include "engine/coordination/kv/types.h"

namespace wavetank::kv {

std::string_view name(ErrorCode error) {
  switch (error) {
    case ErrorCode::ok:
      return "Ok";
    case ErrorCode::not_leader:
      return "NotLeader";
    case ErrorCode::too_many_requests:
      return "TooManyRequests";
    case ErrorCode::bad_request:
      return "BadRequest";
    case ErrorCode::session_expired:
      return "SessionExpired";
    case ErrorCode::timed_out:
      break;
  }
  return "TimedOut";
}

}  // namespace wavetank::kv
