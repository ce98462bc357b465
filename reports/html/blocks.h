#pragma once

// The blocks of the report, from the top of the page down. Each answers one question and is whole
// without scripts; one that has nothing to say is empty. A file of its own draws each.

#include <string>

#include "reports/html/markup.h"
#include "reports/result.h"

namespace wavetank::reports::html {

/// Of what a run may have very much of, so that the page stays one that a browser opens at once.
/// What is left out is counted, and stands in result.json.
inline constexpr std::size_t kMostCards = 60;
inline constexpr std::size_t kMostFaultRows = 200;
inline constexpr std::size_t kMostScheduleRows = 500;
inline constexpr std::size_t kMostConfigLetters = 200'000;
/// "and 12 more: see result.json"; empty if it is none.
Markup left_out(std::size_t rows);

// A `baseline` is what the run is held against; null: nothing.

/// Did it hold? The verdict, its sentence, and the command that repeats it (empty: not known).
Markup verdict_band(const RunResult& result, const std::string& command, const RunResult* baseline);
/// Which objective, by how much, when? Violated ones first.
Markup objective_cards(const RunResult& result, const RunResult* baseline);
/// What happened? Latency, lag and rates over one axis of time, with the faults.
Markup timeline(const RunResult& result);
/// Why? The parts of a percentile's latency.
Markup time_split(const RunResult& result);
/// Where? The groups of hosts, coloured by use, the busiest outlined.
Markup cluster_map(const RunResult& result);
/// How resilient? One row a fault, with the parts of its recovery.
Markup fault_table(const RunResult& result);
/// What was claimed, what came out, and where it ends to hold.
Markup figure_table(const RunResult& result);
/// The shape of the tail: latency at ever finer percentiles, as it is and as a client sees it that
/// does not count what it held back.
Markup percentile_curve(const RunResult& result, const RunResult* baseline);
/// How latencies were spread, over time.
Markup latency_heat_map(const RunResult& result);
/// How busy the resources were, over time.
Markup use_heat_map(const RunResult& result);
/// Faults, what came of them and when objectives were broken, in order, each with the command that
/// shows that moment.
Markup event_log(const RunResult& result);
/// What became of the records, and what was checked.
Markup correctness(const RunResult& result);
/// Everything else that objectives can name.
Markup metric_table(const RunResult& result);
/// The effective scenario and what differs from that of the baseline, the schedule, and what the
/// run was made by.
Markup provenance(const RunResult& result, const RunResult* baseline);

}  // namespace wavetank::reports::html
