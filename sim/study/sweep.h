#pragma once

// A sweep's runs, side by side, each in a process of its own.

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "reports/study/sweep.h"
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

/// Runs what the plan's shard has and `done` has not, in the order of the numbers; runs at work
/// when the hooks give up are dropped. REQUIRES: what ChildProcess requires.
void sweep(const StudiedScenario& scenario, const reports::SweepPlan& plan,
           const std::set<std::uint64_t>& done, std::size_t jobs, const SweepHooks& hooks);

}  // namespace wavetank::sim
