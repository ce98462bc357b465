#pragma once

// The last step of a run: from facts to a verdict.

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "reports/baseline.h"
#include "reports/figure_evaluation.h"
#include "reports/result.h"
#include "scenarios/slo.h"

namespace wavetank::reports {

/// What the result is judged by.
struct Expectations {
  std::span<const scenarios::Slo> slos;
  std::vector<std::pair<std::string, FigureMeasurement>> figures;  ///< by id; unknown ids ignored
  const Baseline* baseline = nullptr;
};

/// Fills what `RunResult` marks as filled by `conclude`, from what the runner filled: phases,
/// metrics, series, objectives, figures, and last the verdict.
void conclude(RunResult& result, const Evidence& evidence, const Expectations& expectations);

}  // namespace wavetank::reports
