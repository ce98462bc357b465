#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "reports/format_units.h"
#include "reports/html/blocks.h"
#include "reports/html/scale.h"
#include "reports/html/time_axis.h"
#include "reports/printable.h"
#include "reports/summary_parts.h"

namespace wavetank::reports::html {

namespace {

constexpr double kHeadHeight = 26;  ///< the names of faults
constexpr double kStripGap = 30;    ///< a strip's own name and legend
constexpr double kLatencyHeight = 170;
constexpr double kLagHeight = 80;
constexpr double kRateHeight = 80;
constexpr double kLatencyTop = kHeadHeight + kStripGap;
constexpr double kLagTop = kLatencyTop + kLatencyHeight + kStripGap;
constexpr double kRateTop = kLagTop + kLagHeight + kStripGap;
constexpr double kBottom = kRateTop + kRateHeight;
constexpr double kHeight = kBottom + kTimeAxisHeight;
constexpr std::size_t kMaxLimitsDrawn = 20;
constexpr std::size_t kMaxLimitsNamed = 3;
constexpr std::size_t kLimitColumns = 60;  ///< of such a name
constexpr double kLabelHeight = 13;

using ValueOf = std::function<std::optional<double>(const SeriesPoint&)>;

/// Points over time, drawn in steps: a point holds until the next. Where there is no value the line
/// has a gap.
class Steps {
 public:
  Steps(const RunResult& result, const Scale& x) : result_(result), x_(x) {}

  [[nodiscard]] std::string line(const ValueOf& value, const Scale& y) const {
    std::string path;
    bool drawing = false;
    for (std::size_t i = 0; i < result_.series.size(); ++i) {
      const std::optional<double> v = value(result_.series[i]);
      if (v) {
        path +=
            drawing ? fmt::format("V{:.1f}", y(*v)) : fmt::format("M{:.1f} {:.1f}", from(i), y(*v));
        path += fmt::format("H{:.1f}", to(i));
      }
      drawing = v.has_value();
    }
    return path;
  }

  /// The area between the line and the foot of the strip.
  [[nodiscard]] std::string area(const ValueOf& value, const Scale& y) const {
    std::string path = fmt::format("M{:.1f} {:.1f}", x_.place().from, y.place().from);
    for (std::size_t i = 0; i < result_.series.size(); ++i) {
      path += fmt::format("V{:.1f}H{:.1f}", y(value(result_.series[i]).value_or(0)), to(i));
    }
    return path + fmt::format("V{:.1f}Z", y.place().from);
  }

 private:
  [[nodiscard]] double from(std::size_t i) const { return x_(result_.series[i].at.seconds()); }
  [[nodiscard]] double to(std::size_t i) const {
    return i + 1 < result_.series.size() ? from(i + 1) : x_.place().to;
  }

  const RunResult& result_;
  const Scale& x_;
};

struct LegendEntry {
  const char* line;  ///< the line's class in the style sheet
  const char* name;
};

/// The name of a strip, and its lines with their names.
Markup legend(double top, const char* title, const std::vector<LegendEntry>& entries) {
  Markup out =
      markup("<text class=\"strip\" x=\"{}\" y=\"{}\">{}</text>", kPlotLeft, top - 9, title);
  double x = kPlotLeft + 14 + bold_width(title);
  for (const LegendEntry& entry : entries) {
    out += markup(
        "<path class=\"line {0}\" d=\"M{1:.1f} {2}h20\"/><text x=\"{3:.1f}\" y=\"{4}\">{5}</text>",
        entry.line, x, top - 13, x + 25, top - 9, entry.name);
    x += 40 + text_width(entry.name);
  }
  return out;
}

Markup level(const Scale& x, double y, const std::string& label) {
  return markup(
      "<path class=\"grid\" d=\"M{0} {1:.1f}H{2}\"/>"
      "<text class=\"level\" x=\"{3}\" y=\"{4:.1f}\">{5}</text>",
      x.place().from, y, x.place().to, x.place().from - 6, y + 4, label);
}

/// The limits of end-to-end objectives, as lines across the latency strip.
Markup limits(const RunResult& result, const Scale& x, const Scale& y) {
  Markup out;
  std::vector<double> taken;
  std::size_t drawn = 0;
  for (const SloReport& slo : worst_first(result.slos)) {
    const bool shown = slo.expr.starts_with("e2e.") && slo.limit && slo.unit == "s" &&
                       *slo.limit >= y.values().least && *slo.limit <= y.values().most;
    if (!shown || taken.size() == kMaxLimitsNamed || ++drawn > kMaxLimitsDrawn) {
      continue;
    }
    const std::string name = cut_to(printable(slo.expr), kLimitColumns);
    const double at = y(*slo.limit);
    out += markup("<path class=\"objective-limit\" d=\"M{} {:.1f}H{}\"><title>{}</title></path>",
                  x.place().from, at, x.place().to, name);
    const bool free = std::ranges::all_of(
        taken, [&](double other) { return std::abs(other - at) >= kLabelHeight; });
    if (free) {
      out += markup("<text class=\"limit-name\" x=\"{}\" y=\"{:.1f}\">{}</text>", x.place().to - 4,
                    at - 4, name);
      taken.push_back(at);
    }
  }
  return out;
}

std::optional<double> if_any(const SeriesPoint& point, Duration value) {
  return point.count > 0 ? std::optional(std::max(value, nanoseconds(1)).seconds()) : std::nullopt;
}

Markup latency_strip(const RunResult& result, const Scale& x) {
  Duration least = Duration(std::numeric_limits<std::int64_t>::max());
  Duration most;
  for (const SeriesPoint& point : result.series) {
    if (point.count > 0) {
      least = std::min(least, std::max(point.e2e_p50, nanoseconds(1)));
      most = std::max(most, point.e2e_max);
    }
  }
  if (most <= Duration()) {
    return {};
  }
  const std::vector<double> powers = decades(least.seconds(), most.seconds());
  const Scale y = Scale::logarithmic({powers.front(), powers.back()},
                                     {kLatencyTop + kLatencyHeight, kLatencyTop});
  Markup out = time_grid(x, {kLatencyTop, kLatencyTop + kLatencyHeight});
  out += legend(kLatencyTop, "end-to-end latency, log scale",
                {{"p50", "p50"}, {"p99", "p99"}, {"worst", "max"}});
  for (const double power : powers) {
    out += level(x, y(power), format_value(power, "s"));
  }
  const Steps steps(result, x);
  const auto line = [&](const char* name, const ValueOf& value) {
    out +=
        markup("<path class=\"line {}\" d=\"{}\"/>", name, Markup::trusted(steps.line(value, y)));
  };
  line("worst", [](const SeriesPoint& p) { return if_any(p, p.e2e_max); });
  line("p99", [](const SeriesPoint& p) { return if_any(p, p.e2e_p99); });
  line("p50", [](const SeriesPoint& p) { return if_any(p, p.e2e_p50); });
  return out += limits(result, x, y);
}

Markup lag_strip(const RunResult& result, const Scale& x) {
  double most = 1;
  for (const SeriesPoint& point : result.series) {
    most = std::max(most, static_cast<double>(point.lag_records));
  }
  const std::vector<double> levels = round_steps(most, 2);
  const Scale y = Scale::linear({0, levels.back()}, {kLagTop + kLagHeight, kLagTop});
  Markup out = time_grid(x, {kLagTop, kLagTop + kLagHeight});
  out += legend(kLagTop, "lag, records produced and not yet delivered", {});
  for (const double at : levels) {
    out += level(x, y(at), format_count(at));
  }
  const ValueOf lag = [](const SeriesPoint& p) { return static_cast<double>(p.lag_records); };
  const Steps steps(result, x);
  return out += markup("<path class=\"area lag\" d=\"{}\"/><path class=\"line lag\" d=\"{}\"/>",
                       Markup::trusted(steps.area(lag, y)), Markup::trusted(steps.line(lag, y)));
}

Markup rate_strip(const RunResult& result, const Scale& x) {
  double most = 1;
  for (const SeriesPoint& point : result.series) {
    most = std::max({most, point.in_per_s, point.out_per_s});
  }
  const std::vector<double> levels = round_steps(most, 2);
  const Scale y = Scale::linear({0, levels.back()}, {kRateTop + kRateHeight, kRateTop});
  Markup out = time_grid(x, {kRateTop, kBottom});
  out += legend(kRateTop, "records a second", {{"in", "produced"}, {"out", "delivered"}});
  for (const double at : levels) {
    out += level(x, y(at), format_rate(at));
  }
  const Steps steps(result, x);
  const ValueOf in = [](const SeriesPoint& p) { return p.in_per_s; };
  const ValueOf delivered = [](const SeriesPoint& p) { return p.out_per_s; };
  return out +=
         markup("<path class=\"line in\" d=\"{}\"/><path class=\"line out\" d=\"{}\"/>",
                Markup::trusted(steps.line(in, y)), Markup::trusted(steps.line(delivered, y)));
}

std::string description(const RunResult& result) {
  return fmt::format("Latency, lag and rates from 0 s to {}, with {} faults marked as bands.",
                     format_time(result.ended_at), result.faults.size());
}

}  // namespace

Markup timeline(const RunResult& result) {
  if (result.series.size() < 2) {
    return {};
  }
  const Scale x = time_scale(result);
  Markup drawing = fault_bands(result, x, {kHeadHeight, kBottom});
  drawing += latency_strip(result, x);
  drawing += lag_strip(result, x);
  drawing += rate_strip(result, x);
  drawing += times(x, kBottom);
  return markup(
      "<section>\n<h2>What happened</h2>\n<div class=\"chart\"><svg id=\"timeline\" "
      "viewBox=\"0 0 {0} {1}\" role=\"img\" tabindex=\"0\" data-left=\"{2}\" data-right=\"{3}\" "
      "data-end=\"{4}\" aria-labelledby=\"timeline-title timeline-text\">"
      "<title id=\"timeline-title\">What happened over time</title>"
      "<desc id=\"timeline-text\">{5}</desc>\n{6}"
      "<path id=\"cursor\" class=\"cursor\" d=\"M0 {7}V{8}\" visibility=\"hidden\"/></svg></div>\n"
      "<output id=\"readout\" for=\"timeline\" hidden></output>\n</section>\n",
      kChartWidth, kHeight, x.place().from, x.place().to, x.values().most, description(result),
      drawing, kHeadHeight, kBottom);
}

}  // namespace wavetank::reports::html
