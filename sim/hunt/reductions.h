#pragma once

// Ways to make a scenario simpler that are worth a try, each by itself.

#include <vector>

#include "scenarios/document.h"

namespace wavetank::sim {

/// The scenario with one thing less, for every such thing but its faults; the greatest steps first.
/// Some may be no scenarios any more.
std::vector<scenarios::Value> reductions(const scenarios::Value& scenario);
/// With a fault made simpler: shorter, or of fewer hosts.
std::vector<scenarios::Value> milder_faults(const scenarios::Value& scenario);

}  // namespace wavetank::sim
