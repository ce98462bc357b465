#pragma once

// The search for the greatest load that holds, or the least resources: runs side by side, each in a
// process of its own.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "reports/study/capacity.h"
#include "sim/study/sweep.h"

namespace wavetank::sim {

/// Values of the other parameter.
inline constexpr std::size_t kMaxCapacityPoints = 64;
inline constexpr std::uint64_t kMaxCapacitySeeds = 100;
/// Less of a run says nothing of a trend.
inline constexpr Duration kLeastMeasured = seconds(4);

struct CapacityOptions {
  scenarios::SearchRange range;
  std::optional<scenarios::Axis> by;
  reports::CapacityMetric metric = reports::CapacityMetric::capacity;
  std::uint64_t first_seed = 1;
  std::uint64_t last_seed = 1;
  double precision = 0.05;
  Duration duration = seconds(10);  ///< of each run, warm-up included
  Duration warmup = seconds(3);
  bool keeps_faults = false;
};

/// Runs one value at one place; what a child process does. Tests put their own in its stead.
/// Nothing can be said: why, as an error.
using ProbeLoad =
    std::function<Result<reports::LoadProbe>(std::size_t point, std::uint64_t seed, double value)>;

struct CapacityHooks {
  std::function<void(std::uint64_t runs, const std::string& last)> progress;
  std::function<bool()> give_up;  ///< asked every tenth of a second
};

/// `asked` says what the report is about; the search fills in the rest.
///
/// The same report whatever the number of jobs: what is tried beyond what one search asks for, so
/// that no processor is idle, counts only if it is asked for later. Fails if a run came to no
/// result, or if the hooks gave up. REQUIRES: what ChildProcess requires.
Result<reports::CapacityReport> search_capacity(const reports::CapacityReport& asked,
                                                const CapacityOptions& options,
                                                const ProbeLoad& probe, std::size_t jobs,
                                                const CapacityHooks& hooks);

/// A run of the scenario, as `options` want it.
ProbeLoad probe_of(const StudiedScenario& scenario, const CapacityOptions& options);
/// What of a scenario is run.
scenarios::Scenario probed(const scenarios::Scenario& scenario, const CapacityOptions& options);
/// The overrides of a run there.
std::vector<std::string> overrides_at(const CapacityOptions& options, std::size_t point,
                                      double value);
}  // namespace wavetank::sim
