#include "reports/format_units.h"
#include "reports/html/blocks.h"
#include "reports/summary_parts.h"
#include "reports/verdict.h"

namespace wavetank::reports::html {

namespace {

Markup mark(std::optional<bool> good) {
  const char* state = !good ? "unknown" : *good ? "pass" : "fail";
  const char* sign = !good ? "?" : *good ? "✓" : "✗";
  const char* word = !good ? "unknown" : *good ? "holds" : "broken";
  return markup("<span class=\"mark {}\" role=\"img\" aria-label=\"{}\">{}</span>", state, word,
                sign);
}

std::optional<bool> good(Verdict verdict) {
  return verdict == Verdict::unknown ? std::nullopt : std::optional(verdict == Verdict::pass);
}

Markup invariant_rows(const RunResult& result) {
  Markup rows;
  for (const InvariantReport& invariant : result.invariants) {
    rows += markup("<tr><th scope=\"row\">{} {}</th><td>{}</td><td class=\"words\">{}</td></tr>\n",
                   mark(good(invariant.verdict)), invariant.name, format_exact(invariant.checked),
                   invariant.first.value_or(""));
  }
  return rows;
}

Markup lost_records(const RunResult& result) {
  if (result.ledger.lost == 0) {
    return {};
  }
  Markup items;
  for (const LostRecord& lost : result.lost) {
    items += markup("<li>{}</li>\n", lost_text(lost));
  }
  if (result.ledger.lost > result.lost.size()) {
    items +=
        markup("<li>and {} more</li>\n", format_exact(result.ledger.lost - result.lost.size()));
  }
  return markup("<h3>Acknowledged, and lost</h3>\n<ul class=\"lost\">\n{}</ul>\n", items);
}

Markup latency_row(const char* what, const LatencySummary& s) {
  return markup(
      "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td>"
      "<td>{}</td><td>{}</td><td>{}</td></tr>\n",
      what, format_duration(s.p50), format_duration(s.p90), format_duration(s.p95),
      format_duration(s.p99), format_duration(s.p999), format_duration(s.p9999),
      format_duration(s.max), format_exact(s.count));
}

Markup latency_rows(const char* what, const LatencyMetric& metric) {
  Markup rows = latency_row(what, metric.all);
  for (const Phase phase : {Phase::steady, Phase::fault, Phase::after}) {
    const auto& summary = metric.by_phase[static_cast<std::size_t>(phase)];
    if (summary && summary->count > 0) {
      rows += latency_row(fmt::format("— {}", name(phase)).c_str(), *summary);
    }
  }
  return rows;
}

Markup number_row(std::string_view what, std::string_view value) {
  return markup("<tr><th scope=\"row\">{}</th><td>{}</td></tr>\n", what, value);
}

}  // namespace

Markup left_out(std::size_t rows) {
  return rows == 0
             ? Markup()
             : markup("<p class=\"faint\">and {} more: see result.json</p>\n", format_exact(rows));
}

Markup figure_table(const RunResult& result) {
  if (result.figures.empty()) {
    return {};
  }
  Markup rows;
  for (const FigureReport& figure : result.figures) {
    rows += markup(
        "<tr><th scope=\"row\">{} {}</th><td>{}</td><td>{}</td><td>{}</td>"
        "<td class=\"words\">{}{}</td></tr>\n",
        mark(figure.holds), figure.id, figure.claimed,
        figure.simulated ? format_value(*figure.simulated, figure.unit) : "–",
        figure.knee ? format_value(*figure.knee, figure.knee_unit) : "–", figure.why,
        figure.bound_by);
  }
  return markup(
      "<section>\n<h2>Published figures</h2>\n<div class=\"scroll\"><table>\n<thead><tr>"
      "<th scope=\"col\">figure</th><th scope=\"col\">claimed</th><th scope=\"col\">simulated</th>"
      "<th scope=\"col\">knee</th><th scope=\"col\" class=\"words\">bound "
      "by</th></tr></thead>\n<tbody>\n{}"
      "</tbody>\n</table></div>\n</section>\n",
      rows);
}

Markup correctness(const RunResult& result) {
  return markup(
      "<section>\n<h2>Correctness</h2>\n<p class=\"ledger\">{}</p>\n{}<div "
      "class=\"scroll\"><table>\n"
      "<thead><tr><th scope=\"col\">invariant</th><th scope=\"col\">facts checked</th>"
      "<th scope=\"col\" class=\"words\">first "
      "violation</th></tr></thead>\n<tbody>\n{}</tbody>\n</table></div>\n"
      "</section>\n",
      ledger_text(result.ledger), lost_records(result), invariant_rows(result));
}

Markup metric_table(const RunResult& result) {
  const Metrics& metrics = result.metrics;
  Markup numbers =
      number_row("throughput in", format_value(metrics.throughput_in.all, "records/s"));
  numbers += number_row("throughput out", format_value(metrics.throughput_out.all, "records/s"));
  numbers += number_row("bytes in", format_value(metrics.bytes_in.all, "B/s"));
  numbers += number_row("peak lag", format_exact(metrics.lag.peak));
  for (const ScalarMetric& scalar : metrics.scalars) {
    numbers += number_row(scalar.name, format_value(scalar.value, scalar.unit));
  }
  Markup latencies = latency_rows("end to end", metrics.e2e);
  latencies += latency_rows("publish", metrics.publish);
  return markup(
      "<section>\n<h2>Metrics</h2>\n<div class=\"scroll\"><table>\n<thead><tr>"
      "<th scope=\"col\">latency</th><th scope=\"col\">p50</th><th scope=\"col\">p90</th>"
      "<th scope=\"col\">p95</th><th scope=\"col\">p99</th><th scope=\"col\">p99.9</th>"
      "<th scope=\"col\">p99.99</th><th scope=\"col\">max</th><th scope=\"col\">samples</th></tr>"
      "</thead>\n<tbody>\n{}</tbody>\n</table></div>\n<div class=\"scroll\"><table "
      "class=\"narrow\">\n"
      "<thead><tr><th scope=\"col\">metric</th><th scope=\"col\">value</th></tr></thead>\n"
      "<tbody>\n{}</tbody>\n</table></div>\n</section>\n",
      latencies, numbers);
}

}  // namespace wavetank::reports::html
