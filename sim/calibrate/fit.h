#pragma once

// Prices from times. Every kernel gives an equation: what it did, times the prices, is what it
// took. There are more of them than prices, and none fits exactly; the prices are those, none
// negative, whose relative errors have the least sum of squares. What the kernels leave open (two
// kinds of work that always come together, or one that none of them does) stays near `assumed`: an
// error of a price counts kPull times that of a kernel.

#include <span>

#include "models/costs.h"
#include "sim/calibrate/timing.h"

namespace wavetank::sim {

inline constexpr double kPull = 0.005;

models::Prices fitted(std::span<const Timing> timings, const models::Prices& assumed);

/// What the prices make of it.
double priced_ns(const port::Meter& work, const models::Prices& prices);

}  // namespace wavetank::sim
