#pragma once

// The blocks of the report, from the top of the page down. Each answers one question and is whole
// without scripts; one that has nothing to say is empty. A file of its own draws each.

#include <string>

#include "reports/html/markup.h"
#include "reports/result.h"

namespace wavetank::reports::html {

/// Did it hold? The verdict, its sentence, and the command that repeats it (empty: not known).
Markup verdict_band(const RunResult& result, const std::string& command);
/// Which objective, by how much, when? Violated ones first.
Markup objective_cards(const RunResult& result);
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
/// The shape of the tail: latency at ever finer percentiles.
Markup percentile_curve(const RunResult& result);
/// How latencies were spread, over time.
Markup latency_heat_map(const RunResult& result);
/// What became of the records, and what was checked.
Markup correctness(const RunResult& result);
/// Everything else that objectives can name.
Markup metric_table(const RunResult& result);
/// The effective scenario, its schedule, and what the run was made by.
Markup provenance(const RunResult& result);

}  // namespace wavetank::reports::html
