#include "reports/study/value_chart.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "reports/format_units.h"
#include "reports/html/assets.h"
#include "reports/html/scale.h"
#include "reports/html/time_axis.h"
#include "reports/printable.h"
#include "reports/study/text_table.h"

namespace wavetank::reports {

namespace {

using html::markup;
using html::Markup;
using html::Scale;
using html::text_width;

constexpr double kLegendTop = 30;
constexpr double kLegendRow = 18;
constexpr double kPlotHeight = 206;
constexpr double kBelow = 52;
constexpr double kTickHalf = 4;
/// Between labels; more than they may be wider than is reckoned.
constexpr double kLabelGap = 16;
constexpr std::size_t kLabelColumns = 24;
constexpr std::size_t kNameColumns = 120;

/// Told apart by colour, by dashes, and by the shape of their points.
constexpr std::array<const char*, kMaxChartSeries> kClasses = {"p50", "p99", "lag", "out", "worst"};

struct Bounds {
  double least = std::numeric_limits<double>::max();
  double most = 0;
};

Bounds bounds_of(const ValueChart& chart) {
  Bounds bounds;
  for (const ValueSeries& series : chart.series) {
    for (const std::optional<Estimate>& value : series.values) {
      if (value) {
        bounds.most = std::max({bounds.most, value->value, value->high.value_or(0)});
        if (value->value > 0) {
          bounds.least = std::min(bounds.least, value->value);
        }
      }
    }
  }
  return bounds;
}

struct Axes {
  Scale x;
  Scale y;
  std::vector<double> levels;
};

/// `top`: of the plot, below the legend.
Axes axes_of(const ValueChart& chart, const Bounds& bounds, double top) {
  const double last = static_cast<double>(chart.labels.size()) - 1;
  const Scale x = Scale::linear({-0.3, last + 0.3}, {html::kPlotLeft, html::kPlotRight});
  if (chart.logarithmic && bounds.least <= bounds.most) {
    const std::vector<double> levels = html::decades(bounds.least, bounds.most);
    return {x, Scale::logarithmic({levels.front(), levels.back()}, {top + kPlotHeight, top}),
            levels};
  }
  const std::vector<double> levels = html::round_steps(bounds.most, 5);
  return {x, Scale::linear({0, levels.back()}, {top + kPlotHeight, top}), levels};
}

Markup grid(const ValueChart& chart, const Axes& axes, double bottom) {
  Markup out;
  for (const double level : axes.levels) {
    out += markup(
        "<path class=\"grid\" d=\"M{0} {1:.1f}H{2}\"/>"
        "<text class=\"level\" x=\"{3}\" y=\"{4:.1f}\">{5}</text>",
        html::kPlotLeft, axes.y(level), html::kPlotRight, html::kPlotLeft - 6, axes.y(level) + 4,
        format_value(level, chart.unit));
  }
  out += value_labels(chart.labels, axes.x, bottom);
  out += markup("<text class=\"time\" x=\"{}\" y=\"{}\">{}</text>",
                (html::kPlotLeft + html::kPlotRight) / 2, bottom + 40, chart.along);
  return out;
}

Markup point(double x, double y, std::size_t series, const std::string& title) {
  static constexpr std::array<const char*, kMaxChartSeries> kShapes = {
      "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0", "M-4-4h8v8h-8z", "M0-5l5 9h-10z", "M0-5l5 5l-5 5l-5-5z",
      "M-4-4l8 8M-4 4l8-8"};
  return markup(
      "<path class=\"line {0}\" transform=\"translate({1:.1f} {2:.1f})\" d=\"{3}\"><title>{4}"
      "</title></path>",
      kClasses[series], x, y, kShapes[series], title);
}

Markup interval_bar(double x, double low, double high, const char* style) {
  return markup(
      "<path class=\"line {0}\" d=\"M{1:.1f} {2:.1f}H{3:.1f}M{4:.1f} {2:.1f}V{5:.1f}M"
      "{1:.1f} {5:.1f}H{3:.1f}\"/>",
      style, x - kTickHalf, low, x + kTickHalf, x, high);
}

Markup draw_series(const ValueChart& chart, std::size_t index, const Axes& axes) {
  const ValueSeries& series = chart.series[index];
  std::string path;
  Markup points;
  bool pen_down = false;
  for (std::size_t i = 0; i < series.values.size(); ++i) {
    const std::optional<Estimate>& value = series.values[i];
    if (!value || (chart.logarithmic && value->value <= 0)) {
      pen_down = false;
      continue;
    }
    const double x = axes.x(static_cast<double>(i));
    const double y = axes.y(value->value);
    path += fmt::format("{}{:.1f} {:.1f}", pen_down ? "L" : "M", x, y);
    pen_down = true;
    std::string title =
        fmt::format("{}: {}", chart.labels[i], format_value(value->value, chart.unit));
    if (value->low) {
      title += fmt::format(" ({} .. {})", format_value(*value->low, chart.unit),
                           format_value(*value->high, chart.unit));
      const double floor = axes.y.values().least;
      points += interval_bar(x, axes.y(std::max(*value->low, floor)), axes.y(*value->high),
                             kClasses[index]);
    }
    points += point(x, y, index, title);
  }
  Markup out = markup("<path class=\"line {}\" d=\"{}\"/>", kClasses[index], Markup::trusted(path));
  out += points;
  return out;
}

/// In rows, where the names are too long for one. `bottom`: where it ends.
struct Legend {
  Markup names;
  double bottom = kLegendTop;
};
Legend legend_of(const ValueChart& chart) {
  Legend legend;
  if (chart.series.size() < 2) {
    return legend;
  }
  double x = html::kPlotLeft;
  for (std::size_t i = 0; i < chart.series.size(); ++i) {
    const std::string name = cut_to(printable(chart.series[i].name), kNameColumns);
    const double width = 40 + text_width(name);
    if (x > html::kPlotLeft && x + width > html::kPlotRight) {
      x = html::kPlotLeft;
      legend.bottom += kLegendRow;
    }
    legend.names += point(x + 6, legend.bottom - 4, i, name);
    legend.names += markup("<text x=\"{:.1f}\" y=\"{}\">{}</text>", x + 16, legend.bottom, name);
    x += width;
  }
  return legend;
}

}  // namespace

Markup value_labels(const std::vector<std::string>& labels, const Scale& x, double bottom) {
  Markup out;
  double free_from = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const std::string label = cut_to(printable(labels[i]), kLabelColumns);
    const double middle = x(static_cast<double>(i));
    const double half = text_width(label) / 2;
    if (middle - half >= free_from) {
      out += markup("<text class=\"time\" x=\"{:.1f}\" y=\"{}\">{}</text>", middle, bottom + 18,
                    label);
      free_from = middle + half + kLabelGap;
    }
  }
  return out;
}

Markup draw(const ValueChart& chart) {
  const Bounds bounds = bounds_of(chart);
  if (bounds.most <= 0) {
    return {};
  }
  const Legend legend = legend_of(chart);
  const double top = legend.bottom + 14;
  const Axes axes = axes_of(chart, bounds, top);
  Markup drawing =
      markup("<text class=\"strip\" x=\"{}\" y=\"12\">{}</text>", html::kPlotLeft, chart.title);
  drawing += legend.names;
  drawing += grid(chart, axes, top + kPlotHeight);
  for (std::size_t i = 0; i < chart.series.size(); ++i) {
    drawing += draw_series(chart, i, axes);
  }
  return markup(
      "<div class=\"chart\"><svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{} by {}; the "
      "table "
      "has the numbers\">{}</svg></div>\n",
      html::kChartWidth, top + kPlotHeight + kBelow, chart.title, chart.along, drawing);
}

Markup html_table(const TextTable& table) {
  const auto is_words = [&](std::size_t column) {
    return column < table.first_number || column + table.last_words >= table.head.size();
  };
  Markup out = markup("<div class=\"scroll\"><table>\n<thead><tr>");
  for (std::size_t i = 0; i < table.head.size(); ++i) {
    out += is_words(i) ? markup("<th class=\"words\">{}</th>", table.head[i])
                       : markup("<th>{}</th>", table.head[i]);
  }
  out += markup("</tr></thead>\n<tbody>\n");
  for (const std::vector<std::string>& row : table.rows) {
    out += markup("<tr>");
    for (std::size_t i = 0; i < row.size(); ++i) {
      out += is_words(i) ? markup("<td class=\"words\">{}</td>", row[i])
                         : markup("<td>{}</td>", row[i]);
    }
    out += markup("</tr>\n");
  }
  out += markup("</tbody>\n</table></div>\n");
  return out;
}

std::string study_page(const std::string& title, const Markup& body) {
  return markup(
             "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
             "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
             "'unsafe-inline'\">\n"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
             "<meta name=\"color-scheme\" content=\"light dark\">\n"
             "<title>{} · "
             "wavetank</title>\n<style>\n{}</style>\n</head>\n<body>\n<main>\n{}</main>\n"
             "</body>\n</html>\n",
             title, Markup::trusted(html::kStyleSheet), body)
      .code();
}

}  // namespace wavetank::reports
