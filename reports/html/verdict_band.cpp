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

Markup verdict_band(const RunResult& result, const std::string& command) {
  return markup(
      "<header class=\"verdict {}\">\n"
      "<p class=\"word\"><span aria-hidden=\"true\">{}</span> {}</p>\n"
      "<div>\n<h1>{}</h1>\n<p class=\"sentence\">{}</p>\n"
      "<p class=\"faint\">{} regime · seed {} · {} simulated, the first {} as warm-up{}</p>\n{}"
      "</div>\n</header>\n",
      name(result.verdict), mark(result.verdict), verdict_word(result.verdict), result.title,
      result.summary, name(result.regime), result.provenance.seed,
      format_duration(result.ended_at - Time()), format_duration(result.warmup), exit_code(result),
      repeat(command));
}

}  // namespace wavetank::reports::html
