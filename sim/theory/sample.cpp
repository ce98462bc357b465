#include "sim/theory/sample.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

namespace wavetank::sim::theory {

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double variance_of(const std::vector<double>& values) {
  const double mean = mean_of(values);
  double squares = 0;
  for (const double value : values) {
    squares += (value - mean) * (value - mean);
  }
  return squares / static_cast<double>(values.size() - 1);
}

double quantile_of(std::vector<double> values, double p) {
  const double last = static_cast<double>(values.size()) - 1;
  const double place = std::clamp(p * static_cast<double>(values.size()) - 0.5, 0.0, last);
  const double whole = std::floor(place);
  const auto below = values.begin() + static_cast<std::ptrdiff_t>(whole);
  std::nth_element(values.begin(), below, values.end());
  const auto above = below + 1 == values.end() ? below : std::min_element(below + 1, values.end());
  return *below + (*above - *below) * (place - whole);
}

}  // namespace wavetank::sim::theory
