#pragma once

// What a user of a replay names, looked up in the run: processes, records, moments.

#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "sim/cluster/cluster.h"
#include "sim/replay/record_history.h"
#include "sim/replay/replay.h"

namespace wavetank::sim {

/// The process of this name, or the only one on the host of this name.
Result<NodeId> find_node(const Cluster& cluster, const std::string& name);
/// See ReplayRequest::events.
Result<RecordRange> find_records(std::string_view text, const log::Topology& topology);

}  // namespace wavetank::sim
