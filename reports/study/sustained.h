#pragma once

// Whether a system carries the load of a run, and what binds it.

#include <span>
#include <string>
#include <vector>

#include "reports/result.h"

namespace wavetank::reports {

/// What the judgement of a run's load goes by.
struct LoadRules {
  /// Records a second that should come out; 0: nobody reads, and nothing is held against it.
  double offered_per_s = 0;
  /// All that goes in is read; else the backlog is no sign of anything.
  bool is_all_read = true;
  /// All objectives must hold, but for those that have nothing to be judged by in this run.
  bool objectives = true;
};

/// A load is carried if, while it was measured,
///
///   - every invariant held, and nothing was lost, refused or cut short
///   - kDeliveredMin of what was offered came out, where it is read; of few records, of what chance
///     has handed in
///   - the backlog did not grow: not by kGrowthMax of the offered load a second, surely (Trend),
///     and at the end of the load it was no more than kBacklogMax_s of it
///   - no resource was given more than it can do (Resource::disk_appends: a page cache hides that)
///   - the objectives held
struct LoadVerdict {
  bool carried = false;
  std::string why;          ///< the first of the above that did not hold; empty if carried
  bool is_unsound = false;  ///< it was an invariant
  std::string bound_by;     ///< binding_resource
};
inline constexpr double kDeliveredMin = 0.98;
inline constexpr double kGrowthMax = 0.01;
inline constexpr double kBacklogMax_s = 0.25;
inline constexpr double kUseMax = 1.0;

[[nodiscard]] LoadVerdict judge_load(const RunResult& result, const LoadRules& rules);

/// Busier than this on average, a resource is full.
inline constexpr double kFull = 0.9;

/// "broker-2 disk bandwidth 97 %": the fullest resource; where none is full, a disk that always has
/// an operation in service, though it could take more of them, comes before it.
struct Fullest {
  std::string what;  ///< empty: nothing is known of any
  bool is_full = false;
};
[[nodiscard]] Fullest fullest_resource(std::span<const ResourceUse> resources);

/// Of a system that does not carry its load: the fullest resource if it is full; else what the slow
/// records waited for, and the fullest resource after it.
[[nodiscard]] std::string binding_resource(const RunResult& result);

}  // namespace wavetank::reports
