#pragma once

// A value over several seeds.

#include <cstdint>
#include <optional>
#include <vector>

namespace wavetank::reports {

/// How often an interval holds the true mean.
enum class Confidence : std::uint8_t {
  usual,   ///< 95 %
  strict,  ///< 99.9 %: where there are dozens, or hundreds, of intervals
};

/// As a share.
double share(Confidence confidence);

/// The mean of what the seeds gave, and the interval that holds the true mean with this confidence:
/// Student's t, as for normal deviations from seed to seed, but never below 0, where none of these
/// figures lies. One seed has no interval.
struct Estimate {
  double value = 0;
  std::optional<double> low;
  std::optional<double> high;
  friend bool operator==(const Estimate&, const Estimate&) = default;
};

/// Nothing of nothing.
[[nodiscard]] std::optional<Estimate> estimate(const std::vector<double>& values,
                                               Confidence confidence = Confidence::usual);

}  // namespace wavetank::reports
