#include "engine/log/controller/reassignment.h"

#include <algorithm>

#include "engine/log/node_list.h"

namespace wavetank::log {

namespace {

using Nodes = std::vector<NodeId>;

/// Those of `nodes` that are not among `others`, in their order.
Nodes without(const Nodes& nodes, const Nodes& others) {
  Nodes rest;
  std::ranges::copy_if(nodes, std::back_inserter(rest),
                       [&](NodeId node) { return !contains(others, node); });
  return rest;
}

bool names_one_twice(Nodes nodes) {
  std::ranges::sort(nodes);
  return std::ranges::adjacent_find(nodes) != nodes.end();
}

/// Drops `gone` from replicas and in-sync set; false, with nothing done, if nobody in sync is left.
bool drop(PartitionState& state, const Nodes& gone) {
  Nodes in_sync = without(state.in_sync, gone);
  if (in_sync.empty()) {
    return false;
  }
  state.in_sync = std::move(in_sync);
  state.replicas = without(state.replicas, gone);
  return true;
}

}  // namespace

ErrorCode begin_reassignment(PartitionState& state, const Nodes& to) {
  const Nodes before = without(state.replicas, state.adding);
  if (to.empty() || names_one_twice(to) || !drop(state, without(state.adding, to))) {
    return ErrorCode::invalid_replica_assignment;
  }
  state.adding = without(to, before);
  state.removing = without(before, to);
  state.replicas = to;
  state.replicas.insert(state.replicas.end(), state.removing.begin(), state.removing.end());
  return ErrorCode::none;
}

ErrorCode cancel_reassignment(PartitionState& state) {
  if (!is_reassigned(state)) {
    return ErrorCode::no_reassignment_in_progress;
  }
  if (!drop(state, state.adding)) {
    return ErrorCode::invalid_replica_assignment;
  }
  state.adding.clear();
  state.removing.clear();
  return ErrorCode::none;
}

bool complete_reassignment(PartitionState& state) {
  const bool all_there =
      std::ranges::all_of(state.adding, [&](NodeId node) { return contains(state.in_sync, node); });
  if (!all_there || !drop(state, state.removing)) {
    return false;
  }
  state.adding.clear();
  state.removing.clear();
  return true;
}

}  // namespace wavetank::log
