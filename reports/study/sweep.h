#pragma once

// A sweep: one scenario run at every point of a grid of parameters, with every seed. What it was
// asked and what each run said are kept as text, so that a sweep that was ended goes on later, and
// parts that were made elsewhere are put together without loss.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/histogram.h"
#include "engine/base/result.h"
#include "reports/result.h"
#include "reports/study/precision.h"
#include "scenarios/vary.h"

namespace wavetank::reports {

inline constexpr std::size_t kMaxSweepAxes = 8;
inline constexpr std::uint64_t kMaxSweepRuns = 10'000;
inline constexpr std::uint32_t kMaxShards = 1'000;

/// The `index`th of `count` parts; it has the runs whose number leaves index - 1 when divided by
/// count, so that dear points are spread. REQUIRES: 1 <= index <= count <= kMaxShards.
struct Shard {
  std::uint32_t index = 1;
  std::uint32_t count = 1;

  [[nodiscard]] bool has(std::uint64_t run) const { return run % count == index - 1; }
  [[nodiscard]] bool is_whole() const { return count == 1; }
  friend bool operator==(const Shard&, const Shard&) = default;
};

struct NamedShard {
  std::string name;  ///< for people: its folder
  Shard shard;
};
/// Fails, and names them, if a shard is missing or there twice. REQUIRES: a shard; all of one
/// count.
Status check_shards(const std::vector<NamedShard>& shards);

/// What was asked. Runs are numbered by points, and of each point by seeds; the last axis turns
/// fastest.
struct SweepPlan {
  std::string title;            ///< of the scenario
  std::string scenario_sha256;  ///< without what varies
  std::string program_version;
  std::vector<scenarios::Axis> axes;  ///< 1 to kMaxSweepAxes
  std::uint64_t first_seed = 1;
  std::uint64_t last_seed = 1;
  /// At each point the first seeds that suffice for it (sweep_seeds.h); none: all of them.
  std::optional<PrecisionGoal> until;
  Shard shard;

  [[nodiscard]] std::uint64_t seeds() const { return last_seed - first_seed + 1; }
  [[nodiscard]] std::uint64_t points() const;
  [[nodiscard]] std::uint64_t runs() const { return points() * seeds(); }
  [[nodiscard]] std::uint64_t point_of(std::uint64_t run) const { return run / seeds(); }
  [[nodiscard]] std::uint64_t seed_of(std::uint64_t run) const {
    return first_seed + run % seeds();
  }
  /// Of every axis its value there.
  [[nodiscard]] std::vector<std::string> values_at(std::uint64_t point) const;
  /// "workload.rate=1k/s": as for --set.
  [[nodiscard]] std::vector<std::string> overrides_at(std::uint64_t point) const;
  friend bool operator==(const SweepPlan&, const SweepPlan&) = default;
};
/// Why this is no plan: too many axes or runs, too few seeds for an interval. Says the limit's
/// name.
Status check(const SweepPlan& plan);

/// What one run said. Of the result everything but the charts over its time, and why percentiles
/// are what they are; the histograms hold what was measured after the warm-up.
struct SweepRun {
  std::uint64_t run = 0;
  PackedHistogram e2e;
  PackedHistogram publish;
  SeedValue figure;  ///< that the plan wants to know
  RunResult result;
};
SweepRun summarise(std::uint64_t run, RunResult result, const Evidence& evidence);

// As text: plan.json, and runs.jsonl with a line a run. Both are the same to the byte for the same
// content.

std::string write_plan(const SweepPlan& plan);
Result<SweepPlan> read_plan(std::string_view json);
/// Without a line feed.
std::string write_run(const SweepRun& run);
Result<SweepRun> read_run(std::string_view line);

/// Parts of one sweep put together: the whole plan, and all runs by number.
struct MergedSweep {
  SweepPlan plan;
  std::vector<std::string> lines;
  std::vector<SweepRun> runs;
};
struct SweepPart {
  std::string name;  ///< for people: its folder
  SweepPlan plan;
  std::vector<std::string> lines;
};
/// Fails, and says of which part it speaks: another scenario, program, grid or number of shards, a
/// shard that is missing or there twice, a run that is missing or differs. REQUIRES: a part.
Result<MergedSweep> merge(std::vector<SweepPart> parts);

}  // namespace wavetank::reports
