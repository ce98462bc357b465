#pragma once

// A paper's figure beside what was simulated.

#include <optional>
#include <string>

#include "reports/result.h"
#include "scenarios/figures.h"

namespace wavetank::reports {

/// What a runner found for one figure.
struct FigureMeasurement {
  std::optional<double> simulated;  ///< in the figure's unit; missing: taken from the result, if
                                    ///< `measured_figure` knows how
  std::optional<double> knee;       ///< load beyond which it no longer holds
  std::string knee_unit;
  std::string bound_by;  ///< the resource that is full there
  std::string why;       ///< not empty: why there is no value, not even one taken from the result
};

/// The value of a figure that the result itself holds: recovery after a crash (s), throughput
/// (events/s). Nothing for others, and for a recovery that did not happen.
std::optional<double> measured_figure(const scenarios::Figure& figure, const RunResult& result);

/// REQUIRES: `result` has been measured. Unknown under the adversarial regime. Claims of recovery
/// and throughput include that nothing is lost.
FigureReport evaluate(const scenarios::Figure& figure, const FigureMeasurement& measurement,
                      const RunResult& result);

}  // namespace wavetank::reports
