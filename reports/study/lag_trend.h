#pragma once

// Whether a backlog grows: the one sign of too much load that shows before queues, buffers and
// page caches are full, and long before latency does.

#include <cstddef>
#include <vector>

namespace wavetank::reports {

/// Of the backlog at equally spaced moments. Both statistics rest on the order of the values and
/// not on their sizes, so that a burst or a rebalance is no trend.
struct Trend {
  /// The median of the slopes between all pairs of moments (Sen, "Estimates of the Regression
  /// Coefficient Based on Kendall's Tau", 1968), a step.
  double slope = 0;
  /// Mann and Kendall's S over its standard deviation, without correction for ties: how sure it is
  /// that the values rise (Mann, "Nonparametric Tests Against Trend", 1945). Above kSure the chance
  /// that values in random order rise as much is below 1 %.
  double z = 0;

  static constexpr double kSure = 2.326;
};

/// Beyond these, every so many moments are left out.
inline constexpr std::size_t kMaxTrendPoints = 240;

/// Flat for fewer than 4 values, which no order makes sure.
[[nodiscard]] Trend trend(std::vector<double> values);

}  // namespace wavetank::reports
