#pragma once

// Runs whose reports are hard to draw.

#include <string>
#include <utility>
#include <vector>

#include "reports/result.h"

namespace wavetank::reports::sample {

/// Text that would be markup, script, an entity, or would turn around what follows.
inline const std::string kHostile =
    "</script><script>alert(1)</script><img src=x onerror=alert(1)>\" onclick='x' &lt; "
    "\u202e\x1b[31m";

/// A run in which everything that a scenario names is `kHostile`.
RunResult hostile();
/// A run that ended before anything happened.
RunResult nothing();
/// As many points, faults, hosts, objectives and lost records as a result can show.
RunResult crowded();
/// As much of all as a scenario may ask for.
RunResult enormous();

/// All of them, and the sample runs, by name.
std::vector<std::pair<std::string, RunResult>> all_runs();

}  // namespace wavetank::reports::sample
