#pragma once

// What the hunt does to a scenario: a plan drawn from one seed, written out as a scenario file of
// its own, with every fault and every changed setting in it. Running that file repeats the plan.
//
// The choice is a swarm's (Groce et al., "Swarm Testing", 2012): each plan allows itself only some
// kinds of faults, so that rare combinations and long stretches of one kind both come.

#include <cstdint>
#include <string>

#include "engine/base/result.h"
#include "scenarios/scenario.h"

namespace wavetank::scenarios {

struct PlanOptions {
  /// Beyond what the scenario's services promise to survive: then only those rules are judged that
  /// hold whatever is lost.
  bool unlimited = false;
  std::uint32_t faults_max = 12;  ///< REQUIRES: at least 1, at most kPlannedFaultsMax
};
inline constexpr std::uint32_t kPlannedFaultsMax = 100;

struct Plan {
  std::string text;          ///< the scenario file
  std::uint32_t faults = 0;  ///< how many are in it
};

/// The plan of `seed`: equal scenarios, seeds and options give equal text. REQUIRES: `base` was
/// loaded. The base's own faults, objectives, figures and knees are left out.
Plan draw_plan(const Scenario& base, std::uint64_t seed, const PlanOptions& options);

}  // namespace wavetank::scenarios
