#include "reports/study/capacity.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "reports/format_units.h"
#include "reports/html/scale.h"
#include "reports/html/time_axis.h"
#include "reports/printable.h"
#include "reports/study/sustained.h"
#include "reports/study/value_chart.h"

namespace wavetank::reports {

namespace {

using html::markup;
using html::Markup;
using Json = nlohmann::ordered_json;

std::string shown(double value, const CapacityReport& report) {
  switch (report.range.dimension) {
    case scenarios::Dimension::duration:
      return format_value(value, "ns");
    case scenarios::Dimension::bytes:
      return format_value(value, "B");
    case scenarios::Dimension::rate:
      return format_rate(value);
    case scenarios::Dimension::bandwidth:
      return format_count(value) + "bps";
    case scenarios::Dimension::count:
      break;
  }
  return format_count(value);
}

std::string shown(const Estimate& estimate, const CapacityReport& report) {
  const std::string value = shown(estimate.value, report);
  return estimate.high
             ? fmt::format("{} ± {}", value, shown(*estimate.high - estimate.value, report))
             : value;
}

/// Of the first seed, on either side of the boundary.
std::string bracket_of(const CapacityPoint& point, const CapacityReport& report) {
  const SeedBracket& first = point.seeds.front();
  const auto side = [&](const std::optional<double>& value) {
    return value ? shown(*value, report) : "-";
  };
  return fmt::format("{} holds, {} does not", side(first.holds), side(first.breaks));
}

TextTable rows_of(const CapacityReport& report) {
  TextTable table;
  table.head = {report.range.path, "between", "beyond it", "bound by"};
  table.last_words = 3;
  for (const CapacityPoint& point : report.points) {
    table.rows.push_back({point.value ? shown(*point.value, report) : "not bracketed",
                          bracket_of(point, report), point.why, point.bound_by});
    if (!report.by.empty()) {
      table.rows.back().insert(table.rows.back().begin(), point.by);
    }
  }
  if (!report.by.empty()) {
    table.head.insert(table.head.begin(), report.by);
    table.first_number = 1;
  }
  return table;
}

std::string headline(const CapacityReport& report) {
  const CapacityPoint& point = report.points.front();
  if (!point.value) {
    return point.widen;
  }
  const double beyond = point.seeds.front().breaks.value_or(0);
  const std::string text =
      fmt::format("{} {} {}: at {} {}", report.range.path,
                  report.metric == CapacityMetric::capacity ? "up to" : "from",
                  shown(*point.value, report), shown(beyond, report), point.why);
  return text + (point.bound_by.empty() ? "" : "; bound by " + point.bound_by);
}

std::string how(const CapacityReport& report) {
  std::string text = fmt::format(
      "{} runs of {:g} s, measured from {:g} s on, {}; searched to within {:g} %", report.probes(),
      report.duration.seconds(), report.warmup.seconds(),
      report.keeps_faults ? "with their faults" : "without faults", report.precision * 100);
  text += report.first_seed == report.last_seed
              ? fmt::format("; seed {}", report.first_seed)
              : fmt::format("; seeds {} to {}, with the 95 % interval of the mean over them",
                            report.first_seed, report.last_seed);
  return text;
}

/// Of the greatest load that holds: with few records some percentiles are unknown.
std::vector<std::string> not_judged(const CapacityReport& report) {
  const LoadProbe* most = nullptr;
  for (const CapacityPoint& point : report.points) {
    for (const LoadProbe& probe : point.probes) {
      if (probe.holds && (most == nullptr || probe.out_per_s > most->out_per_s)) {
        most = &probe;
      }
    }
  }
  return most == nullptr ? std::vector<std::string>{} : most->not_judged;
}

std::string silent_objectives(const CapacityReport& report) {
  const std::vector<std::string> silent = not_judged(report);
  return silent.empty() ? ""
                        : fmt::format("not judged, for want of what they speak of: {}",
                                      fmt::join(silent, "; "));
}

// ---------------------------------------------------------------------------- the page

constexpr double kMapTop = 24;
constexpr double kMapBottom = 300;
constexpr double kMapHeight = kMapBottom + 52;
constexpr double kMark = 5;

/// A ring where the load held, a cross where it did not.
Markup mark_of(const LoadProbe& probe, double x, double y, const CapacityReport& report) {
  const std::string title =
      fmt::format("{}, seed {}: {}; {} came out, p99 {}", shown(probe.value, report), probe.seed,
                  probe.holds ? "holds" : probe.why, format_rate(probe.out_per_s),
                  probe.p99_ms > 0 ? format_value(probe.p99_ms, "ms") : "unknown");
  return probe.holds
             ? markup(
                   "<circle class=\"line in\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\">"
                   "<title>{}</title></circle>",
                   x, y, kMark, title)
             : markup(
                   "<path class=\"line p99\" d=\"M{0:.1f} {1:.1f}l{2} {2}m0 -{2}l-{2} {2}\">"
                   "<title>{3}</title></path>",
                   x - kMark, y - kMark, 2 * kMark, title);
}

Markup level(const html::Scale& y, double at, const std::string& label) {
  return markup(
      "<path class=\"grid\" d=\"M{0} {1:.1f}H{2}\"/><text class=\"level\" x=\"{3}\" "
      "y=\"{4:.1f}\">{5}</text>",
      html::kPlotLeft, y(at), html::kPlotRight, html::kPlotLeft - 6, y(at) + 4, label);
}

Markup axis_name(const std::string& name) {
  return markup("<text class=\"time\" x=\"{}\" y=\"{}\">{}</text>",
                (html::kPlotLeft + html::kPlotRight) / 2, kMapBottom + 40, name);
}

Markup marks_section(const char* heading, const std::string& what, const std::string& label,
                     const Markup& drawing) {
  return markup(
      "<section>\n<h2>{}</h2>\n<p>{}: a ring where all held, a cross where it did not.</p>\n<div "
      "class=\"chart\"><svg viewBox=\"0 0 {} {}\" role=\"img\" "
      "aria-label=\"{}\">{}</svg></div>\n</section>\n",
      heading, what, html::kChartWidth, kMapHeight, label, drawing);
}

/// Every run of a search over two parameters.
Markup map_of(const CapacityReport& report) {
  const double last = static_cast<double>(report.points.size()) - 1;
  const html::Scale x =
      html::Scale::linear({-0.5, last + 0.5}, {html::kPlotLeft, html::kPlotRight});
  const std::vector<double> levels = html::decades(report.range.from, report.range.to);
  const html::Scale y =
      html::Scale::logarithmic({levels.front(), levels.back()}, {kMapBottom, kMapTop});
  Markup drawing;
  for (const double at : levels) {
    drawing += level(y, at, shown(at, report));
  }
  std::vector<std::string> labels;
  for (std::size_t i = 0; i < report.points.size(); ++i) {
    for (const LoadProbe& probe : report.points[i].probes) {
      drawing += mark_of(probe, x(static_cast<double>(i)), y(probe.value), report);
    }
    labels.push_back(report.points[i].by);
  }
  drawing += value_labels(labels, x, kMapBottom);
  drawing += axis_name(report.by);
  return marks_section("What was tried", "Each run of " + report.range.path,
                       fmt::format("Runs by {} and {}", report.by, report.range.path), drawing);
}

/// The decades that enclose what the probes gave; nothing if they gave nothing.
template <class ValueOf>
std::vector<double> decades_of(const std::vector<LoadProbe>& probes, ValueOf&& value) {
  double least = 0;
  double most = 0;
  for (const LoadProbe& probe : probes) {
    const double it = value(probe);
    least = it > 0 && (least == 0 || it < least) ? it : least;
    most = std::max(most, it);
  }
  return most > 0 ? html::decades(least, most) : std::vector<double>{};
}

/// Every run of a search over one parameter: how the latency bends where it can carry no more. What
/// delivered nothing stands at the top.
Markup bend_of(const CapacityReport& report) {
  const std::vector<LoadProbe>& probes = report.points.front().probes;
  const auto latency = [](const LoadProbe& probe) { return probe.p99_ms; };
  const std::vector<double> levels = decades_of(probes, latency);
  const std::vector<double> loads =
      decades_of(probes, [](const LoadProbe& probe) { return probe.value; });
  if (levels.empty() || loads.empty()) {
    return {};
  }
  const html::Scale x = html::Scale::logarithmic({loads.front(), loads.back()},
                                                 {html::kPlotLeft + 10, html::kPlotRight - 30});
  const html::Scale y =
      html::Scale::logarithmic({levels.front(), levels.back()}, {kMapBottom, kMapTop});
  Markup drawing;
  for (const double at : levels) {
    drawing += level(y, at, format_value(at, "ms"));
  }
  for (const double at : loads) {
    drawing += markup(
        "<path class=\"grid\" d=\"M{0:.1f} {1}V{2}\"/><text class=\"time\" x=\"{0:.1f}\" "
        "y=\"{3}\">{4}</text>",
        x(at), kMapTop, kMapBottom, kMapBottom + 18, shown(at, report));
  }
  for (const LoadProbe& probe : probes) {
    const double height = probe.p99_ms > 0 ? y(probe.p99_ms) : kMapTop;
    drawing += mark_of(probe, x(probe.value), height, report);
  }
  drawing += axis_name(report.range.path);
  return marks_section("Where it bends", "p99 end to end of each run",
                       "p99 end to end by " + report.range.path, drawing);
}

Markup curve_of(const CapacityReport& report) {
  if (report.points.size() < 2) {
    return {};
  }
  const bool is_rate = report.range.dimension == scenarios::Dimension::rate;
  ValueChart chart{report.metric == CapacityMetric::capacity ? "the greatest that holds"
                                                             : "the least that holds",
                   is_rate ? "records/s" : "",
                   report.by,
                   {},
                   {{report.range.path, {}}},
                   false};
  for (const CapacityPoint& point : report.points) {
    chart.labels.push_back(point.by);
    chart.series.front().values.push_back(point.value);
  }
  return markup("<section>\n<h2>{} over {}</h2>\n{}</section>\n", report.range.path, report.by,
                draw(chart));
}

// ---------------------------------------------------------------------------- JSON

template <class T>
Json maybe(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json json_of(const CapacityPoint& point) {
  Json seeds = Json::array();
  for (const SeedBracket& it : point.seeds) {
    seeds.push_back({{"seed", it.seed}, {"holds", maybe(it.holds)}, {"breaks", maybe(it.breaks)}});
  }
  Json probes = Json::array();
  for (const LoadProbe& it : point.probes) {
    probes.push_back({{"value", it.value},
                      {"seed", it.seed},
                      {"holds", it.holds},
                      {"why", it.why},
                      {"bound_by", it.bound_by},
                      {"p50_ms", it.p50_ms},
                      {"p99_ms", it.p99_ms},
                      {"out_per_s", it.out_per_s}});
  }
  Json value = nullptr;
  if (point.value) {
    value = {{"value", point.value->value},
             {"low", maybe(point.value->low)},
             {"high", maybe(point.value->high)}};
  }
  return {{"by", point.by},
          {"value", std::move(value)},
          {"why", point.why},
          {"bound_by", point.bound_by},
          {"widen", point.widen},
          {"seeds", std::move(seeds)},
          {"probes", std::move(probes)}};
}

}  // namespace

const char* name(CapacityMetric metric) {
  return metric == CapacityMetric::capacity ? "capacity" : "demand";
}

bool CapacityReport::is_bracketed() const {
  return std::ranges::all_of(points, [](const CapacityPoint& it) { return it.value.has_value(); });
}

bool CapacityReport::is_unsound() const {
  return std::ranges::any_of(points, [](const CapacityPoint& point) {
    return std::ranges::any_of(point.probes, &LoadProbe::is_unsound);
  });
}

std::uint64_t CapacityReport::probes() const {
  std::uint64_t count = 0;
  for (const CapacityPoint& point : points) {
    count += point.probes.size();
  }
  return count;
}

namespace {

/// What a seed's search has tried on the side that it went to, and whether that is where the range
/// ends. A search of many doublings may stop before.
struct Reach {
  std::uint64_t runs = 0;
  double value = 0;
  bool is_bound = false;
};
Reach reach_of(const CapacityPoint& point, std::uint64_t seed, double bound, bool upwards) {
  Reach reach;
  for (const LoadProbe& probe : point.probes) {
    if (probe.seed == seed) {
      const bool is_farther = upwards ? probe.value > reach.value : probe.value < reach.value;
      reach.value = reach.runs == 0 || is_farther ? probe.value : reach.value;
      ++reach.runs;
    }
  }
  reach.is_bound = std::abs(reach.value - bound) <= 1e-9 * std::abs(bound);
  return reach;
}

/// Where the search has left the range, and what to do about it.
std::string what_to_widen(const CapacityPoint& point, const SeedBracket& seed,
                          const CapacityReport& report) {
  const bool raise = seed.holds.has_value() == (report.metric == CapacityMetric::capacity);
  const auto text = [&](double value) {
    return scenarios::to_text({value, report.range.dimension});
  };
  const double bound = raise ? report.range.to : report.range.from;
  const Reach reach = reach_of(point, seed.seed, bound, raise);
  const std::string at = point.by.empty() ? "" : fmt::format("at {} = {}, ", report.by, point.by);
  const char* does = seed.holds ? "still holds" : "does not hold";
  if (!reach.is_bound && reach.runs > 0) {
    return fmt::format(
        "{}{} = {} {}: not bracketed, for the search stopped there after {} run{}; {} the range",
        at, report.range.path, text(reach.value), does, reach.runs, reach.runs == 1 ? "" : "s",
        raise ? "raise the start of" : "lower the end of");
  }
  return fmt::format("{}{} = {} {}: not bracketed; {} the range ({}={}..{})", at, report.range.path,
                     text(bound), does, raise ? "raise the end of" : "lower the start of",
                     report.range.path, text(report.range.from), text(report.range.to));
}

/// How far apart a bracket's ends are, as a share of its middle; 0 between neighbouring whole
/// numbers.
double width_of(const SeedBracket& seed, const scenarios::SearchRange& range) {
  const double width = std::abs(*seed.breaks - *seed.holds);
  return range.is_whole() && width <= 1 ? 0 : width * 2 / (*seed.breaks + *seed.holds);
}

}  // namespace

void conclude(CapacityPoint& point, const CapacityReport& report) {
  std::vector<double> values;
  double widest = 0;
  for (const SeedBracket& it : point.seeds) {
    if (it.holds && it.breaks) {
      values.push_back(*it.holds);
      widest = std::max(widest, width_of(it, report.range));
    } else if (point.widen.empty()) {
      point.widen = what_to_widen(point, it, report);
    }
  }
  if (point.widen.empty() && widest > report.precision * 1.001) {
    point.widen = fmt::format(
        "{}{} is known to within {:.2g} % only: the search stopped there; narrow the range",
        point.by.empty() ? "" : fmt::format("at {} = {}, ", report.by, point.by), report.range.path,
        widest * 100);
  }
  if (values.size() == point.seeds.size()) {
    point.value = estimate(values);
  }
  const LoadProbe* nearest = nullptr;
  for (const LoadProbe& probe : point.probes) {
    const bool is_nearer = nearest == nullptr || (report.metric == CapacityMetric::capacity
                                                      ? probe.value < nearest->value
                                                      : probe.value > nearest->value);
    if (!probe.holds && probe.seed == report.first_seed && is_nearer) {
      nearest = &probe;
    }
  }
  if (nearest != nullptr) {
    point.why = nearest->why;
    point.bound_by = nearest->bound_by;
  }
}

std::string capacity_text(const CapacityReport& report, bool ascii) {
  std::string text = printable(report.title, ascii) + "\n" + printable(headline(report), ascii) +
                     "\n\n" + aligned(rows_of(report), ascii) + "\n" + how(report) + "\n";
  if (const std::string silent = silent_objectives(report); !silent.empty()) {
    text += printable(silent, ascii) + "\n";
  }
  for (const CapacityPoint& point : report.points) {
    text += point.widen.empty() ? "" : printable(point.widen, ascii) + "\n";
  }
  return text;
}

std::string capacity_markdown(const CapacityReport& report) {
  return fmt::format("### {}\n\n{}\n\n{}\n{}\n\n{}\n", markdown_text(report.title),
                     markdown_text(headline(report)), markdown(rows_of(report)),
                     markdown_text(how(report)), markdown_text(silent_objectives(report)));
}

std::string capacity_json(const CapacityReport& report) {
  Json points = Json::array();
  for (const CapacityPoint& point : report.points) {
    points.push_back(json_of(point));
  }
  const Json document{
      {"kind", "capacity"},
      {"title", report.title},
      {"scenario_sha256", report.scenario_sha256},
      {"program_version", report.program_version},
      {"metric", name(report.metric)},
      {"vary", {{"path", report.range.path}, {"from", report.range.from}, {"to", report.range.to}}},
      {"by", report.by},
      {"first_seed", report.first_seed},
      {"last_seed", report.last_seed},
      {"precision", report.precision},
      {"duration_s", report.duration.seconds()},
      {"warmup_s", report.warmup.seconds()},
      {"faults", report.keeps_faults},
      {"not_judged", not_judged(report)},
      {"bracketed", report.is_bracketed()},
      {"runs", report.probes()},
      {"points", std::move(points)}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string capacity_page(const CapacityReport& report) {
  Markup body = markup("<h1>{}</h1>\n<p>{}</p>\n", report.title, headline(report));
  body += curve_of(report);
  body += report.points.size() == 1 ? bend_of(report) : map_of(report);
  body += markup("<section>\n<h2>In figures</h2>\n");
  body += html_table(rows_of(report));
  body += markup(
      "<p class=\"faint\">{}</p>\n<p class=\"faint\">{}</p>\n<p class=\"faint\">A value holds if "
      "no "
      "invariant is broken, nothing is refused, {:.0f} % of what is offered comes out, the backlog "
      "does not grow by {:.0f} % of it a second (Sen's slope, sure by Mann and Kendall's test), no "
      "resource is given more than it can do, and the objectives hold.</p>\n</section>\n",
      how(report), silent_objectives(report), kDeliveredMin * 100, kGrowthMax * 100);
  body += markup(
      "<section>\n<h2>Where it comes from</h2>\n<dl><dt>scenario</dt><dd><code>{}</code></dd><dt>"
      "program</dt><dd><code>{}</code></dd></dl>\n</section>\n",
      report.scenario_sha256, report.program_version);
  return study_page(report.title, body);
}

}  // namespace wavetank::reports
