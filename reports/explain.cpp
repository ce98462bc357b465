#include "reports/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <span>
#include <utility>

#include "engine/base/suggest.h"
#include "reports/format_units.h"
#include "reports/measure.h"
#include "reports/slo_evaluation.h"
#include "reports/summary_parts.h"
#include "reports/tails.h"
#include "reports/verdict.h"
#include "scenarios/slo.h"

namespace wavetank::reports {

namespace {

using scenarios::Aggregate;
using scenarios::Slo;

std::string join(const std::vector<std::string>& parts, const char* between) {
  return fmt::format("{}", fmt::join(parts, between));
}

/// A fault that the result lists: one edited by hand may name another.
const FaultReport* fault_of(const RunResult& result, const TailPeriod& period) {
  return period.fault && *period.fault < result.faults.size() ? &result.faults[*period.fault]
                                                              : nullptr;
}

std::string dates(const Span& span) {
  return fmt::format("{} to {}", format_time(span.from), format_time(span.to));
}

// ---------------------------------------------------------------------------- what is asked for

struct Subject {
  Slo what;
  std::string text;
  const SloReport* slo = nullptr;
};

/// "e2e.p99 during fault" of "e2e.p99 < 8s during fault over 10s".
std::string subject_text(const Slo& slo) {
  std::string text(slo.metric->name);
  if (slo.metric->kind != scenarios::MetricKind::scalar) {
    text += "." + scenarios::name(slo.aggregate, slo.percentile);
  }
  return slo.phase == scenarios::Phase::run
             ? text
             : text + " during " + std::string(scenarios::name(slo.phase));
}

Result<Subject> subject_of(const SloReport& slo) {
  const auto parsed = scenarios::parse_slo(slo.expr);
  if (!parsed) {
    return fail(fmt::format("objective {}: {}", slo.expr, parsed.error().message));
  }
  return Subject{*parsed, subject_text(*parsed), &slo};
}

Result<Subject> parsed_subject(const RunResult& result, std::string_view text) {
  // Of a backlog people mean the greatest.
  const bool is_lag = text == "lag" || text.starts_with("lag ");
  const auto parsed = scenarios::parse_subject(is_lag ? "lag.max" + std::string(text.substr(3))
                                                      : std::string(text));
  if (parsed) {
    return Subject{*parsed, subject_text(*parsed), nullptr};
  }
  std::vector<std::string_view> known;
  for (const SloReport& slo : result.slos) {
    known.emplace_back(slo.expr);
  }
  const auto meant = nearest(text, known);
  return fail(fmt::format(
      "{} is neither an objective of this run nor a metric such as e2e.p99 ({}){}", text,
      parsed.error().message, meant ? fmt::format("; did you mean \"{}\"?", *meant) : ""));
}

Result<Subject> resolve(const RunResult& result, std::string_view text) {
  if (text.empty()) {
    const auto broken = std::ranges::find(result.slos, std::optional(false), &SloReport::ok);
    return broken != result.slos.end() ? subject_of(*broken) : parsed_subject(result, "e2e.p99");
  }
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size()) {
    return number >= 1 && number <= result.slos.size()
               ? subject_of(result.slos[number - 1])
               : fail(fmt::format("there is no objective {}: this run has {}", number,
                                  result.slos.size()));
  }
  const auto named = std::ranges::find(result.slos, text, &SloReport::expr);
  return named != result.slos.end() ? subject_of(*named) : parsed_subject(result, text);
}

// ---------------------------------------------------------------------------- percentiles

/// The tail of the phase whose percentile is nearest.
const Tail* nearest_tail(const RunResult& result, const std::optional<Phase>& phase,
                         double quantile) {
  const Tail* best = nullptr;
  for (const Tail& tail : result.tails) {
    const bool nearer =
        best == nullptr || std::abs(tail.quantile - quantile) < std::abs(best->quantile - quantile);
    if (tail.phase == phase && nearer) {
      best = &tail;
    }
  }
  return best;
}

std::string percentile_name(double quantile) {
  return scenarios::name(Aggregate::percentile, quantile * 100);
}

std::string places(const char* what, const std::vector<TailPlace>& found) {
  std::vector<std::string> parts;
  for (const TailPlace& place : found) {
    parts.push_back(fmt::format("{} ({})", place.name, format_percent(place.share)));
  }
  return parts.empty() ? "" : fmt::format("{} {}", what, join(parts, ", "));
}

std::string in_period(const RunResult& result, const TailPeriod& period) {
  return (fault_of(result, period) != nullptr ? "during " : "in ") + period_name(result, period);
}

Reason reason_of(const RunResult& result, const Tail& tail, const TailCause& cause) {
  Reason reason;
  reason.share = cause.share;
  reason.what = fmt::format("{}, {}", info(cause.leg).words, in_period(result, cause.period));
  reason.details.push_back(fmt::format(
      "{} on average in {} of the {} records, due from {} on and delivered by {}",
      format_duration(cause.mean), format_exact(cause.records), format_exact(tail.records),
      format_time(cause.dates.from), format_time(cause.dates.to)));
  std::vector<std::string> where;
  for (const std::string& place :
       {places("led by", cause.leaders), places("in", cause.partitions)}) {
    if (!place.empty()) {
      where.push_back(place);
    }
  }
  reason.details.push_back(join(where, "; "));
  reason.details.push_back(fmt::format("had that taken no time, {} would be {}",
                                       percentile_name(tail.quantile),
                                       format_duration(cause.without)));
  return reason;
}

std::string whole_name(const Tail& tail) {
  const std::string which = tail.quantile < kFirstTail
                                ? "the tenth of the records around it"
                                : fmt::format("the slowest {:.4g} %", (1 - tail.quantile) * 100);
  return fmt::format("the time of {}: {} of {} records taken apart", which,
                     format_exact(tail.records), format_exact(tail.of));
}

void explain_tail(const RunResult& result, const Tail& tail, Explanation& out) {
  out.tail = &tail;
  out.shares_of = whole_name(tail);
  for (const TailCause& cause : tail.causes) {
    out.causes.push_back(reason_of(result, tail, cause));
  }
  for (const TailShare& share : tail.periods) {
    std::string fact =
        fmt::format("{} of the {} records were delivered {}", format_exact(share.records),
                    format_exact(tail.records), in_period(result, share.period));
    if (share.without) {
      fact += fmt::format("; of all others {} is {}", percentile_name(tail.quantile),
                          format_duration(*share.without));
    }
    out.facts.push_back(std::move(fact));
  }
  if (!tail.causes.empty()) {
    if (const FaultReport* fault = fault_of(result, tail.causes.front().period)) {
      out.facts.push_back(fmt::format("{} at {}: {}", fault_name(*fault), format_time(fault->at),
                                      phases_text(fault->phases)));
    }
  }
  out.next = "--events " + event_name(tail.example);
}

const LatencySummary* summary_of(const LatencyMetric& metric, const std::optional<Phase>& phase) {
  if (!phase) {
    return &metric.all;
  }
  const auto& of_phase = metric.by_phase[static_cast<std::size_t>(*phase)];
  return of_phase ? &*of_phase : nullptr;
}

/// The share of records at or below it; nothing if it is none of the records' own, as a mean.
std::optional<double> quantile_of(const Slo& what) {
  return what.aggregate == Aggregate::percentile ? std::optional(what.percentile / 100)
         : what.aggregate == Aggregate::max      ? std::optional(1.0)
                                                 : std::nullopt;
}

/// The figure as the result has it: exact, of all records; nothing if it is none that is kept.
std::optional<Duration> kept(const LatencySummary* s, const Slo& what) {
  const std::optional<double> quantile = quantile_of(what);
  if (s == nullptr || s->count == 0) {
    return std::nullopt;
  }
  if (!quantile) {
    return what.aggregate == Aggregate::mean ? std::optional(s->mean) : std::nullopt;
  }
  const std::pair<double, Duration> known[] = {{0.5, s->p50},  {0.9, s->p90},    {0.95, s->p95},
                                               {0.99, s->p99}, {0.999, s->p999}, {0.9999, s->p9999},
                                               {1, s->max}};
  for (const auto& [at, value] : known) {
    if (std::abs(at - *quantile) < 1e-9) {
      return value;
    }
  }
  return std::nullopt;
}

/// Where a percentile that is none of the kept ones lies, as far as the curve of all records tells;
/// empty if it does not.
std::string between(const RunResult& result, const std::optional<Phase>& phase, double quantile) {
  const auto curve = std::ranges::find(result.curves, phase, &LatencyCurve::phase);
  if (curve == result.curves.end() || curve->points.empty()) {
    return "";
  }
  const auto above = std::ranges::lower_bound(curve->points, quantile, {}, &CurvePoint::quantile);
  if (above == curve->points.begin()) {
    return "at most " + format_duration(above->latency);
  }
  const std::string least = format_duration((above - 1)->latency);
  return above == curve->points.end()
             ? "at least " + least
             : fmt::format("between {} and {}", least, format_duration(above->latency));
}

/// "p50, p95 and p99": of which percentiles of a phase the causes are known. REQUIRES: of one.
std::string taken_apart(const RunResult& result, const std::optional<Phase>& phase) {
  std::vector<std::string> names;
  for (const Tail& tail : result.tails) {
    if (tail.phase == phase) {
      names.push_back(percentile_name(tail.quantile));
    }
  }
  const std::string last = names.back();
  names.pop_back();
  return names.empty() ? last : join(names, ", ") + " and " + last;
}

const char* phase_words(Phase phase) {
  return phase == Phase::steady  ? "the steady phase"
         : phase == Phase::fault ? "the faults"
                                 : "the time after the faults";
}

void explain_trend(const RunResult& result, const Subject& subject, Explanation& out) {
  const Slo& what = subject.what;
  const std::string_view metric = what.metric->name;
  const std::optional<Phase> phase = phase_wanted(what);
  const std::optional<double> quantile = quantile_of(what);
  const bool is_e2e = metric == "e2e";
  const LatencyMetric& measured = is_e2e ? result.metrics.e2e : result.metrics.publish;
  if (is_e2e || metric == "publish") {
    if (const auto value = kept(summary_of(measured, phase), what)) {
      out.headline = fmt::format("{} was {}", subject.text, format_duration(*value));
    } else if (const std::string range =
                   quantile && is_e2e ? between(result, phase, *quantile) : "";
               !range.empty()) {
      out.headline = fmt::format("{} was {}", subject.text, range);
    }
    for (const Phase each : {Phase::steady, Phase::fault, Phase::after}) {
      const auto value = kept(summary_of(measured, each), what);
      if (!phase && value) {
        out.facts.push_back(fmt::format("{} of {} alone: {}",
                                        scenarios::name(what.aggregate, what.percentile),
                                        phase_words(each), format_duration(*value)));
      }
    }
  }
  if (!quantile) {
    out.facts.push_back(
        fmt::format("only percentiles are taken apart: `wavetank explain RESULT {}.p99` tells the "
                    "causes of one",
                    metric));
    return;
  }
  const Tail* tail = nearest_tail(result, phase, *quantile);
  if (tail == nullptr) {
    out.facts.emplace_back("too few records were taken apart for its causes to be told");
    return;
  }
  if (!speaks_of(*tail, *quantile)) {
    const std::string wanted = scenarios::name(what.aggregate, what.percentile);
    out.facts.push_back(fmt::format(
        "taken apart are {} of the end-to-end latency{}, which say nothing of {}: an objective on "
        "e2e.{} has it taken apart, too",
        taken_apart(result, phase), phase ? fmt::format(" in {}", phase_words(*phase)) : "", wanted,
        wanted));
    return;
  }
  if (!is_e2e) {
    out.facts.push_back(
        fmt::format("only the end-to-end latency is taken apart: what follows is of e2e.{}",
                    percentile_name(tail->quantile)));
  } else if (std::abs(tail->quantile - *quantile) > 1e-9) {
    out.facts.push_back(
        fmt::format("kept apart is {}, the nearest to it", percentile_name(tail->quantile)));
  }
  explain_tail(result, *tail, out);
  if (out.headline.empty()) {
    out.headline = fmt::format("e2e.{} was {}, of the records taken apart",
                               percentile_name(tail->quantile), format_duration(tail->latency));
  }
}

// ---------------------------------------------------------------------------- other figures

struct PhaseTime {
  const char* what;
  std::optional<Duration> RecoveryPhases::*time;
};
constexpr PhaseTime kRecovery[] = {
    {"the controllers had not noticed", &RecoveryPhases::detect},
    {"partitions had no new leader", &RecoveryPhases::elect},
    {"clients had not found the new leaders", &RecoveryPhases::reassign},
    {"the process was not back with its log", &RecoveryPhases::restore},
    {"missed records were fetched again", &RecoveryPhases::replay},
    {"the backlog was worked off", &RecoveryPhases::drain}};

/// The fault whose recovery took longest; one that never recovered before all others.
const FaultReport* slowest(const RunResult& result, std::optional<Duration> FaultReport::*part) {
  const FaultReport* found = nullptr;
  for (const FaultReport& fault : result.faults) {
    const bool longer = found == nullptr ||
                        ((found->*part) && (!(fault.*part) || *(fault.*part) > *(found->*part)));
    if (longer) {
      found = &fault;
    }
  }
  return found;
}

Duration time_of(const RecoveryPhases& phases, const PhaseTime& phase) {
  return (phases.*phase.time).value_or(Duration());
}

Duration time_of(const RecoveryPhases& phases, std::span<const PhaseTime> these) {
  Duration all;
  for (const PhaseTime& phase : these) {
    all += time_of(phases, phase);
  }
  return all;
}

/// Those that the figure is made of: phases follow each other until it is over, and what comes then
/// was beside it or later. A fault that has not recovered has all of them.
std::span<const PhaseTime> phases_of(const RecoveryPhases& phases, std::optional<Duration> whole) {
  const std::span<const PhaseTime> all(kRecovery);
  std::size_t count = 0;
  while (count < all.size() && (!whole || time_of(phases, all.first(count)) < *whole)) {
    ++count;
  }
  return all.first(count);
}

void tell_phases(const RecoveryPhases& phases, std::span<const PhaseTime> counted,
                 Explanation& out) {
  const Duration all = time_of(phases, counted);
  for (const PhaseTime& phase : counted) {
    if (const Duration time = time_of(phases, phase); time > Duration()) {
      out.causes.push_back({time.seconds() / all.seconds(), phase.what, {format_duration(time)}});
    }
  }
  std::ranges::stable_sort(out.causes, std::ranges::greater(), &Reason::share);
  const std::span<const PhaseTime> others = std::span(kRecovery).subspan(counted.size());
  out.shares_of = "the parts of it";
  for (const PhaseTime& phase : others) {
    if (const Duration time = time_of(phases, phase); time > Duration()) {
      out.facts.push_back(
          fmt::format("beside it, or after it: {}, {}", phase.what, format_duration(time)));
    }
  }
}

void explain_recovery(const RunResult& result, std::optional<Duration> FaultReport::*part,
                      Explanation& out) {
  const FaultReport* fault = slowest(result, part);
  if (fault == nullptr) {
    out.headline = "there was no fault to recover from";
    return;
  }
  out.headline = fmt::format("slowest was {} at {}: {}", fault_name(*fault), format_time(fault->at),
                             fault->*part ? format_duration(*(fault->*part)) : "not until the end");
  tell_phases(fault->phases, phases_of(fault->phases, fault->*part), out);
  if (!fault->note.empty()) {
    out.facts.push_back(fault->note);
  }
  if (const std::string host = host_struck(result, fault->target); !host.empty()) {
    out.next = fmt::format("--at {:.3f}s --show {}", fault->at.seconds(), host);
  }
}

void explain_lost(const RunResult& result, Explanation& out) {
  out.headline =
      fmt::format("{} of {} acknowledged records are gone", format_exact(result.ledger.lost),
                  format_exact(result.ledger.acknowledged));
  for (const FaultReport& fault : result.faults) {
    if (fault.lost > 0) {
      out.causes.push_back({static_cast<double>(fault.lost) /
                                static_cast<double>(std::max<std::uint64_t>(result.ledger.lost, 1)),
                            fmt::format("acknowledged before {} at {}, or amid it",
                                        fault_name(fault), format_time(fault.at)),
                            {fmt::format("{} records", format_exact(fault.lost))}});
    }
  }
  out.shares_of = "the lost records";
  std::ranges::stable_sort(out.causes, std::ranges::greater(), &Reason::share);
  for (std::size_t i = 0; i < std::min<std::size_t>(result.lost.size(), 3); ++i) {
    out.facts.push_back(lost_text(result.lost[i]));
  }
  if (!result.lost.empty()) {
    out.next = "--events " + event_name(result.lost.front().event_id);
  }
}

void explain_lag(const RunResult& result, Explanation& out) {
  const auto peak = std::ranges::max_element(result.series, {}, &SeriesPoint::lag_records);
  if (peak == result.series.end()) {
    return;
  }
  out.headline = fmt::format("the backlog was greatest at {}: {} records; {} at the end",
                             format_time(peak->at), format_exact(peak->lag_records),
                             format_exact(result.metrics.lag.final));
  out.facts.push_back(fmt::format("then {} came in and {} went out", format_rate(peak->in_per_s),
                                  format_rate(peak->out_per_s)));
}

void explain_other(const RunResult& result, const Subject& subject, Explanation& out) {
  const std::string_view metric = subject.what.metric->name;
  if (metric == "recovery") {
    explain_recovery(result, &FaultReport::recovered, out);
  } else if (metric == "detection") {
    explain_recovery(result, &FaultReport::detected, out);
  } else if (metric == "election") {
    explain_recovery(result, &FaultReport::elected, out);
  } else if (metric == "drain") {
    explain_recovery(result, &FaultReport::drained, out);
  } else if (metric == "lost") {
    explain_lost(result, out);
  } else if (metric == "lag") {
    explain_lag(result, out);
  }
}

/// When an objective did not hold, and what else happened then.
void add_breaches(const RunResult& result, const SloReport& slo, Explanation& out) {
  for (const Span& breach : slo.breaches) {
    std::vector<std::string> amid;
    for (const FaultReport& fault : result.faults) {
      if (fault.at < breach.to && end_of(fault, result.ended_at) > breach.from) {
        amid.push_back(fault_name(fault));
      }
    }
    out.facts.push_back(fmt::format("broken from {}{}", dates(breach),
                                    amid.empty() ? "" : ", amid " + join(amid, ", ")));
    constexpr std::size_t kMostFacts = 8;
    const auto left = static_cast<std::size_t>(&slo.breaches.back() - &breach);
    if (out.facts.size() >= kMostFacts && left > 0) {
      out.facts.push_back(fmt::format("and {} times more", left));
      break;
    }
  }
}

void add_busiest(const RunResult& result, Explanation& out) {
  const HostUse* found = nullptr;
  std::pair<const char*, double> most{"", 0};
  for (const HostUse& use : result.metrics.hosts) {
    for (const auto& resource :
         {std::pair{"cpu", use.cpu}, std::pair{"disk", use.disk},
          std::pair{"network in", use.nic_in}, std::pair{"network out", use.nic_out},
          std::pair{"its busiest process", use.process}}) {
      if (resource.second > most.second) {
        found = &use;
        most = resource;
      }
    }
  }
  if (found != nullptr) {
    out.facts.push_back(fmt::format("the busiest host was {}: {} {} of the measured time",
                                    found->host, most.first, format_percent(most.second)));
  }
}

}  // namespace

std::string period_name(const RunResult& result, const TailPeriod& period) {
  const FaultReport* fault = fault_of(result, period);
  if (fault != nullptr) {
    return fault_name(*fault);
  }
  switch (period.phase) {
    case Phase::steady:
      return result.faults.empty() ? "the run" : "the steady phase";
    case Phase::after:
      return "the time after the faults";
    default:
      return "a fault";
  }
}

std::string causes_text(const RunResult& result, const Tail& tail) {
  constexpr std::size_t kShown = 3;
  const std::size_t shown = std::min(tail.causes.size(), kShown);
  bool is_one = true;
  for (std::size_t i = 1; i < shown; ++i) {
    is_one = is_one && tail.causes[i].period == tail.causes[0].period;
  }
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < shown; ++i) {
    const TailCause& cause = tail.causes[i];
    parts.push_back(fmt::format("{}{} {}", name(cause.leg),
                                is_one ? "" : " " + in_period(result, cause.period),
                                format_percent(cause.share)));
  }
  const std::string text = join(parts, ", ");
  return is_one && shown > 0 && !result.faults.empty()
             ? fmt::format("{}, {}{}", text, shown > 1 ? "all " : "",
                           in_period(result, tail.causes[0].period))
             : text;
}

const Tail* find_tail(const RunResult& result, const std::optional<Phase>& phase, double quantile) {
  const auto found = std::ranges::find_if(result.tails, [&](const Tail& tail) {
    return tail.phase == phase && std::abs(tail.quantile - quantile) < 1e-9;
  });
  return found == result.tails.end() ? nullptr : &*found;
}

Result<Explanation> explain(const RunResult& result, std::string_view asked) {
  const Result<Subject> subject = resolve(result, asked);
  if (!subject) {
    return tl::unexpected<Error>(subject.error());
  }
  Explanation out;
  out.subject = subject->text;
  out.slo = subject->slo;
  if (out.slo != nullptr) {
    add_breaches(result, *out.slo, out);
  }
  subject->what.metric->kind == scenarios::MetricKind::trend ? explain_trend(result, *subject, out)
                                                             : explain_other(result, *subject, out);
  add_busiest(result, out);
  if (out.headline.empty()) {
    out.headline = fmt::format("no causes of {} are known", out.subject);
  }
  return out;
}

}  // namespace wavetank::reports
