#include "reports/study/sweep_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "reports/format_units.h"
#include "reports/measure.h"
#include "reports/printable.h"
#include "reports/study/sweep_seeds.h"

namespace wavetank::reports {

namespace {

using Json = nlohmann::ordered_json;

void add(Ledger& to, const Ledger& from) {
  to.produced += from.produced;
  to.acknowledged += from.acknowledged;
  to.delivered += from.delivered;
  to.dead_lettered += from.dead_lettered;
  to.in_flight += from.in_flight;
  to.refused += from.refused;
  to.lost += from.lost;
  to.duplicated += from.duplicated;
  to.expired += from.expired;
  to.skipped += from.skipped;
  to.compacted += from.compacted;
}

/// Gathers the seeds of one point.
class Gathering {
 public:
  void add_run(const SweepRun& run) {
    const RunResult& result = run.result;
    ++row.runs;
    row.passed += result.verdict == Verdict::pass ? 1 : 0;
    row.failed += result.verdict == Verdict::fail ? 1 : 0;
    if (!result.partial) {
      add_figures(result);
    }
    figure_.push_back(run.figure);
    e2e_.merge(run.e2e);
    publish_.merge(run.publish);
    add(row.ledger, result.ledger);
    row.digests.push_back(result.provenance.digest);
  }
  SweepRow finish(const std::optional<PrecisionGoal>& until) {
    if (until) {
      row.figure = precision(figure_, until->share);
    }
    row.with_latency = p99_.size();
    row.p50_ms = estimate(p50_);
    row.p99_ms = estimate(p99_);
    row.throughput_out = estimate(out_);
    row.e2e = summarise(e2e_);
    row.publish = summarise(publish_);
    for (ResourceUse& use : uses_) {
      use.mean /= static_cast<double>(row.whole);
    }
    row.fullest = fullest_resource(uses_);
    return std::move(row);
  }

  SweepRow row;

 private:
  void add_figures(const RunResult& result) {
    ++row.whole;
    if (result.metrics.e2e.all.count > 0) {
      p50_.push_back(result.metrics.e2e.all.p50.seconds() * 1e3);
      p99_.push_back(result.metrics.e2e.all.p99.seconds() * 1e3);
    }
    out_.push_back(result.metrics.throughput_out.all);
    for (const ResourceUse& use : result.utilisation.resources) {
      add_use(use);
    }
  }
  /// Seeds may find another process the busiest of its host: it is named where it was busiest.
  void add_use(const ResourceUse& use) {
    const auto known = std::ranges::find_if(uses_, [&](const ResourceUse& it) {
      return it.host == use.host && it.resource == use.resource;
    });
    if (known == uses_.end()) {
      uses_.push_back(use);
      return;
    }
    known->mean += use.mean;
    if (use.peak > known->peak) {
      known->peak = use.peak;
      known->process = use.process;
    }
  }

  std::vector<double> p50_, p99_, out_;
  std::vector<SeedValue> figure_;
  Histogram e2e_, publish_;
  std::vector<ResourceUse> uses_;  ///< means are sums until the end
};

std::string shown(const std::optional<Estimate>& estimate, const char* unit) {
  if (!estimate) {
    return "-";
  }
  const std::string value = format_value(estimate->value, unit);
  return estimate->high
             ? fmt::format("{} ± {}", value, format_value(*estimate->high - estimate->value, unit))
             : value;
}

/// " (of 2 of 3 runs)", where some have no such figure.
std::string of_runs(std::uint64_t with, const SweepRow& row) {
  return with < row.runs && with > 0 ? fmt::format(" (of {} of {} runs)", with, row.runs) : "";
}

/// What binds, if anything does; else how far what is fullest is from it.
std::string bound_by(const SweepRow& row) {
  return row.fullest.is_full || row.fullest.what.empty()
             ? row.fullest.what
             : fmt::format("nothing full, most {}", row.fullest.what);
}

std::string verdict_of(const SweepRow& row) {
  if (row.runs == row.passed) {
    return "pass";
  }
  const std::uint64_t unknown = row.runs - row.passed - row.failed;
  std::string text = row.failed == row.runs ? "fail" : "";
  if (text.empty() && row.failed > 0) {
    text = fmt::format("{} of {} fail", row.failed, row.runs);
  }
  if (unknown > 0) {
    text += fmt::format("{}{} unknown", text.empty() ? "" : ", ", unknown);
  }
  return text;
}

Json json_of(const std::optional<Estimate>& estimate) {
  if (!estimate) {
    return nullptr;
  }
  const auto maybe = [](const std::optional<double>& value) {
    return value ? Json(*value) : Json(nullptr);
  };
  return {
      {"value", estimate->value}, {"low", maybe(estimate->low)}, {"high", maybe(estimate->high)}};
}

Json json_of(const LatencySummary& latency) {
  const auto ms = [](Duration duration) { return duration.seconds() * 1e3; };
  return {{"count", latency.count},     {"p50", ms(latency.p50)}, {"p90", ms(latency.p90)},
          {"p95", ms(latency.p95)},     {"p99", ms(latency.p99)}, {"p999", ms(latency.p999)},
          {"p9999", ms(latency.p9999)}, {"max", ms(latency.max)}};
}

Json json_of(const SweepPlan& plan, const SweepRow& row) {
  Json values = Json::object();
  for (std::size_t i = 0; i < plan.axes.size(); ++i) {
    values[plan.axes[i].path] = row.values[i];
  }
  return {{"values", std::move(values)},
          {"runs", row.runs},
          {"passed", row.passed},
          {"failed", row.failed},
          {"whole", row.whole},
          {"with_latency", row.with_latency},
          {"p50_ms", json_of(row.p50_ms)},
          {"p99_ms", json_of(row.p99_ms)},
          {"throughput_out_per_s", json_of(row.throughput_out)},
          {"e2e_of_all_ms", json_of(row.e2e)},
          {"publish_of_all_ms", json_of(row.publish)},
          {"ledger",
           {{"produced", row.ledger.produced},
            {"acknowledged", row.ledger.acknowledged},
            {"delivered", row.ledger.delivered},
            {"dead_lettered", row.ledger.dead_lettered},
            {"in_flight", row.ledger.in_flight},
            {"refused", row.ledger.refused},
            {"lost", row.ledger.lost},
            {"duplicated", row.ledger.duplicated}}},
          {"bound_by", row.fullest.is_full ? Json(row.fullest.what) : Json(nullptr)},
          {"busiest", row.fullest.what},
          {"digests", row.digests}};
}

Json json_of(const Precision& it) {
  return {
      {"figure", json_of(it.estimate)}, {"with_figure", it.with_figure}, {"reached", it.reached}};
}

std::string shown(const Precision& it, const PrecisionGoal& goal) {
  const bool is_count = goal.figure.aggregate == scenarios::Aggregate::count;
  const std::string unit(is_count ? "" : scenarios::symbol(goal.figure.metric->unit));
  std::string text = shown(it.estimate, unit.c_str());
  if (it.with_figure > 0 && it.with_figure < it.seeds) {
    text += fmt::format(" (of {} of {} runs)", it.with_figure, it.seeds);
  }
  return text + (it.reached ? "" : fmt::format(", not within {:g} %", 100 * goal.share));
}

/// "12 seeds each", "5 to 40 seeds each until ...".
std::string seeds_in_words(const SweepTable& table) {
  const SweepPlan& plan = table.plan;
  if (!plan.until) {
    return plan.seeds() > 1
               ? fmt::format("{} seeds each: with the 95 % interval of the mean over them",
                             plan.seeds())
               : fmt::format("seed {}", plan.first_seed);
  }
  std::uint64_t least = plan.seeds();
  std::uint64_t most = 0;
  for (const SweepRow& row : table.rows) {
    least = std::min(least, row.runs);
    most = std::max(most, row.runs);
  }
  return fmt::format(
      "{} seeds each, of {} at most, until the 95 % interval of the mean of {} is within {:g} % "
      "of it",
      least < most ? fmt::format("{} to {}", least, most) : fmt::to_string(most), plan.seeds(),
      plan.until->figure.text, 100 * plan.until->share);
}

}  // namespace

bool SweepTable::is_precise() const {
  return std::ranges::none_of(
      rows, [](const SweepRow& row) { return row.figure && !row.figure->reached; });
}

TextTable sweep_rows(const SweepTable& table) {
  TextTable text;
  for (const scenarios::Axis& axis : table.plan.axes) {
    text.head.push_back(axis.path);
  }
  text.first_number = text.head.size();
  text.last_words = 2;
  if (table.plan.until) {
    text.head.emplace_back("seeds");
    text.head.push_back(table.plan.until->figure.text);
  }
  for (const char* column : {"p50", "p99", "out", "lost", "verdict", "bound by"}) {
    text.head.emplace_back(column);
  }
  for (const SweepRow& row : table.rows) {
    std::vector<std::string> cells = row.values;
    if (row.figure) {
      cells.push_back(fmt::to_string(row.runs));
      cells.push_back(shown(*row.figure, *table.plan.until));
    }
    const std::string of = of_runs(row.with_latency, row);
    cells.push_back(shown(row.p50_ms, "ms") + of);
    cells.push_back(shown(row.p99_ms, "ms") + of);
    cells.push_back(shown(row.throughput_out, "records/s") + of_runs(row.whole, row));
    cells.push_back(format_exact(row.ledger.lost));
    cells.push_back(verdict_of(row));
    cells.push_back(bound_by(row));
    text.rows.push_back(std::move(cells));
  }
  return text;
}

std::string sweep_sentence(const SweepTable& table) {
  const SweepPlan& plan = table.plan;
  std::string text = fmt::format("{} point{}, ", plan.points(), plan.points() == 1 ? "" : "s");
  text += seeds_in_words(table);
  if (table.runs < table.wanted) {
    text += fmt::format("; {} of {} runs", table.runs, table.wanted);
    text += plan.shard.is_whole()
                ? ""
                : fmt::format(" (shard {}/{})", plan.shard.index, plan.shard.count);
  }
  return text;
}

SweepTable tabulate(const SweepPlan& plan, const std::vector<SweepRun>& runs) {
  SweepTable table{plan, {}, runs.size(), 0, false};
  SweepPlan whole = plan;
  whole.shard = {};
  SweepSeeds seeds(whole);
  std::optional<Gathering> point;
  const auto finish = [&] {
    if (point) {
      table.rows.push_back(point->finish(plan.until));
    }
  };
  for (const SweepRun& run : runs) {
    const std::uint64_t index = plan.point_of(run.run);
    if (!point || point->row.point != index) {
      finish();
      point.emplace();
      point->row.point = index;
      point->row.values = plan.values_at(index);
    }
    point->add_run(run);
    seeds.ended(run.run, run.figure);
    table.has_broken_invariant =
        table.has_broken_invariant ||
        std::ranges::find(run.result.exit_codes, ExitCode::invariant_broken) !=
            run.result.exit_codes.end();
  }
  finish();
  table.wanted = seeds.wanted();
  return table;
}

std::string sweep_text(const SweepTable& table, bool ascii) {
  return fmt::format("{}\n{}\n\n{}", printable(table.plan.title, ascii), sweep_sentence(table),
                     aligned(sweep_rows(table), ascii));
}

std::string sweep_markdown(const SweepTable& table) {
  return fmt::format("### {}\n\n{}\n\n{}", markdown_text(table.plan.title), sweep_sentence(table),
                     markdown(sweep_rows(table)));
}

std::string sweep_json(const SweepTable& table) {
  Json points = Json::array();
  for (const SweepRow& row : table.rows) {
    points.push_back(json_of(table.plan, row));
    if (row.figure) {
      points.back()["until_ci"] = json_of(*row.figure);
    }
  }
  Json document = Json::parse(write_plan(table.plan));
  document["runs"] = table.runs;
  document["points"] = std::move(points);
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace wavetank::reports
