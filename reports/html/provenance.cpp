#include <nlohmann/json.hpp>

#include "reports/format_units.h"
#include "reports/html/blocks.h"

namespace wavetank::reports::html {

namespace {

/// Indented, for people. As it is, should it be no JSON.
std::string indented(const std::string& json) {
  const auto parsed = nlohmann::ordered_json::parse(json, nullptr, false);
  return parsed.is_discarded()
             ? json
             : parsed.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

Markup schedule(const RunResult& result) {
  Markup rows;
  for (const ScheduledStep& step : result.schedule) {
    rows += markup(
        "<tr><th scope=\"row\">{}</th><td class=\"words\">{}</td><td class=\"words\">{}</td>"
        "<td class=\"words\">{}</td></tr>\n",
        format_time(step.at), step.action, step.target, step.detail);
  }
  return markup(
      "<details><summary>Schedule, {} steps</summary>\n<div class=\"scroll\"><table "
      "class=\"narrow\">"
      "\n<thead><tr><th scope=\"col\">at</th><th scope=\"col\" class=\"words\">what</th><th "
      "scope=\"col\" class=\"words\">to</th>"
      "<th scope=\"col\" "
      "class=\"words\">how</th></tr></thead>\n<tbody>\n{}</tbody>\n</table></div></details>\n",
      result.schedule.size(), rows);
}

}  // namespace

Markup provenance(const RunResult& result) {
  const Provenance& made = result.provenance;
  return markup(
      "<section>\n<h2>Provenance</h2>\n"
      "<p>The same program, scenario and seed give the same events; equal digests, equal runs. "
      "Latencies count from the moment a record was meant to be sent, so that a system that stalls "
      "its clients is not flattered, to its delivery. The warm-up is left out.</p>\n"
      "<dl>\n<dt>scenario</dt><dd><code>{}</code></dd>\n<dt>seed</dt><dd>{}</dd>\n"
      "<dt>digest</dt><dd><code>{}</code></dd>\n<dt>events</dt><dd>{}</dd>\n"
      "<dt>program</dt><dd>wavetank {}</dd>\n<dt>cost table</dt><dd>{}</dd>\n</dl>\n{}"
      "<details><summary>Effective scenario</summary>\n<pre><code>{}</code></pre></details>\n"
      "<p><button type=\"button\" data-download hidden>download result.json</button></p>\n"
      "</section>\n",
      made.scenario_sha256, made.seed, made.digest, format_exact(made.events), made.program_version,
      made.cost_table, schedule(result), lines(indented(result.config_json)));
}

}  // namespace wavetank::reports::html
