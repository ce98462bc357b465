#pragma once

// A value over several seeds.

#include <optional>
#include <vector>

namespace wavetank::reports {

/// The mean of what the seeds gave, and the interval that holds the true mean with 95 % confidence:
/// Student's t, as for normal deviations from seed to seed, but never below 0, where none of these
/// figures lies. One seed has no interval.
struct Estimate {
  double value = 0;
  std::optional<double> low;
  std::optional<double> high;
  friend bool operator==(const Estimate&, const Estimate&) = default;
};

/// Nothing of nothing.
[[nodiscard]] std::optional<Estimate> estimate(const std::vector<double>& values);

}  // namespace wavetank::reports
