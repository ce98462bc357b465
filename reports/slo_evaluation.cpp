#include "reports/slo_evaluation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "reports/measure.h"

namespace wavetank::reports {

namespace {

using scenarios::Aggregate;
using scenarios::MetricKind;
using scenarios::Slo;

/// Objectives over long stretches look at starts this many to a stretch, which bounds the work.
constexpr std::size_t kStartsPerStretch = 10;

/// A value, or why there is none.
struct Observed {
  std::optional<double> value;
  std::string why;
  std::vector<Span> breaches;
  bool violated_outright = false;  ///< no value, and that is the violation
};

Observed unknown(std::string why) {
  Observed observed;
  observed.why = std::move(why);
  return observed;
}

using Windows = std::vector<const Window*>;
using WindowSpan = std::span<const Window* const>;

// ---------------------------------------------------------------------------- values of windows

const PackedHistogram& latencies(const Slo& slo, const Window& window) {
  return slo.metric->name == "publish" ? window.publish : window.e2e;
}

std::optional<double> aggregate_of(const Slo& slo, const Histogram& all) {
  if (slo.aggregate == Aggregate::count) {
    return static_cast<double>(all.count());
  }
  if (all.count() == 0) {
    return std::nullopt;
  }
  switch (slo.aggregate) {
    case Aggregate::min:
      return all.min().seconds();
    case Aggregate::mean:
      return all.mean_ns() * 1e-9;
    case Aggregate::percentile:
      return all.quantile(slo.percentile / 100).seconds();
    default:
      return all.max().seconds();
  }
}

std::optional<double> trend_value(const Slo& slo, WindowSpan windows) {
  Histogram all;
  for (const Window* window : windows) {
    all.merge(latencies(slo, *window));
  }
  return aggregate_of(slo, all);
}

std::optional<double> gauge_value(const Slo& slo, WindowSpan windows) {
  std::vector<double> levels;
  for (const Window* window : windows) {
    levels.push_back(static_cast<double>(window->lag_records));
  }
  if (levels.empty()) {
    return std::nullopt;
  }
  const double last = levels.back();
  double sum = 0;
  for (const double level : levels) {
    sum += level;
  }
  std::ranges::sort(levels);
  const auto count = static_cast<double>(levels.size());
  const auto rank =
      static_cast<std::size_t>(std::max(1.0, std::ceil(slo.percentile / 100 * count)));
  switch (slo.aggregate) {
    case Aggregate::min:
      return levels.front();
    case Aggregate::mean:
      return sum / count;
    case Aggregate::max:
      return levels.back();
    case Aggregate::percentile:
      return levels[std::min(rank, levels.size()) - 1];
    case Aggregate::count:
      return count;
    default:
      return last;
  }
}

std::uint64_t amount(const Slo& slo, const Window& window) {
  const std::string_view name = slo.metric->name;
  return name == "throughput_in"             ? window.records_in
         : name == "throughput_out"          ? window.records_out
         : name == "throughput_acknowledged" ? window.records_acknowledged
                                             : window.bytes_in;
}

std::optional<double> rate_value(const Slo& slo, WindowSpan windows) {
  double total = 0;
  double time_s = 0;
  std::optional<double> least;
  std::optional<double> most;
  for (const Window* window : windows) {
    const double n = static_cast<double>(amount(slo, *window));
    const double length_s = (window->to - window->from).seconds();
    total += n;
    time_s += length_s;
    least = std::min(least.value_or(n / length_s), n / length_s);
    most = std::max(most.value_or(n / length_s), n / length_s);
  }
  if (time_s <= 0) {
    return std::nullopt;
  }
  return slo.aggregate == Aggregate::min   ? least
         : slo.aggregate == Aggregate::max ? most
                                           : std::optional(total / time_s);
}

std::optional<double> value_of(const Slo& slo, WindowSpan windows) {
  switch (slo.metric->kind) {
    case MetricKind::trend:
      return trend_value(slo, windows);
    case MetricKind::gauge:
      return gauge_value(slo, windows);
    default:
      return rate_value(slo, windows);
  }
}

// ---------------------------------------------------------------------------- scalars

std::optional<std::uint64_t> ledger_entry(std::string_view name, const Ledger& ledger) {
  const std::pair<std::string_view, std::uint64_t> entries[] = {
      {"produced", ledger.produced},    {"acknowledged", ledger.acknowledged},
      {"delivered", ledger.delivered},  {"dead_lettered", ledger.dead_lettered},
      {"in_flight", ledger.in_flight},  {"refused", ledger.refused},
      {"expired", ledger.expired},      {"skipped", ledger.skipped},
      {"compacted", ledger.compacted},  {"lost", ledger.lost},
      {"duplicated", ledger.duplicated}};
  for (const auto& [entry, count] : entries) {
    if (entry == name) {
      return count;
    }
  }
  return std::nullopt;
}

/// Of the slowest fault; one for which it never came is the slowest of all.
Observed slowest(std::optional<Duration> FaultReport::*part, std::string_view name,
                 const RunResult& result) {
  if (result.faults.empty()) {
    return unknown("no fault happened");
  }
  Duration longest;
  for (const FaultReport& fault : result.faults) {
    if (!(fault.*part)) {
      Observed never = unknown(fmt::format("no {} after {} {}", name, fault.kind, fault.target));
      never.violated_outright = !result.partial;
      return never;
    }
    longest = std::max(longest, *(fault.*part));
  }
  Observed observed;
  observed.value = longest.seconds();
  return observed;
}

/// Of the faults that cost a leader.
Observed slowest_election(const RunResult& result) {
  Observed observed;
  for (const FaultReport& fault : result.faults) {
    if (fault.elected) {
      observed.value = std::max(observed.value.value_or(0), fault.elected->seconds());
    }
  }
  return observed.value ? observed : unknown("no fault was followed by an election");
}

/// Of the faults after which a broker had something to fetch again; one that had not got all of it
/// when the run was over is the slowest of all.
Observed slowest_catch_up(const RunResult& result) {
  const auto behind =
      std::ranges::find(result.metrics.scalars, "still_behind", &ScalarMetric::name);
  if (behind != result.metrics.scalars.end() && behind->value > 0) {
    Observed never = unknown(
        fmt::format("when the run was over {} in-sync sets still lacked a broker that was back",
                    behind->value));
    never.violated_outright = !result.partial;
    return never;
  }
  Observed observed;
  for (const FaultReport& fault : result.faults) {
    if (fault.phases.replay) {
      observed.value = std::max(observed.value.value_or(0), fault.phases.replay->seconds());
    }
  }
  return observed.value ? observed : unknown("after no fault had a broker to catch up");
}

/// Of the host whose disk was at work longest.
Observed busiest_disk(const RunResult& result) {
  const Utilisation& measured = result.utilisation;
  Observed observed;
  for (const ResourceUse& use : measured.resources) {
    if (use.resource == Resource::disk) {
      const double busy_s = use.mean * (measured.to - measured.from).seconds();
      observed.value = std::max(observed.value.value_or(0), busy_s);
    }
  }
  return observed.value ? observed : unknown("the use of disks was not measured");
}

Observed scalar_value(std::string_view name, const RunResult& result) {
  Observed observed;
  if (const auto count = ledger_entry(name, result.ledger)) {
    observed.value = static_cast<double>(*count);
    return observed;
  }
  if (name == "detection") {
    return slowest(&FaultReport::detected, name, result);
  }
  if (name == "election") {
    return slowest_election(result);
  }
  if (name == "recovery") {
    return slowest(&FaultReport::recovered, name, result);
  }
  if (name == "drain") {
    return slowest(&FaultReport::drained, name, result);
  }
  if (name == "disk_busy") {
    return busiest_disk(result);
  }
  for (const ScalarMetric& scalar : result.metrics.scalars) {
    if (scalar.name == name) {
      observed.value = scalar.value;
      return observed;
    }
  }
  if (name == "catch_up") {
    return slowest_catch_up(result);
  }
  if (name.starts_with("errors.")) {
    observed.value = 0;  // those that came are listed
    return observed;
  }
  return unknown(fmt::format("{} was not measured", name));
}

// ---------------------------------------------------------------------------- phases and stretches

Windows windows_of(const Slo& slo, const RunResult& result, const Evidence& evidence) {
  const std::optional<Phase> wanted = phase_wanted(slo);
  Windows windows;
  for (const Window& window : evidence.windows) {
    const std::optional<Phase> phase = phase_of(window, result);
    const bool after_load = window.from >= result.ended_at;
    if (phase && (!wanted || phase == wanted) &&
        !(after_load && slo.metric->kind == MetricKind::rate)) {
      windows.push_back(&window);
    }
  }
  return windows;
}

/// The least number of windows from `from` on that follow one another and last at least `length`;
/// 0 when there are none.
std::size_t stretch_at(const Windows& windows, std::size_t from, Duration length) {
  for (std::size_t end = from; end < windows.size(); ++end) {
    if (end > from && windows[end]->from != windows[end - 1]->to) {
      return 0;
    }
    if (windows[end]->to - windows[from]->from >= length) {
      return end - from + 1;
    }
  }
  return 0;
}

void add_breach(std::vector<Span>& breaches, Span span) {
  if (!breaches.empty() && span.from <= breaches.back().to) {
    breaches.back().to = std::max(breaches.back().to, span.to);
  } else if (breaches.size() < kMaxBreachesListed) {
    breaches.push_back(span);
  }
}

/// Whether `a` is further from meeting the objective than `b`.
bool is_worse(const Slo& slo, double a, double b) {
  switch (slo.comparison) {
    case scenarios::Comparison::greater:
    case scenarios::Comparison::greater_equal:
      return a < b;
    case scenarios::Comparison::less:
    case scenarios::Comparison::less_equal:
      return a > b;
    default:
      return scenarios::holds(slo, b) && !scenarios::holds(slo, a);
  }
}

/// How far inside the limit, as a share of it; nothing where that has no meaning.
std::optional<double> margin(const Slo& slo, double observed) {
  if (slo.bound == 0) {
    return std::nullopt;
  }
  switch (slo.comparison) {
    case scenarios::Comparison::less:
    case scenarios::Comparison::less_equal:
      return (slo.bound - observed) / std::abs(slo.bound);
    case scenarios::Comparison::greater:
    case scenarios::Comparison::greater_equal:
      return (observed - slo.bound) / std::abs(slo.bound);
    default:
      return std::nullopt;
  }
}

/// The worst stretch of `length`.
Observed observe_stretches(const Slo& slo, const Windows& windows, Duration length) {
  Observed observed;
  bool any = false;
  std::size_t step = 1;
  for (std::size_t from = 0; from < windows.size(); from += step) {
    const std::size_t count = stretch_at(windows, from, length);
    step = std::max<std::size_t>(1, count / kStartsPerStretch);
    if (count == 0) {
      continue;
    }
    any = true;
    const std::optional<double> value = value_of(slo, WindowSpan(windows).subspan(from, count));
    if (!value) {
      continue;
    }
    if (!observed.value || is_worse(slo, *value, *observed.value)) {
      observed.value = value;
    }
    if (!scenarios::holds(slo, *value)) {
      add_breach(observed.breaches, {windows[from]->from, windows[from + count - 1]->to});
    }
  }
  if (!any) {
    return unknown("the phase is shorter than the stretch asked for");
  }
  if (!observed.value) {
    observed.why = "no samples";
  }
  return observed;
}

Observed observe_phase(const Slo& slo, const Windows& windows) {
  Observed observed;
  observed.value = value_of(slo, windows);
  if (!observed.value) {
    return unknown("no samples");
  }
  if (slo.aggregate == Aggregate::count) {
    return observed;
  }
  for (std::size_t i = 0; i < windows.size(); ++i) {
    const std::optional<double> value = value_of(slo, WindowSpan(windows).subspan(i, 1));
    if (value && !scenarios::holds(slo, *value)) {
      add_breach(observed.breaches, {windows[i]->from, windows[i]->to});
    }
  }
  return observed;
}

/// One that was noticed, and nobody was elected after it, nor was service back: how long that would
/// have lasted is not known.
Observed observe_elections(const Slo& slo, const RunResult& result,
                           std::optional<Duration> FaultReport::*until) {
  Histogram all;
  std::size_t open = 0;
  for (const FaultReport& fault : result.faults) {
    if (fault.elected && fault.*until) {
      all.record(*(fault.*until));
    } else if (fault.detected && !fault.recovered) {
      ++open;
    }
  }
  if (open > 0 && slo.aggregate != Aggregate::count) {
    return unknown(fmt::format("nobody had been elected after {} faults when the run ended", open));
  }
  Observed observed;
  observed.value = aggregate_of(slo, all);
  return observed.value ? observed : unknown("no fault was followed by an election");
}

/// Samples below which a percentile is no more than the maximum.
std::uint64_t samples_wanted(const Slo& slo) {
  if (slo.metric->kind != MetricKind::trend || slo.aggregate != Aggregate::percentile) {
    return 0;
  }
  return static_cast<std::uint64_t>(std::ceil(100 / (100 - slo.percentile) - 1e-6));
}

Observed observe(const Slo& slo, const RunResult& result, const Evidence& evidence) {
  if (slo.metric->kind == MetricKind::scalar) {
    return scalar_value(slo.metric->name, result);
  }
  if (result.regime == Regime::adversarial) {
    return unknown("figures of an adversarial run mean nothing");
  }
  if (slo.metric->name == "leaderless") {
    return observe_elections(slo, result, &FaultReport::elected);
  }
  if (slo.metric->name == "interruption") {
    return observe_elections(slo, result, &FaultReport::recovered);
  }
  const Windows windows = windows_of(slo, result, evidence);
  if (windows.empty()) {
    return unknown(fmt::format("the run has no {} phase", scenarios::name(slo.phase)));
  }
  std::uint64_t samples = 0;
  for (const Window* window : windows) {
    samples += latencies(slo, *window).count();
  }
  if (samples < samples_wanted(slo)) {
    return unknown(fmt::format("{} samples are too few for {}", samples,
                               scenarios::name(slo.aggregate, slo.percentile)));
  }
  return slo.over ? observe_stretches(slo, windows, *slo.over) : observe_phase(slo, windows);
}

// ---------------------------------------------------------------------------- the baseline

/// The objective with its limit as a number, or why there is none.
Result<Slo> with_limit(const Slo& slo, const RunResult& result, const Baseline* baseline) {
  if (!slo.baseline_factor) {
    return slo;
  }
  if (baseline == nullptr) {
    return fail("no baseline was given");
  }
  if (!comparable(result, *baseline)) {
    return fail("the baseline is of another scenario");
  }
  const auto then = std::ranges::find(baseline->objectives, slo.text, &BaselineObjective::expr);
  if (then == baseline->objectives.end()) {
    return fail("the baseline did not see this");
  }
  Slo numeric = slo;
  numeric.bound = then->observed * *slo.baseline_factor;
  numeric.baseline_factor.reset();
  return numeric;
}

/// What is seen without a limit: a later run's limit, if this one becomes its baseline. Which
/// stretch is the worst, equality alone does not say.
std::optional<double> seen_without_limit(Slo slo, const RunResult& result,
                                         const Evidence& evidence) {
  const bool ordered = slo.comparison != scenarios::Comparison::equal &&
                       slo.comparison != scenarios::Comparison::not_equal;
  slo.baseline_factor.reset();
  return ordered || !slo.over ? observe(slo, result, evidence).value : std::nullopt;
}

// ---------------------------------------------------------------------------- words

std::string in_words(const Slo& slo) {
  std::string name(slo.metric->name);
  std::ranges::replace(name, '_', ' ');
  if (slo.metric->name == "e2e") {
    name = "end-to-end";
  }
  const bool plain = slo.metric->kind == MetricKind::scalar || slo.aggregate == Aggregate::value;
  return plain ? name : fmt::format("{} {}", scenarios::name(slo.aggregate, slo.percentile), name);
}

}  // namespace

std::optional<Phase> phase_wanted(const Slo& slo) {
  switch (slo.phase) {
    case scenarios::Phase::steady:
      return Phase::steady;
    case scenarios::Phase::fault:
      return Phase::fault;
    case scenarios::Phase::after:
      return Phase::after;
    case scenarios::Phase::run:
      break;
  }
  return std::nullopt;
}

Result<double> measure_one(const Slo& subject, const RunResult& result, const Evidence& evidence) {
  const Observed observed = observe(subject, result, evidence);
  return observed.value ? Result<double>(*observed.value) : fail(observed.why);
}

SloReport evaluate(const Slo& slo, const RunResult& result, const Evidence& evidence,
                   const Baseline* baseline) {
  SloReport report;
  report.expr = slo.text;
  report.what = in_words(slo);
  report.phase = scenarios::name(slo.phase);
  report.against_baseline = slo.baseline_factor.has_value();
  report.unit = slo.aggregate == Aggregate::count ? "" : scenarios::symbol(slo.metric->unit);

  const Result<Slo> numeric = with_limit(slo, result, baseline);
  if (!numeric) {
    report.why = numeric.error().message;
    report.observed = seen_without_limit(slo, result, evidence);
    return report;
  }
  report.limit = numeric->bound;
  Observed observed = observe(*numeric, result, evidence);
  report.observed = observed.value;
  report.why = std::move(observed.why);
  report.breaches = std::move(observed.breaches);
  if (observed.value) {
    report.ok = scenarios::holds(*numeric, *observed.value);
    report.margin = margin(*numeric, *observed.value);
  } else if (observed.violated_outright) {
    report.ok = false;
  }
  return report;
}

}  // namespace wavetank::reports
