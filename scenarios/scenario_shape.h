#pragma once

// The scenario file, described: every key, its type, default and meaning. Parser and schema both
// come from here.

#include "scenarios/description.h"
#include "scenarios/scenario.h"

namespace wavetank::scenarios {

/// Reads a whole scenario; its names are resolved and checked by validate.h.
const Type<Scenario>& scenario_type();

}  // namespace wavetank::scenarios
