#pragma once

// What the shape of a file cannot say: names must resolve, numbers must fit together, and nothing
// may ask for more than the limits.

#include "scenarios/findings.h"
#include "scenarios/limits.h"
#include "scenarios/scenario.h"

namespace wavetank::scenarios {

/// Expands hosts, fills in every index of `scenario`, and complains about what does not fit. Parts
/// that have been complained about already are passed over.
void validate(Scenario& scenario, Findings& findings, const Limits& limits);

/// Warns where the load exceeds what the hardware can carry by arithmetic alone. REQUIRES: a valid
/// scenario.
void hint_capacity(const Scenario& scenario, Findings& findings);

}  // namespace wavetank::scenarios
