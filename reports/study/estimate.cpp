#include "reports/study/estimate.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numeric>

namespace wavetank::reports {

namespace {

/// The 97.5th percentile of Student's t with this many degrees of freedom; beyond the table it lies
/// between the last entry and the normal distribution's 1.960: the safer one is taken.
double student_t(std::size_t degrees) {
  static constexpr std::array kTable = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306,
                                        2.262,  2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120,
                                        2.110,  2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064,
                                        2.060,  2.056, 2.052, 2.048, 2.045, 2.042};
  return degrees <= kTable.size() ? kTable[degrees - 1] : kTable.back();
}

}  // namespace

std::optional<Estimate> estimate(const std::vector<double>& values) {
  if (values.empty()) {
    return std::nullopt;
  }
  const auto n = static_cast<double>(values.size());
  Estimate result;
  result.value = std::accumulate(values.begin(), values.end(), 0.0) / n;
  if (values.size() > 1) {
    double squares = 0;
    for (const double value : values) {
      squares += (value - result.value) * (value - result.value);
    }
    const double half = student_t(values.size() - 1) * std::sqrt(squares / (n - 1) / n);
    result.low = std::max(result.value - half, 0.0);
    result.high = result.value + half;
  }
  return result;
}

}  // namespace wavetank::reports
