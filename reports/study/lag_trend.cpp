#include "reports/study/lag_trend.h"

#include <algorithm>
#include <cmath>

namespace wavetank::reports {

namespace {

constexpr std::size_t kFewest = 4;

/// Leaves about kMaxTrendPoints, equally spaced; returns how many steps lie between two.
std::size_t thin_out(std::vector<double>& values) {
  const std::size_t stride = (values.size() + kMaxTrendPoints - 1) / kMaxTrendPoints;
  for (std::size_t i = 0; i * stride < values.size(); ++i) {
    values[i] = values[i * stride];
  }
  values.resize((values.size() + stride - 1) / stride);
  return stride;
}

double median(std::vector<double>& values) {
  const std::size_t half = values.size() / 2;
  std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(half));
  const double upper = values[half];
  if (values.size() % 2 == 1) {
    return upper;
  }
  return (upper +
          *std::max_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(half))) /
         2;
}

}  // namespace

Trend trend(std::vector<double> values) {
  if (values.size() < kFewest) {
    return {};
  }
  const auto stride = static_cast<double>(thin_out(values));
  std::vector<double> slopes;
  double s = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    for (std::size_t j = i + 1; j < values.size(); ++j) {
      const double rise = values[j] - values[i];
      slopes.push_back(rise / (static_cast<double>(j - i) * stride));
      s += rise > 0 ? 1 : rise < 0 ? -1 : 0;
    }
  }
  const auto n = static_cast<double>(values.size());
  const double deviation = std::sqrt(n * (n - 1) * (2 * n + 5) / 18);
  // One step towards zero: S takes only every second value (Kendall's continuity correction).
  const double corrected = s > 0 ? s - 1 : s < 0 ? s + 1 : 0;
  return {median(slopes), corrected / deviation};
}

}  // namespace wavetank::reports
