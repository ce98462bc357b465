#pragma once

// One run of a scenario, from an empty world to a result.

#include <functional>
#include <optional>

#include "engine/base/result.h"
#include "reports/result.h"
#include "scenarios/scenario.h"

namespace wavetank::sim {

class Kernel;

/// What a run may ask of whoever started it, every kReportInterval of simulated time.
struct RunHooks {
  /// The world stands, and nothing has happened in it.
  std::function<void(Kernel&)> begins = {};
  /// How far it is.
  std::function<void(Time now, Time end)> progress;
  /// Set to end the run early with a partial result.
  std::function<std::optional<reports::Partial>(Time now, Time end)> interrupted;
  /// The result, and what was seen second by second, of which the result keeps only a part.
  std::function<void(const reports::RunResult&, const reports::Evidence&)> concluded = {};
  /// What objectives that speak of a baseline are held against; null: they are unknown.
  const reports::RunResult* baseline = nullptr;
  /// The run ends early with a partial result when this many events have happened.
  std::uint64_t events_max = UINT64_MAX;
};

inline constexpr Duration kReportInterval = milliseconds(100);

/// Runs the scenario, the searches for its knees beside it (where `knees`: they take as long as
/// several short runs). Fails if the world cannot be built. REQUIRES: no other run in this process
/// (SimGrid has one engine): tests, knees and sweeps fork.
Result<reports::RunResult> run(const scenarios::Scenario& scenario, const RunHooks& hooks,
                               bool knees = false);

}  // namespace wavetank::sim
