#pragma once

// This machine's own cost table: the engine's kernels timed, and the prices that explain them.

#include <functional>
#include <string>

#include "engine/base/result.h"
#include "models/costs.h"

namespace wavetank::sim {

/// What is asked and told while it goes on.
struct Attendance {
  std::function<void(const std::string& what)> begins;
  std::function<bool()> give_up;
};

/// Times every kernel `rounds` times, one after the other, and takes the quickest of each: whoever
/// else is at work on the machine makes them slower, nobody quicker. Fails if it is given up.
/// REQUIRES: this process has built no world.
Result<models::MeasuredCosts> calibrate(const std::string& name, int rounds,
                                        const Attendance& attendance);

}  // namespace wavetank::sim
