#include "engine/coordination/types.h"

namespace wavetank::coordination {

std::string_view name(ErrorCode error) {
  switch (error) {
    case ErrorCode::ok:
      return "Ok";
    case ErrorCode::runtime_inconsistency:
      return "RuntimeInconsistency";
    case ErrorCode::connection_loss:
      return "ConnectionLoss";
    case ErrorCode::bad_arguments:
      return "BadArguments";
    case ErrorCode::no_node:
      return "NoNode";
    case ErrorCode::bad_version:
      return "BadVersion";
    case ErrorCode::no_children_for_ephemerals:
      return "NoChildrenForEphemerals";
    case ErrorCode::node_exists:
      return "NodeExists";
    case ErrorCode::not_empty:
      return "NotEmpty";
    case ErrorCode::session_expired:
      return "SessionExpired";
    case ErrorCode::session_moved:
      return "SessionMoved";
  }
  return "Unknown";
}

}  // namespace wavetank::coordination
