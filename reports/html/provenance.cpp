#include <algorithm>
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
  const std::size_t shown = std::min(result.schedule.size(), kMostScheduleRows);
  Markup rows;
  for (std::size_t i = 0; i < shown; ++i) {
    const ScheduledStep& step = result.schedule[i];
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
      "class=\"words\">how</th></tr></thead>\n<tbody>\n{}</tbody>\n</table></div>{}</details>\n",
      result.schedule.size(), rows, left_out(result.schedule.size() - shown));
}

/// What stands at a pointer of a document; null where nothing does.
std::string value_at(const nlohmann::json& document, const std::string& pointer) {
  const nlohmann::json::json_pointer place(pointer);
  return document.contains(place)
             ? document.at(place).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
             : "–";
}

/// Of the effective scenario, value by value.
Markup changed(const RunResult& result, const RunResult* baseline) {
  if (baseline == nullptr) {
    return {};
  }
  constexpr std::size_t kMostChanges = 50;
  const auto now = nlohmann::json::parse(result.config_json, nullptr, false);
  const auto then = nlohmann::json::parse(baseline->config_json, nullptr, false);
  if (now.is_discarded() || then.is_discarded()) {
    return {};
  }
  const auto changes = nlohmann::json::diff(then, now);
  Markup rows;
  for (std::size_t i = 0; i < std::min(changes.size(), kMostChanges); ++i) {
    const std::string pointer = changes[i].value("path", "");
    rows += markup(
        "<tr><th scope=\"row\"><code>{}</code></th><td class=\"words\">{}</td>"
        "<td class=\"words\">{}</td></tr>\n",
        pointer, value_at(then, pointer), value_at(now, pointer));
  }
  return markup(
      "<details{}><summary>Scenario against the baseline: {} changes</summary>\n<div "
      "class=\"scroll\"><table class=\"narrow\">\n<thead><tr><th scope=\"col\">place</th><th "
      "scope=\"col\" class=\"words\">baseline</th><th scope=\"col\" "
      "class=\"words\">here</th></tr></thead>\n<tbody>\n{}</tbody>\n</table></div></details>\n",
      Markup::trusted(changes.empty() ? "" : " open"), changes.size(), rows);
}

Markup config(const RunResult& result) {
  const std::string text = indented(result.config_json);
  const std::size_t end =
      text.size() <= kMostConfigLetters ? text.size() : text.rfind('\n', kMostConfigLetters);
  Markup shown = lines(std::string_view(text).substr(0, end));
  return end == text.size() ? shown : shown += markup("\nand more: see result.json");
}

}  // namespace

Markup provenance(const RunResult& result, const RunResult* baseline) {
  const Provenance& made = result.provenance;
  return markup(
      "<section>\n<h2>Provenance</h2>\n"
      "<p>The same program, scenario and seed give the same events; equal digests, equal runs. "
      "Latencies count from the moment a record was meant to be sent, so that a system that stalls "
      "its clients is not flattered, to its delivery. The warm-up is left out.</p>\n"
      "<dl>\n<dt>scenario</dt><dd><code>{}</code></dd>\n<dt>seed</dt><dd>{}</dd>\n"
      "<dt>digest</dt><dd><code>{}</code></dd>\n<dt>events</dt><dd>{}</dd>\n"
      "<dt>program</dt><dd>wavetank {}</dd>\n<dt>cost table</dt><dd>{}</dd>\n</dl>\n{}"
      "<details><summary>Effective scenario</summary>\n<pre><code>{}</code></pre></details>\n{}"
      "<p><button type=\"button\" data-download hidden>download result.json</button></p>\n"
      "</section>\n",
      made.scenario_sha256, made.seed, made.digest, format_exact(made.events), made.program_version,
      made.cost_table, schedule(result), config(result), changed(result, baseline));
}

}  // namespace wavetank::reports::html
