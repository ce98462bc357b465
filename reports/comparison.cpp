#include "reports/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "reports/baseline.h"
#include "reports/format_units.h"
#include "reports/printable.h"
#include "reports/summary_parts.h"
#include "reports/verdict.h"

namespace wavetank::reports {

namespace {

using Json = nlohmann::ordered_json;

/// Gathers quantities under their names.
class Gatherer {
 public:
  void number(std::string name, std::string unit, double value, Better better = Better::lower) {
    found_.push_back({std::move(name), std::move(unit), better, value});
  }
  void count(std::string name, std::uint64_t value) {
    number(std::move(name), "", static_cast<double>(value));
  }
  void time(std::string name, const std::optional<Duration>& value) {
    if (value) {
      number(std::move(name), "s", value->seconds());
    }
  }
  void latency(const std::string& name, const LatencyMetric& metric) {
    percentiles(name, "", metric.all);
    for (std::size_t i = 0; i < kPhaseCount; ++i) {
      if (metric.by_phase[i]) {
        percentiles(name, during(i), *metric.by_phase[i]);
      }
    }
  }
  void rate(const std::string& name, const char* unit, const RateMetric& metric) {
    number(name, unit, metric.all, Better::higher);
    for (std::size_t i = 0; i < kPhaseCount; ++i) {
      if (metric.by_phase[i]) {
        number(name + during(i), unit, *metric.by_phase[i], Better::higher);
      }
    }
  }
  std::vector<Quantity> take() { return std::move(found_); }

 private:
  static std::string during(std::size_t phase) {
    return fmt::format(" during {}", reports::name(static_cast<Phase>(phase)));
  }
  void percentiles(const std::string& name, const std::string& phase, const LatencySummary& s) {
    if (s.count == 0) {
      return;
    }
    time(name + ".p50" + phase, s.p50);
    time(name + ".p99" + phase, s.p99);
    time(name + ".p999" + phase, s.p999);
    time(name + ".max" + phase, s.max);
  }

  std::vector<Quantity> found_;
};

const Quantity* find(const std::vector<Quantity>& all, const std::string& name) {
  const auto found = std::ranges::find(all, name, &Quantity::name);
  return found == all.end() ? nullptr : &*found;
}

Effect effect_of(double base, double changed, Better better) {
  if (std::abs(changed - base) <= kNegligibleChange * std::abs(base)) {
    return Effect::same;
  }
  if (better == Better::neither) {
    return Effect::other;
  }
  return (changed < base) == (better == Better::lower) ? Effect::better : Effect::worse;
}

std::optional<Time> first_difference(const RunResult& base, const RunResult& changed) {
  const auto [one, other] = std::ranges::mismatch(base.series, changed.series);
  if (one != base.series.end()) {
    return one->at;
  }
  return other != changed.series.end() ? std::optional(other->at) : std::nullopt;
}

/// Of what only some systems count: times are better short, rates high, refusals few.
Better direction_of(const std::string& unit) {
  return unit == "s" || unit == "answers" ? Better::lower
         : unit == "records/s"            ? Better::higher
                                          : Better::neither;
}

int urgency(Effect effect) {
  switch (effect) {
    case Effect::worse:
      return 0;
    case Effect::other:
    case Effect::appeared:
    case Effect::disappeared:
      return 1;
    case Effect::better:
      return 2;
    case Effect::same:
      break;
  }
  return 3;
}

/// In all that results say, but for the program that said it.
bool says_the_same(const RunResult& base, RunResult changed) {
  changed.provenance.program_version = base.provenance.program_version;
  return base == changed;
}

/// What the two runs are to each other.
std::string relation(const RunResult& base, const RunResult& changed,
                     const Comparison& comparison) {
  if (comparison.identical) {
    return fmt::format("identical: {} events, digest {}", format_exact(base.provenance.events),
                       base.provenance.digest);
  }
  std::string text = !comparison.same_scenario ? "different scenarios"
                     : comparison.same_events ? "the same events, but not the same result: one has "
                                                "been edited, or is of another program"
                     : comparison.same_seed   ? "the same scenario and seed, different events"
                                              : "the same scenario, different seeds";
  if (base.provenance.program_version != changed.provenance.program_version) {
    text += fmt::format(" (program {} against {})", base.provenance.program_version,
                        changed.provenance.program_version);
  }
  return text + (comparison.differs_from ? fmt::format("; what was seen differs from {} on",
                                                       format_time(*comparison.differs_from))
                                         : "; nothing that was seen second by second differs");
}

std::string shown(const std::optional<double>& value, const std::string& unit) {
  return value ? format_value(*value, unit) : "-";
}

std::string change_row(const Change& change, std::size_t columns, bool ascii) {
  const std::optional<double> relative = change.relative();
  return fmt::format("{} {} {} {} {}\n", padded(change.name, columns, ascii),
                     padded(shown(change.base, change.unit), 12, ascii),
                     padded(shown(change.changed, change.unit), 12, ascii),
                     padded(relative ? format_margin(*relative) : "", 9, ascii),
                     effect_word(change.effect));
}

}  // namespace

const char* effect_word(Effect effect) {
  switch (effect) {
    case Effect::better:
      return "better";
    case Effect::worse:
      return "worse";
    case Effect::other:
      return "other";
    case Effect::appeared:
      return "new";
    case Effect::disappeared:
      return "gone";
    case Effect::same:
      break;
  }
  return "same";
}

std::vector<Quantity> quantities(const RunResult& result) {
  const Metrics& metrics = result.metrics;
  Gatherer gather;
  gather.count("lost", result.ledger.lost);
  gather.count("duplicated", result.ledger.duplicated);
  gather.count("refused", result.ledger.refused);
  gather.latency("e2e", metrics.e2e);
  gather.latency("publish", metrics.publish);
  gather.rate("throughput_in", "records/s", metrics.throughput_in);
  gather.rate("throughput_out", "records/s", metrics.throughput_out);
  gather.count("lag.peak", metrics.lag.peak);
  for (std::size_t i = 0; i < result.faults.size(); ++i) {
    const FaultReport& fault = result.faults[i];
    const std::string of = fmt::format(" of fault {} ({})", i + 1, fault_name(fault));
    gather.time("detected" + of, fault.detected);
    gather.time("recovered" + of, fault.recovered);
    gather.time("drained" + of, fault.drained);
  }
  for (const ScalarMetric& scalar : metrics.scalars) {
    gather.number(scalar.name, scalar.unit, scalar.value, direction_of(scalar.unit));
  }
  return gather.take();
}

std::optional<double> Change::relative() const {
  if (!base || !changed || *base == 0) {
    return std::nullopt;
  }
  return (*changed - *base) / std::abs(*base);
}

Comparison compare(const RunResult& base, const RunResult& changed) {
  Comparison comparison;
  comparison.same_scenario = comparable(changed, baseline_of(base));
  comparison.same_seed = base.provenance.seed == changed.provenance.seed;
  comparison.same_events = base.provenance.digest == changed.provenance.digest &&
                           base.provenance.events == changed.provenance.events;
  comparison.differs_from = first_difference(base, changed);
  const std::vector<Quantity> before = quantities(base);
  const std::vector<Quantity> after = quantities(changed);
  for (const Quantity& old : before) {
    const Quantity* now = find(after, old.name);
    Change change{old.name, old.unit, old.value, std::nullopt, Effect::disappeared};
    if (now != nullptr) {
      change.changed = now->value;
      change.effect = effect_of(old.value, now->value, old.better);
    }
    comparison.changes.push_back(std::move(change));
  }
  for (const Quantity& now : after) {
    if (find(before, now.name) == nullptr) {
      comparison.changes.push_back({now.name, now.unit, std::nullopt, now.value, Effect::appeared});
    }
  }
  comparison.identical = comparison.same_events && says_the_same(base, changed);
  return comparison;
}

std::string comparison_text(const RunResult& base, const RunResult& changed, const Style& style) {
  Comparison comparison = compare(base, changed);
  std::string text = printable(relation(base, changed, comparison), style.ascii) + "\n";
  std::ranges::stable_sort(comparison.changes, {},
                           [](const Change& change) { return urgency(change.effect); });
  const auto same = std::ranges::find(comparison.changes, Effect::same, &Change::effect);
  std::size_t columns = std::string_view("metric").size();
  for (auto change = comparison.changes.begin(); change != same; ++change) {
    columns = std::max(columns, column_count(printable(change->name, style.ascii)));
  }
  columns = std::min(columns, static_cast<std::size_t>(std::max(style.width, 60)) / 2);
  if (same != comparison.changes.begin()) {
    text += fmt::format("{} {} {} {} effect\n", padded("metric", columns), padded("base", 12),
                        padded("new", 12), padded("change", 9));
  }
  for (auto change = comparison.changes.begin(); change != same; ++change) {
    text += change_row(*change, columns, style.ascii);
  }
  if (base.verdict != changed.verdict) {
    text += fmt::format("verdict: {} before, {} now\n", verdict_word(base.verdict),
                        verdict_word(changed.verdict));
  }
  return text + fmt::format("{} of {} metrics changed by less than {}\n",
                            comparison.changes.end() - same, comparison.changes.size(),
                            format_percent(kNegligibleChange));
}

std::string comparison_json(const RunResult& base, const RunResult& changed) {
  const Comparison comparison = compare(base, changed);
  const auto or_null = [](const auto& value) { return value ? Json(*value) : Json(nullptr); };
  Json changes = Json::array();
  for (const Change& change : comparison.changes) {
    changes.push_back({{"name", change.name},
                       {"unit", change.unit},
                       {"base", or_null(change.base)},
                       {"new", or_null(change.changed)},
                       {"relative", or_null(change.relative())},
                       {"effect", effect_word(change.effect)}});
  }
  const Json document = {
      {"identical", comparison.identical},
      {"same_events", comparison.same_events},
      {"same_scenario", comparison.same_scenario},
      {"same_seed", comparison.same_seed},
      {"differs_from_s",
       comparison.differs_from ? Json(comparison.differs_from->seconds()) : Json(nullptr)},
      {"verdict", {{"base", name(base.verdict)}, {"new", name(changed.verdict)}}},
      {"changes", std::move(changes)}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace wavetank::reports
