#include "reports/study/sustained.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "reports/format_units.h"
#include "reports/study/lag_trend.h"

namespace wavetank::reports {

namespace {

std::string described(const ResourceUse& use) {
  const std::string process = use.process.empty() ? "" : " (" + use.process + ")";
  return fmt::format("{} {}{} {:.0f} %", use.host, words(use.resource), process, use.mean * 100);
}

/// The busiest of those that `counts`; null if there is none.
template <class Counts>
const ResourceUse* busiest(std::span<const ResourceUse> resources, Counts&& counts) {
  const ResourceUse* most = nullptr;
  for (const ResourceUse& use : resources) {
    if (counts(use.resource) && (most == nullptr || use.mean > most->mean)) {
      most = &use;
    }
  }
  return most;
}

/// A disk with something in service may still take more.
bool is_capacity(Resource resource) {
  return resource != Resource::disk;
}

/// What the slow records waited for, where no resource is full: a window, a batch, a round trip.
std::string greatest_wait(const Attribution& attribution) {
  if (!attribution.p99) {
    return "no resource";
  }
  const LatencySplit& split = *attribution.p99;
  const std::pair<Duration, const char*> waits[] = {
      {split.queue, "queues"},
      {split.service, "service"},
      {split.network, "the network"},
      {split.disk, "disks"},
      {split.batch, "the producers' batches and in-flight windows"},
      {split.retry, "retries"},
      {split.replication, "replication"}};
  return std::ranges::max_element(waits)->second;
}

/// Of the seconds while the load was measured and no fault stood in the way.
std::vector<double> measured_lag(const RunResult& result) {
  std::vector<double> lag;
  for (const SeriesPoint& point : result.series) {
    const bool disturbed = std::ranges::any_of(result.phases, [&](const PhaseSpan& phase) {
      return phase.phase == Phase::fault && phase.span.from <= point.at && point.at < phase.span.to;
    });
    if (point.at >= Time() + result.warmup && point.at < result.ended_at && !disturbed) {
      lag.push_back(static_cast<double>(point.lag_records));
    }
  }
  return lag;
}

/// Of a chart's points, which are a second apart unless the run is very long.
double seconds_between_points(const RunResult& result) {
  return result.series.size() < 2 ? 1 : (result.series[1].at - result.series[0].at).seconds();
}

std::string broken_invariant(const RunResult& result) {
  for (const InvariantReport& invariant : result.invariants) {
    if (invariant.verdict == Verdict::fail) {
      return invariant.name + " was broken";
    }
  }
  if (result.ledger.lost > 0) {
    return format_exact(result.ledger.lost) + " records were lost";
  }
  return "";
}

std::string growing_backlog(const RunResult& result, double offered) {
  const std::vector<double> lag = measured_lag(result);
  const Trend found = trend(lag);
  const double per_s = found.slope / seconds_between_points(result);
  if (found.z > Trend::kSure && per_s > kGrowthMax * offered) {
    return fmt::format("the backlog grew by {} records a second (z = {:.1f})", format_count(per_s),
                       found.z);
  }
  if (!lag.empty() && lag.back() > kBacklogMax_s * offered) {
    return fmt::format(
        "the backlog was {} records at the end of the load, more than {:.0f} ms of it",
        format_count(lag.back()), kBacklogMax_s * 1e3);
  }
  return "";
}

std::string violated_objective(const RunResult& result) {
  for (const SloReport& slo : result.slos) {
    if (slo.ok == false) {
      return slo.observed
                 ? fmt::format("{}: it was {}", slo.expr, format_value(*slo.observed, slo.unit))
                 : slo.expr;
    }
  }
  return "";
}

/// What should come out at least, records a second. Arrivals are drawn: of few records, chance
/// hands in fewer than were offered (by three of its standard deviations at most), and one may
/// still be under way.
double least_out(const RunResult& result, double offered) {
  const double measured_s = (result.ended_at - (Time() + result.warmup)).seconds();
  if (!(measured_s > 0) || !(offered > 0)) {
    return kDeliveredMin * offered;
  }
  const double by_chance = 3 * std::sqrt(offered / measured_s);
  const double handed_in =
      std::clamp(result.metrics.throughput_in.all, offered - by_chance, offered);
  return kDeliveredMin * handed_in - 1 / measured_s;
}

std::string why_not(const RunResult& result, const LoadRules& rules) {
  if (result.partial) {
    return result.partial->reason;
  }
  if (result.ledger.refused > 0) {
    return format_exact(result.ledger.refused) + " records were refused";
  }
  const double out = result.metrics.throughput_out.all;
  if (out < least_out(result, rules.offered_per_s)) {
    return fmt::format("{} of {} came out", format_rate(out), format_rate(rules.offered_per_s));
  }
  if (rules.is_all_read && rules.offered_per_s > 0) {
    if (std::string grows = growing_backlog(result, rules.offered_per_s); !grows.empty()) {
      return grows;
    }
  }
  const ResourceUse* most = busiest(result.utilisation.resources, is_capacity);
  if (most != nullptr && most->mean > kUseMax) {
    return described(*most) + " of what it can do";
  }
  return rules.objectives ? violated_objective(result) : "";
}

}  // namespace

Fullest fullest_resource(std::span<const ResourceUse> resources) {
  const ResourceUse* most = busiest(resources, is_capacity);
  if (most == nullptr) {
    return {};
  }
  const ResourceUse* disk =
      busiest(resources, [](Resource resource) { return resource == Resource::disk; });
  if (most->mean < kFull && disk != nullptr && disk->mean >= kFull) {
    return {described(*disk) + ", never idle and seldom with much to do at a time", true};
  }
  return {described(*most), most->mean >= kFull};
}

std::string binding_resource(const RunResult& result) {
  const Fullest fullest = fullest_resource(result.utilisation.resources);
  if (fullest.is_full) {
    return fullest.what;
  }
  const std::string wait = greatest_wait(result.attribution);
  return fullest.what.empty() ? wait : fmt::format("{}; busiest: {}", wait, fullest.what);
}

LoadVerdict judge_load(const RunResult& result, const LoadRules& rules) {
  LoadVerdict verdict;
  verdict.why = broken_invariant(result);
  verdict.is_unsound = !verdict.why.empty();
  if (!verdict.is_unsound) {
    verdict.why = why_not(result, rules);
  }
  verdict.carried = verdict.why.empty();
  verdict.bound_by = binding_resource(result);
  return verdict;
}

}  // namespace wavetank::reports
