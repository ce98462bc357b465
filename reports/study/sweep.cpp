#include "reports/study/sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "reports/measure.h"

namespace wavetank::reports {

std::uint64_t SweepPlan::points() const {
  std::uint64_t points = 1;
  for (const scenarios::Axis& axis : axes) {
    points *= axis.values.size();
  }
  return points;
}

std::vector<std::string> SweepPlan::values_at(std::uint64_t point) const {
  std::vector<std::string> values(axes.size());
  for (std::size_t i = axes.size(); i-- > 0;) {
    values[i] = axes[i].values[point % axes[i].values.size()];
    point /= axes[i].values.size();
  }
  return values;
}

std::vector<std::string> SweepPlan::overrides_at(std::uint64_t point) const {
  std::vector<std::string> overrides = values_at(point);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    overrides[i] = axes[i].path + "=" + overrides[i];
  }
  return overrides;
}

Status check(const SweepPlan& plan) {
  if (plan.axes.empty() || plan.axes.size() > kMaxSweepAxes) {
    return fail(fmt::format("a sweep varies 1 to {} parameters (limit sweep axes)", kMaxSweepAxes));
  }
  if (plan.until && plan.seeds() < kLeastSeedsOfInterval) {
    return fail(
        fmt::format("an interval is looked at over {} seeds at least, and --seeds allows {}",
                    kLeastSeedsOfInterval, plan.seeds()));
  }
  if (plan.until && !plan.shard.is_whole()) {
    return fail("how many seeds a point takes is known only where all of them are: no --shard");
  }
  std::uint64_t runs = plan.seeds();
  for (const scenarios::Axis& axis : plan.axes) {
    runs = runs <= kMaxSweepRuns ? runs * axis.values.size() : runs;
    if (std::ranges::count(plan.axes, axis.path, &scenarios::Axis::path) > 1) {
      return fail(fmt::format("{} is varied twice", axis.path));
    }
  }
  if (runs == 0 || runs > kMaxSweepRuns) {
    return fail(fmt::format("the grid and its seeds make more than {} runs (limit sweep runs)",
                            kMaxSweepRuns));
  }
  return {};
}

SweepRun summarise(std::uint64_t run, RunResult result, const Evidence& evidence) {
  SweepRun summary;
  summary.run = run;
  Histogram e2e;
  Histogram publish;
  for (const Window& window : evidence.windows) {
    if (phase_of(window, result)) {
      e2e.merge(window.e2e);
      publish.merge(window.publish);
    }
  }
  summary.e2e = PackedHistogram(e2e);
  summary.publish = PackedHistogram(publish);
  result.series.clear();
  result.curves.clear();
  result.heat.clear();
  result.tails.clear();
  result.naive_curve = {};
  result.schedule.clear();
  result.config_json = "{}";
  for (ResourceUse& use : result.utilisation.resources) {
    use.windows.clear();
  }
  summary.result = std::move(result);
  return summary;
}

namespace {

Status check_same_sweep(const SweepPart& first, const SweepPart& part) {
  const auto differs = [&](const char* what, const std::string& a, const std::string& b) {
    return fail(
        fmt::format("{} is of another {} than {}: {}, not {}", part.name, what, first.name, b, a));
  };
  if (part.plan.program_version != first.plan.program_version) {
    return differs("program version", first.plan.program_version, part.plan.program_version);
  }
  if (part.plan.scenario_sha256 != first.plan.scenario_sha256) {
    return differs("scenario", first.plan.scenario_sha256, part.plan.scenario_sha256);
  }
  SweepPlan as_first = part.plan;
  as_first.shard = first.plan.shard;
  if (!(as_first == first.plan)) {
    return fail(fmt::format("{} has another grid or other seeds than {}", part.name, first.name));
  }
  if (part.plan.shard.count != first.plan.shard.count) {
    return differs("number of shards", fmt::to_string(first.plan.shard.count),
                   fmt::to_string(part.plan.shard.count));
  }
  return {};
}

}  // namespace

Status check_shards(const std::vector<NamedShard>& shards) {
  const std::uint32_t count = shards.front().shard.count;
  std::vector<const NamedShard*> by_index(count + 1);
  for (const NamedShard& it : shards) {
    const NamedShard*& place = by_index[it.shard.index];
    if (place != nullptr) {
      return fail(fmt::format("{} and {} are both shard {}/{}", place->name, it.name,
                              it.shard.index, count));
    }
    place = &it;
  }
  std::vector<std::uint32_t> missing;
  for (std::uint32_t index = 1; index <= count; ++index) {
    if (by_index[index] == nullptr) {
      missing.push_back(index);
    }
  }
  if (!missing.empty()) {
    return fail(fmt::format("shard{} {} of {} {} missing", missing.size() == 1 ? "" : "s",
                            fmt::join(missing, ", "), count, missing.size() == 1 ? "is" : "are"));
  }
  return {};
}

Result<MergedSweep> merge(std::vector<SweepPart> parts) {
  const SweepPart& first = parts.front();
  for (const SweepPart& part : parts) {
    if (Status same = check_same_sweep(first, part); !same) {
      return tl::unexpected<Error>(same.error());
    }
  }
  if (first.plan.until) {
    return fail(first.name +
                " is whole: where seeds are run until a figure is known, a sweep has no shards");
  }
  std::vector<NamedShard> shards;
  for (const SweepPart& part : parts) {
    shards.push_back({part.name, part.plan.shard});
  }
  if (Status complete = check_shards(shards); !complete) {
    return tl::unexpected<Error>(complete.error());
  }
  MergedSweep merged{first.plan, {}, {}};
  merged.plan.shard = {};
  merged.lines.resize(merged.plan.runs());
  merged.runs.resize(merged.plan.runs());
  for (SweepPart& part : parts) {
    for (std::string& line : part.lines) {
      Result<SweepRun> run = read_run(line);
      if (!run) {
        return fail(fmt::format("{}: {}", part.name, run.error().message));
      }
      if (run->run >= merged.lines.size() || !part.plan.shard.has(run->run)) {
        return fail(fmt::format("{}: run {} is none of its own", part.name, run->run));
      }
      if (!merged.lines[run->run].empty() && merged.lines[run->run] != line) {
        return fail(fmt::format("{}: run {} stands there twice, and differs", part.name, run->run));
      }
      merged.lines[run->run] = std::move(line);
      merged.runs[run->run] = std::move(*run);
    }
  }
  for (std::uint64_t run = 0; run < merged.lines.size(); ++run) {
    if (merged.lines[run].empty()) {
      const std::uint32_t index = static_cast<std::uint32_t>(run % first.plan.shard.count) + 1;
      return fail(fmt::format("shard {}/{} has not finished: run {} is missing", index,
                              first.plan.shard.count, run));
    }
  }
  return merged;
}

}  // namespace wavetank::reports
