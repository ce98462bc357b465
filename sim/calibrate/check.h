#pragma once

// Is a simulation with these costs as quick as the machine they were measured on? Loads that no
// price was fitted to, on the bare host and under the simulator.

#include <string>
#include <vector>

#include "engine/base/result.h"
#include "models/costs.h"
#include "sim/calibrate/calibration.h"

namespace wavetank::sim {

/// A simulation within this is said to agree.
inline constexpr double kAgrees = 0.15;

/// Of one core that does everything: records a second.
struct CheckedLoad {
  std::string name;
  double measured = 0;
  double simulated = 0;

  [[nodiscard]] double error() const { return simulated / measured - 1; }
  [[nodiscard]] bool agrees() const { return error() >= -kAgrees && error() <= kAgrees; }
};

/// The quickest of `rounds` measurements of each. REQUIRES: as `calibrate`.
Result<std::vector<CheckedLoad>> check(const models::MeasuredCosts& costs, int rounds,
                                       const Attendance& attendance);

}  // namespace wavetank::sim
