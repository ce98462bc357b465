#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "reports/explain.h"
#include "reports/format_units.h"
#include "reports/html/blocks.h"
#include "reports/html/time_axis.h"
#include "reports/printable.h"
#include "reports/verdict.h"
#include "scenarios/slo.h"

namespace wavetank::reports::html {

namespace {

constexpr double kTop = 30;
constexpr double kBottom = 270;
constexpr double kHeight = kBottom + kTimeAxisHeight;

/// Percentiles are spaced by 1/(1 - p), so that every nine takes the same room (Gil Tene's
/// percentile plots).
double rarity(double quantile) {
  return 1 / (1 - quantile);
}

struct Curve {
  const char* style;
  const char* name;
  const std::vector<CurvePoint>* points;
};

std::vector<Curve> curves_of(const RunResult& result, const RunResult* baseline) {
  std::vector<Curve> curves;
  for (const LatencyCurve& curve : result.curves) {
    if (!curve.points.empty()) {
      const char* which = curve.phase ? name(*curve.phase) : "whole";
      curves.push_back({which, which, &curve.points});
    }
  }
  if (!result.naive_curve.points.empty()) {
    curves.push_back({"naive", "naive: from the actual send", &result.naive_curve.points});
  }
  if (baseline != nullptr) {
    const auto whole =
        std::ranges::find(baseline->curves, std::optional<Phase>(), &LatencyCurve::phase);
    if (whole != baseline->curves.end() && !whole->points.empty()) {
      curves.push_back({"baseline", "baseline, whole", &whole->points});
    }
  }
  return curves;
}

Markup line(const Curve& curve, const Scale& x, const Scale& y) {
  std::string path;
  for (const CurvePoint& point : *curve.points) {
    path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", x(rarity(point.quantile)),
                        y(std::max(point.latency, nanoseconds(1)).seconds()));
  }
  return markup("<path class=\"line curve-{}\" d=\"{}\"/>", curve.style, Markup::trusted(path));
}

Markup axes(const Scale& x, const Scale& y, const std::vector<double>& powers, double most) {
  Markup out;
  for (const double power : powers) {
    out += markup(
        "<path class=\"grid\" d=\"M{0} {1:.1f}H{2}\"/>"
        "<text class=\"level\" x=\"{3}\" y=\"{4:.1f}\">{5}</text>",
        kPlotLeft, y(power), kPlotRight, kPlotLeft - 6, y(power) + 4, format_value(power, "s"));
  }
  const std::vector<std::pair<double, const char*>> names{
      {1, "p0"},      {2, "p50"},      {10, "p90"},      {100, "p99"},
      {1e3, "p99.9"}, {1e4, "p99.99"}, {1e5, "p99.999"}, {1e6, "p99.9999"}};
  for (const auto& [at, name] : names) {
    if (at <= most) {
      out += markup(
          "<path class=\"grid\" d=\"M{0:.1f} {1}V{2}\"/>"
          "<text class=\"time\" x=\"{0:.1f}\" y=\"{3}\">{4}</text>",
          x(at), kTop, kBottom, kBottom + 18, name);
    }
  }
  return out;
}

Markup legend(const std::vector<Curve>& curves) {
  Markup out;
  double x = kPlotLeft;
  for (const Curve& curve : curves) {
    out += markup(
        "<path class=\"line curve-{0}\" d=\"M{1:.1f} 14h20\"/><text x=\"{2:.1f}\" "
        "y=\"18\">{3}</text>",
        curve.style, x, x + 25, curve.name);
    x += 45 + text_width(curve.name);
  }
  return out;
}

bool is_within(const Scale& scale, double value) {
  return value >= scale.values().least && value <= scale.values().most;
}

/// Of very many objectives; their cards have the others, and all that they say.
constexpr std::size_t kMostLimits = 20;
constexpr std::size_t kNameColumns = 120;

/// The limits of objectives on percentiles of the end-to-end latency, where they stand; of those
/// that lie beyond the drawing, the texts.
struct Limits {
  Markup marks;
  std::vector<std::string> beyond;
};
Limits limits(const RunResult& result, const Scale& x, const Scale& y) {
  Limits found;
  std::size_t drawn = 0;
  for (const SloReport& slo : result.slos) {
    const auto parsed = scenarios::parse_slo(slo.expr);
    if (!parsed || parsed->metric->name != "e2e" || !slo.limit || !(*slo.limit > 0) ||
        parsed->aggregate != scenarios::Aggregate::percentile) {
      continue;
    }
    const double rare = rarity(parsed->percentile / 100);
    if (!is_within(x, rare) || !is_within(y, *slo.limit)) {
      found.beyond.push_back(cut_to(printable(slo.expr), kNameColumns));
      continue;
    }
    if (++drawn > kMostLimits) {
      continue;
    }
    const double across = x(rare);
    const double up = y(*slo.limit);
    found.marks += markup(
        "<path class=\"limit-mark {}\" d=\"M{:.1f} {:.1f}l6 -6l6 6l-6 "
        "6z\"><title>{}</title></path>",
        !slo.ok   ? "unknown"
        : *slo.ok ? "pass"
                  : "fail",
        across - 6, up, cut_to(printable(slo.expr), kNameColumns));
  }
  return found;
}

std::string listed(std::vector<std::string> names) {
  const std::size_t more = names.size() - std::min(names.size(), kMostLimits);
  names.resize(names.size() - more);
  return fmt::format("{}{}", fmt::join(names, ", "),
                     more == 0 ? "" : fmt::format(", and {} more", more));
}

/// What a client would have reported that does not count what it held back itself.
Markup omission(const RunResult& result) {
  const Tail* whole = find_tail(result, std::nullopt, 0.99);
  const auto& naive = result.naive_curve.points;
  const auto p99 =
      std::ranges::find_if(naive, [](const CurvePoint& p) { return p.quantile > 0.98999; });
  if (whole == nullptr || p99 == naive.end()) {
    return {};
  }
  const double blind = 1 - p99->latency.seconds() / whole->latency.seconds();
  constexpr double kWorthSaying = 0.02;
  if (blind < kWorthSaying) {
    return markup(
        " A client that starts its clock when it manages to send would report the same p99.");
  }
  return markup(
      " A client that starts its clock when it manages to send, and not when it should have, would "
      "report a p99 that is lower by {} (coordinated omission).",
      format_percent(blind));
}

}  // namespace

Markup percentile_curve(const RunResult& result, const RunResult* baseline) {
  const std::vector<Curve> curves = curves_of(result, baseline);
  if (curves.empty()) {
    return {};
  }
  double most_rare = 10;
  Duration least = Duration(std::numeric_limits<std::int64_t>::max());
  Duration most = nanoseconds(2);
  for (const Curve& curve : curves) {
    most_rare = std::max(most_rare, rarity(curve.points->back().quantile));
    least = std::min(least, curve.points->front().latency);
    most = std::max(most, curve.points->back().latency);
  }
  const std::vector<double> powers =
      decades(std::max(least, nanoseconds(1)).seconds(), most.seconds());
  const Scale x = Scale::logarithmic({1, most_rare}, {kPlotLeft, kPlotRight});
  const Scale y = Scale::logarithmic({powers.front(), powers.back()}, {kBottom, kTop});
  Markup drawing = axes(x, y, powers, most_rare);
  drawing += legend(curves);
  for (const Curve& curve : curves) {
    drawing += line(curve, x, y);
  }
  const Limits drawn = limits(result, x, y);
  drawing += drawn.marks;
  const std::string beyond =
      drawn.beyond.empty() ? "" : fmt::format(" Beyond the drawing: {}.", listed(drawn.beyond));
  return markup(
      "<section>\n<h2>The shape of the tail</h2>\n<p>End-to-end latency at ever finer percentiles, "
      "in the whole run and in each phase; diamonds are the limits of objectives.{}{}</p>\n<div "
      "class=\"chart\"><svg viewBox=\"0 0 {} {}\" "
      "role=\"img\" aria-label=\"End-to-end latency by percentile; the table of metrics has the "
      "numbers\">{}</svg></div>\n</section>\n",
      beyond, omission(result), kChartWidth, kHeight, drawing);
}

}  // namespace wavetank::reports::html
