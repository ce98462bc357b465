#pragma once

// The search for a fault schedule that breaks a rule: a plan a seed, each run in a process of its
// own.

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "reports/study/sweep.h"
#include "scenarios/adversary/plan.h"
#include "scenarios/scenario.h"
#include "sim/hunt/coverage.h"
#include "sim/hunt/trial.h"

namespace wavetank::sim {

struct HuntOptions {
  std::uint64_t first_seed = 1;
  std::uint64_t last_seed = 1000;
  reports::Shard shard;  ///< of the seeds, counted from the first
  std::size_t jobs = 1;
  scenarios::PlanOptions plan;
  TrialBounds bounds;
};

/// A run that broke a rule.
struct Find {
  std::uint64_t seed = 0;
  std::uint32_t faults = 0;
  std::vector<Violation> violations;  ///< at least one
  std::string scenario;               ///< its plan as a failure file (failure.h)
};

struct Tally {
  std::uint64_t runs = 0;
  std::map<TrialEnd, std::uint64_t> ends;
  double simulated_s = 0;
  Coverage coverage;         ///< by the seeds of the plans
  std::string last_trouble;  ///< why the last run without a verdict has none
};

struct HuntHooks {
  /// A plan has been run; `found` comes after it.
  std::function<void(std::uint64_t seed, const Outcome&)> ended;
  std::function<void(const Find&)> found;
  std::function<void(const Tally&)> progress;
  std::function<bool()> give_up;  ///< asked every tenth of a second
};

/// Ends with the seeds, or when the hooks say so; what was found until then has been handed over.
/// REQUIRES: what ChildProcess requires.
Tally hunt(const scenarios::Scenario& base, const HuntOptions& options, const HuntHooks& hooks);

}  // namespace wavetank::sim
