#pragma once

// From what was seen second by second to phases, metrics and chart points.

#include <cstdint>
#include <optional>
#include <vector>

#include "reports/result.h"

namespace wavetank::reports {

/// Cuts the time from the end of the warm-up to the end of the load into phases. A fault's phase
/// ends when it is healed, recovered and drained; one that is neither drained, recovered nor healed
/// lasts until the end.
std::vector<PhaseSpan> phase_spans(const RunResult& result);

/// The phase a window counts for: fault if it touches a fault's span at all. Windows after the end
/// of the load count for the last phase, so that what was late is not left out. Nothing for windows
/// that touch the warm-up.
std::optional<Phase> phase_of(const Window& window, const RunResult& result);

/// Fills `result.phases`, `result.metrics` (but its hosts and scalars), and what the charts draw:
/// `result.series`, `result.curves` and `result.heat`.
void measure(RunResult& result, const Evidence& evidence);

LatencySummary summarise(const Histogram& histogram);
/// Eight points for every nine, until less than one of the latencies is left beyond.
std::vector<CurvePoint> curve_of(const Histogram& latencies);
/// When the phase of a fault ends; the end of the load if nothing says that it is over.
Time end_of(const FaultReport& fault, Time ended_at);

}  // namespace wavetank::reports
