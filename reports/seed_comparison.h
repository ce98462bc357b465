#pragma once

// Two sets of runs beside each other, paired on the same seed: what a change does to each figure,
// and whether that is more than chance. What the seed decides (which records there are, and when)
// is the same on both sides of a pair, and so falls out of the difference.
//
// The statistic is Student's t over the paired differences (1908): the mean difference and its
// interval at 99 %. Of a hundred figures that nothing has moved, one will lie outside by chance. A
// figure matters if zero lies outside of its interval, and the mean moved by no less than
// kNegligibleChange. Fewer than kLeastPairs pairs say nothing.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "reports/comparison.h"
#include "reports/result.h"
#include "reports/terminal_summary.h"

namespace wavetank::reports {

inline constexpr std::size_t kLeastPairs = 3;
inline constexpr double kConfidence = 0.99;

/// One figure, of all pairs in which both runs have it. Of a run that has it alone, its partner has
/// none: a recovery that never came, or that was never needed.
struct PairedChange {
  std::string name;
  std::string unit;
  std::size_t pairs = 0;
  std::size_t only_base = 0;     ///< pairs in which it is gone
  std::size_t only_changed = 0;  ///< in which it is new
  double base = 0;               ///< means; of the runs that have it alone where no pair does
  double changed = 0;
  double mean_difference = 0;
  double half_interval = 0;  ///< of the difference's mean; infinite for a single pair
  /// Worse, better or other if it matters; same if it does not. A figure that some pairs have on
  /// one side only is gone or new, and no longer the same; gone from as many as new in, it is
  /// other.
  Effect effect = Effect::same;

  /// By what share of the base's mean; missing if that is zero.
  [[nodiscard]] std::optional<double> relative() const;
};

struct SeedComparison {
  std::vector<std::uint64_t> seeds;  ///< that both sets have, ascending
  std::size_t only_base = 0;         ///< runs without a partner
  std::size_t only_changed = 0;
  std::size_t identical = 0;  ///< pairs of the same events
  bool same_scenario = false;
  /// How many runs of each set failed, of those with a partner.
  std::size_t failed_base = 0;
  std::size_t failed_changed = 0;
  std::vector<PairedChange> changes;  ///< all figures
};

/// Fails if a set has two runs of a seed, is of several scenarios, or no seed is in both.
Result<SeedComparison> compare_seeds(std::span<const RunResult> base,
                                     std::span<const RunResult> changed);

struct MeanInterval {
  double mean = 0;
  double half = 0;  ///< of the interval at kConfidence; infinite for one value
};
/// REQUIRES: not empty.
MeanInterval paired_interval(std::span<const double> differences);

/// For a terminal: what the sets are, then what matters, worse first, then what does not.
std::string seed_comparison_text(const SeedComparison& comparison, const Style& style);
/// As one JSON document.
std::string seed_comparison_json(const SeedComparison& comparison);

}  // namespace wavetank::reports
