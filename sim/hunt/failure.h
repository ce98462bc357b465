#pragma once

// A failure file: a scenario that breaks a rule, with "found", which says where it comes from. It
// runs as it stands (`wavetank run`), and `wavetank shrink` makes it smaller.

#include <cstdint>
#include <string>

#include "engine/base/result.h"
#include "scenarios/scenario.h"
#include "sim/hunt/trial.h"

namespace wavetank::sim {

/// Where a failure comes from.
struct Origin {
  std::string scenario_sha256;  ///< of the scenario that was hunted
  std::uint64_t seed = 0;
  bool unlimited = false;
  Violation violation;
};

/// The plan with its origin written in. REQUIRES: `plan` is a scenario file.
std::string failure_file(const std::string& plan, const Origin& origin);
/// Fails if the scenario is no failure file, or one of another version of the program, whose runs
/// would not be the same.
Status is_ours(const scenarios::Scenario& failure);

}  // namespace wavetank::sim
