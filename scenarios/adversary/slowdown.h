#pragma once

#include <optional>

#include "scenarios/scenario.h"

namespace wavetank::scenarios {

/// The same scenario in a world that is worse, from the end of its warm-up on: all hosts compute
/// ten times slower; or, if its own faults leave no room for that, every message is late. For a
/// gate that wants to know whether it would notice. Nothing if the scenario leaves no room for
/// either.
std::optional<Scenario> slowed_down(const Scenario& scenario);

}  // namespace wavetank::scenarios
