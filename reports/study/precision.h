#pragma once

// Seeds until a figure is known well enough: until the half-width of its 95 % interval over the
// seeds is at most a share of its mean.
//
// How many seeds that takes is told from those that there are (Stein: A two-sample test for a
// linear hypothesis whose power is independent of the variance, 1945), and so found in few steps:
// whoever looks after every seed stops by chance. It still stops a little too soon now and then:
// of draws that deviate normally by 5 to 20 % of their mean, or lognormally by 20 to 50 %, the
// interval in which it ends held the true mean in 92 to 96 of 100 (4000 each).

#include <cstdint>
#include <optional>
#include <span>

#include "reports/study/estimate.h"
#include "scenarios/slo.h"

namespace wavetank::reports {

/// Of any set whose interval is looked at.
inline constexpr std::uint64_t kLeastSeedsOfInterval = 5;

struct PrecisionGoal {
  scenarios::Slo figure;  ///< without comparison and bound
  double share = 0;       ///< in (0, 1]: of the mean

  friend bool operator==(const PrecisionGoal& a, const PrecisionGoal& b) {
    return a.figure.text == b.figure.text && a.share == b.share;
  }
};

/// What a seed says of the figure: nothing, where it has none.
using SeedValue = std::optional<double>;

/// How the figure stands over some seeds.
struct Precision {
  std::optional<Estimate> estimate;  ///< over the seeds that have the figure
  std::uint64_t with_figure = 0;     ///< as many
  std::uint64_t seeds = 0;
  bool reached = false;

  /// Half of the interval as a share of the mean; nothing without an interval.
  [[nodiscard]] std::optional<double> share() const;
};
Precision precision(std::span<const SeedValue> values, double share);

/// How many seeds to have in all, as told by the first of them, in the order of the seeds: no more
/// than there are, if these are enough. It depends on nothing else, and so not on how many are run
/// side by side. REQUIRES: most >= kLeastSeedsOfInterval.
std::uint64_t seeds_wanted(std::span<const SeedValue> values, double share, std::uint64_t most);

}  // namespace wavetank::reports
