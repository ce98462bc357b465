#include <array>
#include <string>
#include <utility>
#include <vector>

#include "reports/format_units.h"
#include "reports/html/blocks.h"
#include "reports/summary_parts.h"
#include "reports/verdict.h"

namespace wavetank::reports::html {

namespace {

const char* mark(Verdict verdict) {
  return verdict == Verdict::pass ? "✓" : verdict == Verdict::fail ? "✗" : "?";
}

Markup exit_code(const RunResult& result) {
  if (result.exit_code == ExitCode::ok) {
    return {};
  }
  return markup(" · exit code {}: {}", static_cast<int>(result.exit_code),
                describe(result.exit_code));
}

std::string change(const char* what, double now, double then) {
  return then > 0 ? fmt::format("{} {}", what, format_margin(now / then - 1)) : "";
}

/// The few figures by which two runs are compared first.
Markup against(const RunResult& result, const RunResult* baseline) {
  if (baseline == nullptr) {
    return {};
  }
  const Metrics& now = result.metrics;
  const Metrics& then = baseline->metrics;
  std::vector<std::string> changes;
  for (std::string& text :
       std::array{change("p50", now.e2e.all.p50.seconds(), then.e2e.all.p50.seconds()),
                  change("p99", now.e2e.all.p99.seconds(), then.e2e.all.p99.seconds()),
                  change("throughput", now.throughput_out.all, then.throughput_out.all)}) {
    if (!text.empty()) {
      changes.push_back(std::move(text));
    }
  }
  const bool is_of_another =
      result.provenance.scenario_sha256 != baseline->provenance.scenario_sha256;
  return markup("<p class=\"against\">against the baseline ({}{}, seed {}): {}</p>\n",
                verdict_word(baseline->verdict), is_of_another ? ", of another scenario" : "",
                baseline->provenance.seed, fmt::format("{}", fmt::join(changes, ", ")));
}

Markup repeat(const std::string& command) {
  if (command.empty()) {
    return {};
  }
  return markup(
      "<p class=\"command\"><code>{}</code>"
      "<button type=\"button\" data-copy hidden>copy</button></p>\n",
      command);
}

}  // namespace

Markup verdict_band(const RunResult& result, const std::string& command,
                    const RunResult* baseline) {
  return markup(
      "<header class=\"verdict {}\">\n"
      "<p class=\"word\"><span aria-hidden=\"true\">{}</span> {}</p>\n"
      "<div>\n<h1>{}</h1>\n<p class=\"sentence\">{}</p>\n"
      "<p class=\"faint\">{} regime · seed {} · {} simulated, the first {} as warm-up{}</p>\n{}{}"
      "</div>\n</header>\n",
      name(result.verdict), mark(result.verdict), verdict_word(result.verdict), result.title,
      result.summary, name(result.regime), result.provenance.seed,
      format_duration(result.ended_at - Time()), format_duration(result.warmup), exit_code(result),
      against(result, baseline), repeat(command));
}

}  // namespace wavetank::reports::html
