#include "engine/log/types.h"

namespace wavetank::log {

std::string_view name(ErrorCode error) {
  switch (error) {
    case ErrorCode::none:
      return "none";
    case ErrorCode::not_leader_or_follower:
      return "not_leader_or_follower";
    case ErrorCode::fenced_leader_epoch:
      return "fenced_leader_epoch";
    case ErrorCode::unknown_leader_epoch:
      return "unknown_leader_epoch";
    case ErrorCode::offset_out_of_range:
      return "offset_out_of_range";
    case ErrorCode::corrupt_message:
      return "corrupt_message";
    case ErrorCode::not_enough_replicas:
      return "not_enough_replicas";
    case ErrorCode::not_enough_replicas_after_append:
      return "not_enough_replicas_after_append";
    case ErrorCode::out_of_order_sequence:
      return "out_of_order_sequence";
    case ErrorCode::invalid_producer_epoch:
      return "invalid_producer_epoch";
    case ErrorCode::stale_broker_epoch:
      return "stale_broker_epoch";
    case ErrorCode::invalid_update_version:
      return "invalid_update_version";
    case ErrorCode::ineligible_replica:
      return "ineligible_replica";
    case ErrorCode::not_coordinator:
      return "not_coordinator";
    case ErrorCode::coordinator_loading:
      return "coordinator_loading";
    case ErrorCode::request_timed_out:
      return "request_timed_out";
    case ErrorCode::fetch_session_unknown:
      return "fetch_session_unknown";
    case ErrorCode::unknown_partition:
      return "unknown_partition";
    case ErrorCode::message_too_large:
      return "message_too_large";
    case ErrorCode::invalid_txn_state:
      return "invalid_txn_state";
    case ErrorCode::producer_fenced:
      return "producer_fenced";
    case ErrorCode::concurrent_transactions:
      return "concurrent_transactions";
    case ErrorCode::invalid_producer_id_mapping:
      return "invalid_producer_id_mapping";
    case ErrorCode::invalid_transaction_timeout:
      return "invalid_transaction_timeout";
    case ErrorCode::coordinator_not_available:
      return "coordinator_not_available";
    case ErrorCode::transaction_coordinator_fenced:
      return "transaction_coordinator_fenced";
    case ErrorCode::unknown_member_id:
      return "unknown_member_id";
    case ErrorCode::illegal_generation:
      return "illegal_generation";
    case ErrorCode::rebalance_in_progress:
      return "rebalance_in_progress";
    case ErrorCode::inconsistent_group_protocol:
      return "inconsistent_group_protocol";
    case ErrorCode::invalid_group_id:
      return "invalid_group_id";
    case ErrorCode::invalid_session_timeout:
      return "invalid_session_timeout";
    case ErrorCode::member_id_required:
      return "member_id_required";
    case ErrorCode::group_max_size_reached:
      return "group_max_size_reached";
    case ErrorCode::fenced_instance_id:
      return "fenced_instance_id";
    case ErrorCode::not_controller:
      return "not_controller";
    case ErrorCode::unstable_offset_commit:
      return "unstable_offset_commit";
    case ErrorCode::invalid_replica_assignment:
      return "invalid_replica_assignment";
    case ErrorCode::no_reassignment_in_progress:
      return "no_reassignment_in_progress";
    case ErrorCode::stale_controller_epoch:
      return "stale_controller_epoch";
  }
  return "unknown";
}

}  // namespace wavetank::log
