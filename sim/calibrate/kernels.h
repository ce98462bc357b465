#pragma once

// The engine's own kernels, each of which does a kind of work, or a mixture of them that is all its
// own: prices are what explains the times of all of them.

#include <functional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "sim/calibrate/timing.h"

namespace wavetank::sim {

struct Kernel {
  std::string name;
  std::function<Result<Timing>()> run;  ///< once, some hundredths of a second
};

std::vector<Kernel> all_kernels();

}  // namespace wavetank::sim
