#pragma once

// A run again, as a trace (reports/export/trace.h). As in a replay the same program, scenario and
// seed give the same events, and nothing changes for being looked at.

#include "engine/base/result.h"
#include "reports/export/exported.h"
#include "reports/export/trace.h"
#include "scenarios/scenario.h"
#include "sim/replay/replay.h"

namespace wavetank::sim {

/// `result` is what the run gave. Single steps and messages are of `detail`. Fails if the run is
/// stopped, or is not the one that was: its digest differs (a partial one has none to compare).
/// REQUIRES: as `run`.
Result<reports::Trace> trace_run(const scenarios::Scenario& scenario,
                                 const reports::RunResult& result, reports::Span detail,
                                 const ReplayHooks& hooks);

/// Likewise, of what producers make of records; nothing where there is no log. Fails as
/// `trace_run`.
Result<reports::Sending> sending_of(const scenarios::Scenario& scenario,
                                    const reports::RunResult& result, const ReplayHooks& hooks);

/// A tenth of a second from just before the first fault on; without any, from the end of the
/// warm-up.
reports::Span usual_detail(const reports::RunResult& result);

}  // namespace wavetank::sim
