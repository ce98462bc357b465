#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "reports/format_units.h"
#include "reports/study/sweep_table.h"
#include "reports/study/value_chart.h"

namespace wavetank::reports {

namespace {

using html::markup;
using html::Markup;

/// The axis with the most values is drawn along; the others make the series.
struct Layout {
  std::size_t along = 0;
  std::vector<std::string> names;                ///< of the series, as many as are drawn
  std::vector<std::vector<const SweepRow*>> at;  ///< by series and value; null: no run
  std::size_t left_out = 0;                      ///< series
};

std::string series_name(const SweepPlan& plan, const SweepRow& row, std::size_t along) {
  std::string name;
  for (std::size_t i = 0; i < plan.axes.size(); ++i) {
    if (i != along) {
      name += fmt::format("{}{}={}", name.empty() ? "" : ", ", plan.axes[i].path, row.values[i]);
    }
  }
  return name;
}

Layout lay_out(const SweepTable& table) {
  const std::vector<scenarios::Axis>& axes = table.plan.axes;
  Layout layout;
  const auto longest = std::ranges::max_element(
      axes, {}, [](const scenarios::Axis& axis) { return axis.values.size(); });
  layout.along = static_cast<std::size_t>(longest - axes.begin());
  std::vector<std::string> seen;
  for (const SweepRow& row : table.rows) {
    const std::string name = series_name(table.plan, row, layout.along);
    auto found = std::ranges::find(seen, name);
    const auto index = static_cast<std::size_t>(found - seen.begin());
    if (found == seen.end()) {
      seen.push_back(name);
    }
    if (index >= kMaxChartSeries) {
      continue;
    }
    if (index == layout.at.size()) {
      layout.names.push_back(name);
      layout.at.emplace_back(longest->values.size(), nullptr);
    }
    const auto value = std::ranges::find(longest->values, row.values[layout.along]);
    layout.at[index][static_cast<std::size_t>(value - longest->values.begin())] = &row;
  }
  layout.left_out = seen.size() - layout.names.size();
  return layout;
}

using Figure = std::optional<Estimate> SweepRow::*;

Markup chart(const SweepTable& table, const Layout& layout, const char* title, const char* unit,
             Figure figure, bool logarithmic) {
  ValueChart chart{
      title, unit,       table.plan.axes[layout.along].path, table.plan.axes[layout.along].values,
      {},    logarithmic};
  for (std::size_t i = 0; i < layout.at.size(); ++i) {
    ValueSeries series{layout.names[i], {}};
    for (const SweepRow* row : layout.at[i]) {
      series.values.push_back(row == nullptr ? std::nullopt : row->*figure);
    }
    chart.series.push_back(std::move(series));
  }
  return draw(chart);
}

}  // namespace

std::string sweep_page(const SweepTable& table) {
  const Layout layout = lay_out(table);
  Markup body = markup("<h1>{}</h1>\n<p>{}</p>\n", table.plan.title, sweep_sentence(table));
  body += markup("<section>\n<h2>What the parameters do</h2>\n");
  if (layout.left_out > 0) {
    body += markup(
        "<p class=\"faint\">The first {} of {} combinations are drawn; the table has all."
        "</p>\n",
        layout.names.size(), layout.names.size() + layout.left_out);
  }
  body += chart(table, layout, "p50 end to end", "ms", &SweepRow::p50_ms, true);
  body += chart(table, layout, "p99 end to end", "ms", &SweepRow::p99_ms, true);
  body += chart(table, layout, "throughput", "records/s", &SweepRow::throughput_out, false);
  body += markup("</section>\n<section>\n<h2>Every point</h2>\n");
  body += html_table(sweep_rows(table));
  body += markup(
      "</section>\n<section>\n<h2>Where it comes "
      "from</h2>\n<dl><dt>scenario</dt><dd><code>{}</code>"
      "</dd><dt>program</dt><dd><code>{}</code></dd><dt>seeds</dt><dd>{} to {}</dd></dl>\n"
      "</section>\n",
      table.plan.scenario_sha256, table.plan.program_version, table.plan.first_seed,
      table.plan.last_seed);
  return study_page(table.plan.title, body);
}

}  // namespace wavetank::reports
