#include "sim/study/capacity.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>

#include "reports/study/sustained.h"
#include "scenarios/steady.h"
#include "sim/run/bracket.h"
#include "sim/run/log_system.h"
#include "sim/run/run.h"
#include "sim/run/workers.h"

namespace wavetank::sim {

namespace {

using Json = nlohmann::json;
using reports::CapacityMetric;
using reports::LoadProbe;

/// Runs end by themselves; this only keeps a defect from waiting for ever.
constexpr std::chrono::hours kPatience{24};
/// How far ahead of what the searches ask for is guessed, for processors that would be idle.
constexpr int kMostGuesses = 4;

// ---------------------------------------------------------------------------- what a child says

std::string to_text(const Result<LoadProbe>& probe) {
  if (!probe) {
    return Json{{"failure", probe.error().message}}.dump(-1, ' ', false,
                                                         Json::error_handler_t::replace);
  }
  return Json{
      {"holds", probe->holds},         {"is_unsound", probe->is_unsound}, {"why", probe->why},
      {"bound_by", probe->bound_by},   {"p50_ms", probe->p50_ms},         {"p99_ms", probe->p99_ms},
      {"out_per_s", probe->out_per_s}, {"not_judged", probe->not_judged}}
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<LoadProbe> probe_from(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded() || json.contains("failure")) {
    return fail(json.is_discarded() ? "it made no sense" : json["failure"].get<std::string>());
  }
  LoadProbe probe;
  probe.holds = json["holds"];
  probe.is_unsound = json["is_unsound"];
  probe.why = json["why"];
  probe.bound_by = json["bound_by"];
  probe.p50_ms = json["p50_ms"];
  probe.p99_ms = json["p99_ms"];
  probe.out_per_s = json["out_per_s"];
  probe.not_judged = json["not_judged"].get<std::vector<std::string>>();
  return probe;
}

// ---------------------------------------------------------------------------- the search

/// A run: at which point, with which seed, of what value.
using Place = std::tuple<std::size_t, std::uint64_t, double>;

class Search {
 public:
  Search(const CapacityOptions& options, const ProbeLoad& probe, std::size_t jobs,
         const CapacityHooks& hooks)
      : options_(options), probe_(probe), hooks_(hooks), jobs_(jobs), workers_(jobs, kPatience) {
    points_.resize(options.by ? options.by->values.size() : 1);
    for (std::vector<Seed>& seeds : points_) {
      seeds.resize(options.last_seed - options.first_seed + 1);
      seeds.front().bracket.emplace(bounds());
    }
  }

  Status run() {
    for (;;) {
      advance();
      const std::vector<Place> wanted = wanted_places();
      if (wanted.empty()) {
        return {};
      }
      forget_others(wanted);
      start(wanted);
      const std::optional<Workers::Answer> answer = workers_.next(hooks_.give_up);
      if (!answer) {
        return fail("interrupted");
      }
      if (Status heard = hear(*answer); !heard) {
        return heard;
      }
    }
  }

  void describe(std::vector<reports::CapacityPoint>& points) const {
    for (std::size_t i = 0; i < points_.size(); ++i) {
      reports::CapacityPoint& point = points.emplace_back();
      point.by = options_.by ? options_.by->values[i] : "";
      for (std::size_t j = 0; j < points_[i].size(); ++j) {
        const Seed& seed = points_[i][j];
        reports::SeedBracket& it = point.seeds.emplace_back();
        it.seed = options_.first_seed + j;
        if (seed.bracket) {
          it.holds = is_load() ? seed.bracket->near() : seed.bracket->far();
          it.breaks = is_load() ? seed.bracket->far() : seed.bracket->near();
        }
        point.probes.insert(point.probes.end(), seed.probes.begin(), seed.probes.end());
      }
    }
  }

 private:
  struct Seed {
    std::optional<Bracket> bracket;  ///< nothing: waits for the first seed's
    std::vector<LoadProbe> probes;   ///< that it asked for
  };

  [[nodiscard]] bool is_load() const { return options_.metric == CapacityMetric::capacity; }
  [[nodiscard]] Bracket::Bounds bounds() const {
    return {options_.range.from, options_.range.to, options_.precision, options_.range.is_whole()};
  }
  [[nodiscard]] bool is_near(const LoadProbe& probe) const { return probe.holds == is_load(); }

  /// Tells every search what is known of what it asks.
  void advance() {
    for (std::size_t point = 0; point < points_.size(); ++point) {
      std::vector<Seed>& seeds = points_[point];
      for (std::size_t j = 0; j < seeds.size(); ++j) {
        advance(point, options_.first_seed + j, seeds[j]);
      }
      let_others_begin(seeds);
      for (std::size_t j = 1; j < seeds.size(); ++j) {
        advance(point, options_.first_seed + j, seeds[j]);
      }
    }
  }

  void advance(std::size_t point, std::uint64_t number, Seed& seed) {
    while (seed.bracket) {
      const std::optional<double> value = seed.bracket->next();
      const auto known = value ? known_.find({point, number, *value}) : known_.end();
      if (known == known_.end()) {
        return;
      }
      seed.probes.push_back(known->second);
      seed.bracket->tell(is_near(known->second));
    }
  }

  /// The other seeds look first where the first one's search has ended.
  void let_others_begin(std::vector<Seed>& seeds) const {
    const Bracket& first = *seeds.front().bracket;
    if (first.next() || !first.near() || !first.far()) {
      return;
    }
    for (std::size_t j = 1; j < seeds.size(); ++j) {
      if (!seeds[j].bracket) {
        seeds[j].bracket.emplace(bounds(), Bracket::Hint{*first.near(), *first.far()});
      }
    }
  }

  /// What the searches ask for, and then what they would ask for next if that went one way or the
  /// other, as far as there are jobs.
  [[nodiscard]] std::vector<Place> wanted_places() const {
    struct Guess {
      std::size_t point;
      std::uint64_t seed;
      Bracket bracket;
    };
    std::vector<Place> wanted;
    std::vector<Guess> ahead;
    for (std::size_t point = 0; point < points_.size(); ++point) {
      for (std::size_t j = 0; j < points_[point].size(); ++j) {
        const std::optional<Bracket>& bracket = points_[point][j].bracket;
        if (bracket && bracket->next()) {
          ahead.push_back({point, options_.first_seed + j, *bracket});
        }
      }
    }
    for (int depth = 0; depth <= kMostGuesses && !ahead.empty(); ++depth) {
      std::vector<Guess> next;
      for (const Guess& guess : ahead) {
        const std::optional<double> value = guess.bracket.next();
        if (!value || (depth > 0 && wanted.size() >= jobs_)) {
          continue;
        }
        const Place place{guess.point, guess.seed, *value};
        if (!known_.contains(place) && std::ranges::find(wanted, place) == wanted.end()) {
          wanted.push_back(place);
        }
        // While it doubles it will likely go on; then the smaller value is the cheaper one.
        const bool likely = !guess.bracket.far();
        for (const bool near : {likely, !likely}) {
          Guess then = guess;
          then.bracket.tell(near);
          next.push_back(std::move(then));
        }
      }
      ahead = std::move(next);
    }
    return wanted;
  }

  void forget_others(const std::vector<Place>& wanted) {
    std::erase_if(at_work_, [&](const auto& it) {
      const bool is_wanted = std::ranges::find(wanted, it.second) != wanted.end();
      if (!is_wanted) {
        workers_.forget(it.first);
      }
      return !is_wanted;
    });
  }

  void start(const std::vector<Place>& wanted) {
    for (const Place& place : wanted) {
      const bool is_at_work =
          std::ranges::any_of(at_work_, [&](const auto& it) { return it.second == place; });
      if (is_at_work || !workers_.has_room()) {
        continue;
      }
      at_work_[next_task_] = place;
      workers_.start(next_task_++, [this, place] {
        const auto& [point, seed, value] = place;
        return to_text(probe_(point, seed, value));
      });
    }
  }

  Status hear(const Workers::Answer& answer) {
    const Place place = at_work_.at(answer.task);
    at_work_.erase(answer.task);
    const auto& [point, seed, value] = place;
    Result<LoadProbe> probe =
        answer.text ? probe_from(*answer.text) : fail("its process died, or took too long");
    if (!probe) {
      return fail(fmt::format("the run at {} with seed {} came to no result: {}",
                              scenarios::to_text({value, options_.range.dimension}), seed,
                              probe.error().message));
    }
    probe->value = value;
    probe->seed = seed;
    hooks_.progress(++runs_,
                    fmt::format("{} {}", scenarios::to_text({value, options_.range.dimension}),
                                probe->holds ? "holds" : "does not hold"));
    known_[place] = std::move(*probe);
    return {};
  }

  const CapacityOptions& options_;
  const ProbeLoad& probe_;
  const CapacityHooks& hooks_;
  std::size_t jobs_;
  Workers workers_;
  std::vector<std::vector<Seed>> points_;
  std::map<Place, LoadProbe> known_;
  std::map<std::uint64_t, Place> at_work_;
  std::uint64_t next_task_ = 0;
  std::uint64_t runs_ = 0;
};

// ---------------------------------------------------------------------------- a run

/// Ends a run whose backlog will not come down any more, for such runs take the longest.
class HopelessBacklog final : public RunWatcher {
 public:
  HopelessBacklog(const scenarios::Scenario& scenario, const scenarios::OfferedLoad& offered)
      : next_(Time() + scenario.warmup + kGrace),
        most_(offered.is_all_read && offered.records_per_s > 0 && scenario.faults.empty()
                  ? kHopeless_s * offered.records_per_s
                  : 0) {}

  void built(const RunParts& parts) override { log_ = parts.log; }
  [[nodiscard]] Time looks_at() const override {
    return log_ == nullptr || most_ <= 0 ? Time::never() : next_;
  }
  void look() override {
    next_ += milliseconds(100);
    found_ = found_ || static_cast<double>(log_->observer().lag_records()) > most_;
  }
  void ended() override {}

  [[nodiscard]] std::optional<reports::Partial> partial() const {
    return found_ ? std::optional(reports::Partial{
                        reports::ExitCode::stopped_by_budget,
                        fmt::format("the backlog was more than {:g} s of the load", kHopeless_s)})
                  : std::nullopt;
  }

 private:
  static constexpr double kHopeless_s = 2;
  static constexpr Duration kGrace = seconds(2);

  LogSystem* log_ = nullptr;
  Time next_;
  double most_;
  bool found_ = false;
};

/// "throughput_in.value >= 49k/s" where the rate is what is searched for: that what is offered
/// comes out is asked of every load.
bool speaks_of_the_load(const scenarios::Slo& slo, const CapacityOptions& options) {
  return options.range.dimension == scenarios::Dimension::rate &&
         slo.metric->kind == scenarios::MetricKind::rate &&
         (slo.comparison == scenarios::Comparison::greater ||
          slo.comparison == scenarios::Comparison::greater_equal);
}

LoadProbe judged(const reports::RunResult& result, const scenarios::OfferedLoad& offered) {
  const reports::LoadVerdict verdict =
      reports::judge_load(result, {offered.records_per_s, offered.is_all_read, true});
  LoadProbe probe;
  probe.holds = verdict.carried;
  probe.is_unsound = verdict.is_unsound;
  probe.why = verdict.why;
  probe.bound_by = verdict.bound_by;
  probe.p50_ms = result.metrics.e2e.all.p50.seconds() * 1e3;
  probe.p99_ms = result.metrics.e2e.all.p99.seconds() * 1e3;
  probe.out_per_s = result.metrics.throughput_out.all;
  for (const reports::SloReport& slo : result.slos) {
    if (!slo.ok) {
      probe.not_judged.push_back(slo.expr);
    }
  }
  return probe;
}

}  // namespace

std::vector<std::string> overrides_at(const CapacityOptions& options, std::size_t point,
                                      double value) {
  std::vector<std::string> overrides;
  if (options.by) {
    overrides.push_back(options.by->path + "=" + options.by->values[point]);
  }
  overrides.push_back(options.range.path + "=" +
                      scenarios::to_text({value, options.range.dimension}));
  return overrides;
}

scenarios::Scenario probed(const scenarios::Scenario& scenario, const CapacityOptions& options) {
  scenarios::Scenario probe =
      scenarios::steady(scenario, {options.duration, options.warmup, options.keeps_faults});
  std::erase_if(probe.slos,
                [&](const scenarios::Slo& slo) { return speaks_of_the_load(slo, options); });
  return probe;
}

ProbeLoad probe_of(const StudiedScenario& scenario, const CapacityOptions& options) {
  return [&scenario, &options](std::size_t point, std::uint64_t seed,
                               double value) -> Result<LoadProbe> {
    const scenarios::Loaded loaded = scenario.load(overrides_at(options, point, value), seed);
    if (!loaded.scenario) {
      return fail(loaded.diagnostics.front().message);
    }
    const scenarios::Scenario run_of = probed(*loaded.scenario, options);
    const scenarios::OfferedLoad offered = scenarios::offered_load(run_of);
    HopelessBacklog backlog(run_of, offered);
    RunHooks hooks;
    hooks.watcher = &backlog;
    hooks.interrupted = [&](Time, Time) { return backlog.partial(); };
    const Result<reports::RunResult> result = run(run_of, hooks);
    if (!result) {
      return fail(result.error().message);
    }
    LoadProbe probe = judged(*result, offered);
    for (const scenarios::Slo& slo : loaded.scenario->slos) {
      if (speaks_of_the_load(slo, options)) {
        probe.not_judged.push_back(slo.text);
      }
    }
    return probe;
  };
}

Result<reports::CapacityReport> search_capacity(const reports::CapacityReport& asked,
                                                const CapacityOptions& options,
                                                const ProbeLoad& probe, std::size_t jobs,
                                                const CapacityHooks& hooks) {
  Search search(options, probe, jobs, hooks);
  if (Status done = search.run(); !done) {
    return tl::unexpected<Error>(done.error());
  }
  reports::CapacityReport report = asked;
  report.metric = options.metric;
  report.range = options.range;
  report.by = options.by ? options.by->path : "";
  report.first_seed = options.first_seed;
  report.last_seed = options.last_seed;
  report.precision = options.precision;
  report.duration = options.duration;
  report.warmup = options.warmup;
  report.keeps_faults = options.keeps_faults;
  search.describe(report.points);
  for (reports::CapacityPoint& point : report.points) {
    reports::conclude(point, report);
  }
  return report;
}

}  // namespace wavetank::sim
