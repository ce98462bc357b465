#pragma once

// Which runs a sweep takes: all of the plan, or, where it goes on until a figure is known, at each
// point as many seeds as that takes there. What is left follows from the runs that have ended, in
// whatever order they did, so that a sweep that was interrupted goes on as if it had not been.

#include <cstdint>
#include <optional>
#include <vector>

#include "reports/study/sweep.h"

namespace wavetank::reports {

class SweepSeeds {
 public:
  explicit SweepSeeds(SweepPlan plan);

  /// A run has ended, or failed, which is a seed without the figure.
  void ended(std::uint64_t run, SeedValue figure);

  /// The next run of the plan's shard to begin, which counts as begun; nothing: none for now.
  std::optional<std::uint64_t> begin();
  /// How many runs the shard takes, as far as is known.
  [[nodiscard]] std::uint64_t wanted() const;

 private:
  /// Of a seed at a point: nothing before it has ended.
  using Ended = std::optional<SeedValue>;

  [[nodiscard]] std::uint64_t wanted_at(std::uint64_t point) const;

  SweepPlan plan_;
  std::vector<Ended> ended_;             ///< by run
  std::vector<bool> begun_;              ///< likewise
  std::vector<std::uint64_t> seeds_at_;  ///< that a point takes, as far as is known
  std::uint64_t cursor_ = 0;             ///< no run before it is left
};

}  // namespace wavetank::reports
