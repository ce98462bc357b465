#pragma once

// What moving a partition to other brokers does to its state (KIP-455). While it is under way,
// `replicas` holds the brokers it moves to, in their order, and behind them those that are to go;
// `adding` are those that were not there before. They copy the log without being in sync; when all
// of them are, those to go are dropped.
//
// Rules on one state, without regard to who is alive: the registry elects.

#include <vector>

#include "engine/log/protocol/protocol.h"

namespace wavetank::log {

[[nodiscard]] inline bool is_reassigned(const PartitionState& state) {
  return !state.adding.empty() || !state.removing.empty();
}
/// Begins to move it to the brokers `to`, the preferred leader first; a move that is under way is
/// given up. Error: invalid_replica_assignment, with nothing done, if `to` is empty or names a
/// broker twice, or nobody in sync would be left.
ErrorCode begin_reassignment(PartitionState& state, const std::vector<NodeId>& to);
/// Gives a move up: those that were being added go. Errors: no_reassignment_in_progress;
/// invalid_replica_assignment if nobody in sync would be left.
ErrorCode cancel_reassignment(PartitionState& state);
/// If everybody who is being added is in sync, and somebody in sync stays: those to go are dropped.
/// False if it is not so.
bool complete_reassignment(PartitionState& state);

}  // namespace wavetank::log
