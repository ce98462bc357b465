#include <array>
#include <string>

#include "reports/explain.h"
#include "reports/format_units.h"
#include "reports/html/blocks.h"
#include "reports/html/time_axis.h"
#include "reports/tails.h"

namespace wavetank::reports::html {

namespace {

constexpr double kRowHeight = 34;
constexpr double kBarHeight = 24;
constexpr double kBarLeft = 170;

struct Row {
  const char* percentile;
  Duration value;  ///< of all records
  const std::optional<LatencySplit>& split;
};
std::array<Row, 3> rows_of(const RunResult& result) {
  const LatencySummary& all = result.metrics.e2e.all;
  const Attribution& parts = result.attribution;
  return {Row{"p50", all.p50, parts.p50}, Row{"p99", all.p99, parts.p99},
          Row{"p99.9", all.p999, parts.p999}};
}

/// One bar over the whole width: shares, because p50 and p99.9 are often decades apart.
Markup bar(const Row& row, double y) {
  const LatencySplit& split = *row.split;
  Markup out = markup("<text class=\"bar-name\" x=\"{}\" y=\"{:.1f}\">{} = {}</text>",
                      kBarLeft - 10, y + 16, row.percentile, format_duration(row.value));
  double x = kBarLeft;
  for (const PartInfo& stage : all_parts()) {
    const double share = (split.*stage.time).seconds() / split.total.seconds();
    const double width = share * (kPlotRight - kBarLeft);
    if (width < 0.5) {
      continue;
    }
    const std::string time = format_duration(split.*stage.time);
    out += markup(
        "<rect class=\"stage {0}\" x=\"{1:.1f}\" y=\"{2}\" width=\"{3:.1f}\" height=\"{4}\">"
        "<title>{0} {5} ({6})</title></rect>",
        stage.name, x, y, width, kBarHeight, time, format_percent(share));
    const std::string label = fmt::format("{} {}", stage.name, time);
    if (width > text_width(label) + 8) {
      out += markup("<text class=\"stage-name on-{}\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>",
                    stage.name, x + width / 2, y + 16, label);
    }
    x += width;
  }
  return out;
}

Markup table(const std::array<Row, 3>& rows) {
  Markup head;
  for (const Row& row : rows) {
    if (row.split) {
      head += markup("<th scope=\"col\">{}</th>", row.percentile);
    }
  }
  Markup body;
  for (const PartInfo& stage : all_parts()) {
    Markup cells;
    for (const Row& row : rows) {
      if (row.split) {
        cells += markup("<td>{}</td>", format_duration((*row.split).*stage.time));
      }
    }
    body += markup(
        "<tr><th scope=\"row\"><span class=\"swatch {0}\"></span>{0} "
        "<span class=\"faint\">{1}</span></th>{2}</tr>\n",
        stage.name, stage.meaning, cells);
  }
  Markup together;
  for (const Row& row : rows) {
    if (row.split) {
      together += markup("<td>{}</td>", format_duration(row.split->total));
    }
  }
  body += markup("<tr><th scope=\"row\">together</th>{}</tr>\n", together);
  return markup(
      "<div class=\"scroll\"><table>\n<thead><tr><th scope=\"col\">part</th>{}</tr></thead>\n"
      "<tbody>\n{}</tbody>\n</table></div>\n",
      head, body);
}

/// Of which records the bars and the table are: a percentile of a sample is another number.
Markup whose(const RunResult& result) {
  const std::uint64_t all = result.metrics.e2e.all.count;
  const Tail* tail = find_tail(result, std::nullopt, 0.99);
  const std::string sampled =
      tail == nullptr || tail->of == all
          ? ""
          : fmt::format(" among {} that were taken apart", format_exact(tail->of));
  return markup(
      "<p class=\"faint\">Percentiles are of all {} records. Their parts are means over the "
      "records "
      "near each{}, and need not add up to it.</p>\n",
      format_exact(all), sampled);
}

/// Why p99 is what it is, in words.
Markup causes(const RunResult& result) {
  const Result<Explanation> why = explain(result, "e2e.p99");
  if (!why || why->causes.empty()) {
    return {};
  }
  Markup items;
  for (const Reason& reason : why->causes) {
    items += markup("<li><strong>{}</strong> {}<br><span class=\"faint\">{}</span></li>\n",
                    format_percent(reason.share), reason.what,
                    fmt::format("{}", fmt::join(reason.details, "; ")));
  }
  return markup(
      "<h3>Why {} is {}</h3>\n<p>Causes, by their share of {}.</p>\n<ul "
      "class=\"causes\">\n{}</ul>\n",
      why->subject, format_duration(result.metrics.e2e.all.p99), why->shares_of, items);
}

}  // namespace

Markup time_split(const RunResult& result) {
  Markup bars;
  double y = 0;
  const std::array<Row, 3> rows = rows_of(result);
  for (const Row& row : rows) {
    if (row.split && row.split->total > Duration()) {
      bars += bar(row, y);
      y += kRowHeight;
    }
  }
  if (bars.empty()) {
    return {};
  }
  return markup(
      "<section>\n<h2>Where the time goes</h2>\n<div class=\"chart\"><svg viewBox=\"0 0 {} {}\" "
      "role=\"img\" aria-label=\"The parts of the end-to-end latency at each percentile; the table "
      "below has the numbers\">{}</svg></div>\n{}{}{}</section>\n",
      kChartWidth, y, bars, table(rows), whose(result), causes(result));
}

}  // namespace wavetank::reports::html
