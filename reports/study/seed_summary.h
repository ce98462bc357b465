#pragma once

// What the seeds of one scenario gave, figure by figure.

#include <cstdint>
#include <string>
#include <vector>

#include "reports/comparison.h"
#include "reports/study/estimate.h"

namespace wavetank::reports {

/// One figure, over the seeds that have it: a recovery that never came is none.
struct SeedFigure {
  std::string name;
  std::string unit;
  std::uint64_t seeds = 0;
  Estimate mean;
  double least = 0;
  double greatest = 0;
};
/// In the order in which the seeds name them first.
std::vector<SeedFigure> over_seeds(const std::vector<std::vector<Quantity>>& seeds);

/// A table of those of the whole run that are not always zero, with the 95 % interval of the mean.
/// `seeds`: all, also those without a figure.
std::string seed_figures_text(const std::vector<SeedFigure>& figures, std::uint64_t seeds,
                              bool ascii);
/// All of them, as a JSON array.
std::string seed_figures_json(const std::vector<SeedFigure>& figures);

}  // namespace wavetank::reports
