#pragma once

// A sweep's runs, side by side, each in a process of its own.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "reports/study/sweep_seeds.h"
#include "scenarios/load.h"

namespace wavetank::sim {

/// The scenario that a study varies, as text: every run reads it again with its own changes.
struct StudiedScenario {
  std::string text;
  std::string name;                    ///< its file, for diagnostics and `extends`
  std::vector<std::string> overrides;  ///< of all its runs
  scenarios::Limits limits = {};

  [[nodiscard]] scenarios::Loaded load(const std::vector<std::string>& more,
                                       std::optional<std::uint64_t> seed) const;
};

struct SweepHooks {
  /// A run has ended; `line` is what is kept of it (write_run).
  std::function<void(std::uint64_t run, const std::string& line)> finished;
  /// It came to no result: the process died, or the scenario is none at this point.
  std::function<void(std::uint64_t run, const std::string& why)> failed;
  std::function<bool()> give_up;  ///< asked every tenth of a second
};

/// Runs what `seeds` still wants, in the order of the numbers, and tells it what has ended; runs at
/// work when the hooks give up are dropped. REQUIRES: what ChildProcess requires; `seeds` are of
/// this plan.
void sweep(const StudiedScenario& scenario, const reports::SweepPlan& plan,
           reports::SweepSeeds& seeds, std::size_t jobs, const SweepHooks& hooks);

}  // namespace wavetank::sim
