#include "reports/seed_comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

#include "reports/format_units.h"
#include "reports/printable.h"

namespace wavetank::reports {

namespace {

using Json = nlohmann::ordered_json;

/// Student's t at 99.5 % (two-sided 99 %) for 1 to 30 degrees of freedom, then that of the normal
/// distribution with the first term of the expansion of Fisher and Cornish (1960).
double t_quantile(std::size_t freedom) {
  static constexpr double kTable[] = {
      63.6567, 9.9248, 5.8409, 4.6041, 4.0321, 3.7074, 3.4995, 3.3554, 3.2498, 3.1693,
      3.1058,  3.0545, 3.0123, 2.9768, 2.9467, 2.9208, 2.8982, 2.8784, 2.8609, 2.8453,
      2.8314,  2.8188, 2.8073, 2.7969, 2.7874, 2.7787, 2.7707, 2.7633, 2.7564, 2.7500};
  if (freedom <= std::size(kTable)) {
    return kTable[freedom - 1];
  }
  constexpr double kNormal = 2.575829;
  return kNormal + (kNormal * kNormal * kNormal + kNormal) / (4 * static_cast<double>(freedom));
}

using BySeed = std::map<std::uint64_t, const RunResult*>;

Result<BySeed> by_seed(std::span<const RunResult> runs, const char* which) {
  BySeed sorted;
  for (const RunResult& run : runs) {
    if (!sorted.emplace(run.provenance.seed, &run).second) {
      return fail(fmt::format("{} has two runs of seed {}", which, run.provenance.seed));
    }
    if (run.provenance.scenario_sha256 != runs.front().provenance.scenario_sha256) {
      return fail(fmt::format("{} has runs of several scenarios", which));
    }
  }
  return sorted;
}

/// The differences of one figure, pair by pair.
struct Gathered {
  Quantity of;
  std::vector<double> base;
  std::vector<double> differences;
  std::vector<double> gone;      ///< what it was where it is no more
  std::vector<double> appeared;  ///< what it is where it was not
};

Gathered& figure_of(const Quantity& quantity, std::vector<Gathered>& figures) {
  const auto found =
      std::ranges::find(figures, quantity.name, [](const Gathered& it) { return it.of.name; });
  return found != figures.end() ? *found : figures.emplace_back(Gathered{quantity, {}, {}, {}, {}});
}

void gather(const RunResult& base, const RunResult& changed, std::vector<Gathered>& figures) {
  const std::vector<Quantity> before = quantities(base);
  const std::vector<Quantity> after = quantities(changed);
  for (const Quantity& then : before) {
    const auto now = std::ranges::find(after, then.name, &Quantity::name);
    Gathered& figure = figure_of(then, figures);
    if (now == after.end()) {
      figure.gone.push_back(then.value);
    } else {
      figure.base.push_back(then.value);
      figure.differences.push_back(now->value - then.value);
    }
  }
  for (const Quantity& now : after) {
    if (std::ranges::find(before, now.name, &Quantity::name) == before.end()) {
      figure_of(now, figures).appeared.push_back(now.value);
    }
  }
}

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) {
    sum += value;
  }
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

Effect effect_of(const PairedChange& change, Better better) {
  if (change.only_base + change.only_changed > 0) {
    return change.only_base > change.only_changed   ? Effect::disappeared
           : change.only_base < change.only_changed ? Effect::appeared
                                                    : Effect::other;
  }
  const bool is_chance =
      change.pairs < kLeastPairs || std::abs(change.mean_difference) <= change.half_interval;
  const bool is_small =
      std::abs(change.mean_difference) <= kNegligibleChange * std::abs(change.base);
  if (is_chance || is_small) {
    return Effect::same;
  }
  if (better == Better::neither) {
    return Effect::other;
  }
  return (change.mean_difference < 0) == (better == Better::lower) ? Effect::better : Effect::worse;
}

PairedChange judged(const Gathered& figure) {
  PairedChange change;
  change.name = figure.of.name;
  change.unit = figure.of.unit;
  change.pairs = figure.differences.size();
  change.only_base = figure.gone.size();
  change.only_changed = figure.appeared.size();
  if (change.pairs == 0) {
    change.base = mean_of(figure.gone);
    change.changed = mean_of(figure.appeared);
    change.half_interval = std::numeric_limits<double>::infinity();
  } else {
    const MeanInterval interval = paired_interval(figure.differences);
    change.base = mean_of(figure.base);
    change.mean_difference = interval.mean;
    change.half_interval = interval.half;
    change.changed = change.base + interval.mean;
  }
  change.effect = effect_of(change, figure.of.better);
  return change;
}

int urgency(const PairedChange& change) {
  switch (change.effect) {
    case Effect::worse:
      return 0;
    case Effect::disappeared:
      return 1;
    case Effect::appeared:
      return 2;
    case Effect::other:
      return 3;
    case Effect::better:
      return 4;
    case Effect::same:
      break;
  }
  return 5;
}

/// "-12 % (-14 % to -10 %)", or in the figure's own unit where the base is zero.
std::string change_text(const PairedChange& change) {
  if (const std::size_t lone = change.only_base + change.only_changed; lone > 0) {
    return fmt::format("{}{}{} of {} pairs",
                       change.only_base > 0 ? fmt::format("gone in {}", change.only_base) : "",
                       change.only_base > 0 && change.only_changed > 0 ? ", " : "",
                       change.only_changed > 0 ? fmt::format("new in {}", change.only_changed) : "",
                       lone + change.pairs);
  }
  const double low = change.mean_difference - change.half_interval;
  const double high = change.mean_difference + change.half_interval;
  if (!std::isfinite(low)) {
    return change.relative() ? format_margin(*change.relative()) : "";
  }
  if (change.base == 0) {
    return fmt::format("{} ({} to {})", format_value(change.mean_difference, change.unit),
                       format_value(low, change.unit), format_value(high, change.unit));
  }
  const double scale = std::abs(change.base);
  return fmt::format("{} ({} to {})", format_margin(change.mean_difference / scale),
                     format_margin(low / scale), format_margin(high / scale));
}

std::string row(const PairedChange& change, std::size_t columns, bool ascii) {
  const auto cell = [&](double mean, std::size_t runs) {
    return padded(runs > 0 ? format_value(mean, change.unit) : "-", 12, ascii);
  };
  return fmt::format(
      "{} {} {} {} {}\n", padded(change.name, columns, ascii),
      cell(change.base, change.pairs + (change.pairs == 0 ? change.only_base : 0)),
      cell(change.changed, change.pairs + (change.pairs == 0 ? change.only_changed : 0)),
      padded(change_text(change), 28, ascii), effect_word(change.effect));
}

std::string relation(const SeedComparison& it) {
  std::string text =
      fmt::format("{} pairs of the same seed, {}; {} of them identical", it.seeds.size(),
                  it.same_scenario ? "of the same scenario" : "of two scenarios", it.identical);
  if (it.only_base + it.only_changed > 0) {
    text += fmt::format("; left out for want of a partner: {} of the base, {} of the new",
                        it.only_base, it.only_changed);
  }
  if (it.failed_base + it.failed_changed > 0) {
    text += fmt::format("; not passed: {} before, {} now", it.failed_base, it.failed_changed);
  }
  return text + "\n";
}

}  // namespace

std::optional<double> PairedChange::relative() const {
  return base == 0 ? std::nullopt : std::optional(mean_difference / std::abs(base));
}

MeanInterval paired_interval(std::span<const double> differences) {
  const auto count = static_cast<double>(differences.size());
  double sum = 0;
  for (const double it : differences) {
    sum += it;
  }
  MeanInterval interval{sum / count, std::numeric_limits<double>::infinity()};
  if (differences.size() > 1) {
    double squares = 0;
    for (const double it : differences) {
      squares += (it - interval.mean) * (it - interval.mean);
    }
    interval.half = t_quantile(differences.size() - 1) * std::sqrt(squares / (count - 1) / count);
  }
  return interval;
}

Result<SeedComparison> compare_seeds(std::span<const RunResult> base,
                                     std::span<const RunResult> changed) {
  const Result<BySeed> before = by_seed(base, "the base");
  const Result<BySeed> after = by_seed(changed, "the new set");
  if (!before || !after) {
    return tl::unexpected<Error>(!before ? before.error() : after.error());
  }
  SeedComparison comparison;
  std::vector<Gathered> figures;
  for (const auto& [seed, old] : *before) {
    const auto now = after->find(seed);
    if (now == after->end()) {
      continue;
    }
    comparison.seeds.push_back(seed);
    const Comparison pair = compare(*old, *now->second);
    comparison.same_scenario = pair.same_scenario;
    comparison.identical += pair.identical ? 1 : 0;
    comparison.failed_base += old->verdict != Verdict::pass ? 1 : 0;
    comparison.failed_changed += now->second->verdict != Verdict::pass ? 1 : 0;
    gather(*old, *now->second, figures);
  }
  if (comparison.seeds.empty()) {
    return fail("no seed is in both sets");
  }
  comparison.only_base = before->size() - comparison.seeds.size();
  comparison.only_changed = after->size() - comparison.seeds.size();
  for (const Gathered& figure : figures) {
    comparison.changes.push_back(judged(figure));
  }
  return comparison;
}

std::string seed_comparison_text(const SeedComparison& comparison, const Style& style) {
  std::string text = relation(comparison);
  std::vector<PairedChange> changes = comparison.changes;
  std::ranges::stable_sort(changes, {}, urgency);
  const auto same = std::ranges::find(changes, Effect::same, &PairedChange::effect);
  std::size_t columns = std::string_view("metric").size();
  for (auto change = changes.begin(); change != same; ++change) {
    columns = std::max(columns, column_count(printable(change->name, style.ascii)));
  }
  columns = std::min(columns, static_cast<std::size_t>(std::max(style.width, 60)) / 2);
  if (same != changes.begin()) {
    text += fmt::format("{} {} {} {} effect\n", padded("metric", columns), padded("base", 12),
                        padded("new", 12), padded("change (99 % interval)", 28));
  }
  for (auto change = changes.begin(); change != same; ++change) {
    text += row(*change, columns, style.ascii);
  }
  return text +
         (comparison.seeds.size() < kLeastPairs
              ? fmt::format("fewer than {} pairs: nothing tells change from chance\n", kLeastPairs)
              : fmt::format("{} of {} metrics did not move by more than chance and {}\n",
                            changes.end() - same, changes.size(),
                            format_percent(kNegligibleChange)));
}

std::string seed_comparison_json(const SeedComparison& comparison) {
  Json changes = Json::array();
  for (const PairedChange& it : comparison.changes) {
    const auto bound = [](double value) {
      return std::isfinite(value) ? Json(value) : Json(nullptr);
    };
    changes.push_back({{"name", it.name},
                       {"unit", it.unit},
                       {"pairs", it.pairs},
                       {"only_base", it.only_base},
                       {"only_new", it.only_changed},
                       {"base", it.base},
                       {"new", it.changed},
                       {"difference", it.mean_difference},
                       {"interval",
                        {bound(it.mean_difference - it.half_interval),
                         bound(it.mean_difference + it.half_interval)}},
                       {"relative", it.relative() ? Json(*it.relative()) : Json(nullptr)},
                       {"effect", effect_word(it.effect)}});
  }
  const Json document = {
      {"seeds", comparison.seeds},
      {"only_base", comparison.only_base},
      {"only_new", comparison.only_changed},
      {"identical", comparison.identical},
      {"same_scenario", comparison.same_scenario},
      {"not_passed", {{"base", comparison.failed_base}, {"new", comparison.failed_changed}}},
      {"statistic", "Student's t over paired differences"},
      {"confidence", kConfidence},
      {"changes", std::move(changes)}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace wavetank::reports
