#pragma once

// The faults of one plan.

#include "engine/base/random.h"
#include "scenarios/adversary/ground.h"
#include "scenarios/adversary/plan.h"
#include "scenarios/document.h"

namespace wavetank::scenarios {

/// Draws them, as the list "faults" of a scenario file. Within the promises, a broker loses what it
/// had not synced only while all others are well, and has been mended before the next misfortune.
List draw_faults(const Scenario& base, const Ground& ground, Random& random,
                 const PlanOptions& options);

}  // namespace wavetank::scenarios
