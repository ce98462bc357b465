#include "reports/study/estimate.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numeric>

namespace wavetank::reports {

namespace {

/// The percentile of Student's t with this many degrees of freedom: the 97.5th, or the 99.95th.
/// Beyond the tables it lies between the last entry and the normal distribution's 1.960 or 3.291:
/// the safer one is taken.
double student_t(std::size_t degrees, Confidence confidence) {
  static constexpr std::array kUsual = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306,
                                        2.262,  2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120,
                                        2.110,  2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064,
                                        2.060,  2.056, 2.052, 2.048, 2.045, 2.042};
  static constexpr std::array kStrict = {636.619, 31.599, 12.924, 8.610, 6.869, 5.959, 5.408, 5.041,
                                         4.781,   4.587,  4.437,  4.318, 4.221, 4.140, 4.073, 4.015,
                                         3.965,   3.922,  3.883,  3.850, 3.819, 3.792, 3.768, 3.745,
                                         3.725,   3.707,  3.690,  3.674, 3.659, 3.646};
  const auto& table = confidence == Confidence::usual ? kUsual : kStrict;
  return degrees <= table.size() ? table[degrees - 1] : table.back();
}

}  // namespace

double share(Confidence confidence) {
  return confidence == Confidence::usual ? 0.95 : 0.999;
}

std::optional<Estimate> estimate(const std::vector<double>& values, Confidence confidence) {
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
    const double half = student_t(values.size() - 1, confidence) * std::sqrt(squares / (n - 1) / n);
    result.low = std::max(result.value - half, 0.0);
    result.high = result.value + half;
  }
  return result;
}

}  // namespace wavetank::reports
