#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "reports/format_units.h"
#include "reports/html/blocks.h"
#include "reports/html/time_axis.h"
#include "reports/verdict.h"

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
  const char* name;
  const std::vector<CurvePoint>* points;
};

std::vector<Curve> curves_of(const RunResult& result) {
  std::vector<Curve> curves;
  for (const LatencyCurve& curve : result.curves) {
    if (!curve.points.empty()) {
      curves.push_back({curve.phase ? name(*curve.phase) : "whole", &curve.points});
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
  return markup("<path class=\"line curve-{}\" d=\"{}\"/>", curve.name, Markup::trusted(path));
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
    const std::string label = fmt::format("{}", curve.name);
    out += markup(
        "<path class=\"line curve-{0}\" d=\"M{1:.1f} 14h20\"/><text x=\"{2:.1f}\" "
        "y=\"18\">{0}</text>",
        label, x, x + 25);
    x += 45 + text_width(label);
  }
  return out;
}

}  // namespace

Markup percentile_curve(const RunResult& result) {
  const std::vector<Curve> curves = curves_of(result);
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
  return markup(
      "<section>\n<h2>The shape of the tail</h2>\n<p>End-to-end latency at ever finer percentiles, "
      "in the whole run and in each phase.</p>\n<div class=\"chart\"><svg viewBox=\"0 0 {} {}\" "
      "role=\"img\" aria-label=\"End-to-end latency by percentile; the table of metrics has the "
      "numbers\">{}</svg></div>\n</section>\n",
      kChartWidth, kHeight, drawing);
}

}  // namespace wavetank::reports::html
