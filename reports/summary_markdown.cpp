#include "reports/summary_markdown.h"

#include <fmt/format.h>

#include "reports/format_units.h"
#include "reports/printable.h"
#include "reports/summary_parts.h"
#include "reports/verdict.h"

namespace wavetank::reports {

namespace {

/// Rows shown of any table; the result has all.
constexpr std::size_t kMaxRows = 50;

const char* mark(Verdict verdict) {
  return verdict == Verdict::pass ? "✅" : verdict == Verdict::fail ? "❌" : "❔";
}
const char* mark(const std::optional<bool>& ok) {
  return mark(!ok ? Verdict::unknown : *ok ? Verdict::pass : Verdict::fail);
}

std::string cell(const std::string& text) {
  return text.empty() ? "" : markdown_text(text);
}

std::string more(std::size_t rows) {
  return rows > kMaxRows ? fmt::format("\n… and {} more\n", rows - kMaxRows) : "";
}

std::string head(const RunResult& result) {
  std::string text =
      fmt::format("## {} {}: {}\n\n{}\n\n", mark(result.verdict), verdict_word(result.verdict),
                  markdown_text(result.title), markdown_text(result.summary));
  text += fmt::format("Regime {}, seed {}", name(result.regime), result.provenance.seed);
  if (result.exit_code != ExitCode::ok) {
    text += fmt::format(", exit code {} ({})", static_cast<int>(result.exit_code),
                        describe(result.exit_code));
  }
  return text + "\n";
}

std::string slos(const RunResult& result) {
  if (result.slos.empty()) {
    return {};
  }
  std::string text =
      "\n| | objective | observed | margin | when |\n| --- | --- | ---: | ---: | --- |\n";
  std::size_t rows = 0;
  for (const SloReport& slo : worst_first(result.slos)) {
    if (++rows <= kMaxRows) {
      text += fmt::format("| {} | {} | {} | {} | {} |\n", mark(slo.ok), markdown_code(slo.expr),
                          cell(observed_text(slo)), cell(margin_text(slo)), cell(when_or_why(slo)));
    }
  }
  return text + more(rows);
}

std::string invariants(const RunResult& result) {
  std::string text;
  for (const InvariantReport& invariant : troubled(result.invariants)) {
    text +=
        fmt::format("- {} {}\n", mark(invariant.verdict), markdown_text(invariant_text(invariant)));
  }
  for (const LostRecord& lost : result.lost) {
    text += fmt::format("- {} lost: {}\n", mark(Verdict::fail), markdown_text(lost_text(lost)));
  }
  if (!result.lost.empty() && result.ledger.lost > result.lost.size()) {
    text += fmt::format("- … and {} more lost\n",
                        format_exact(result.ledger.lost - result.lost.size()));
  }
  return text.empty() ? text : "\n" + text;
}

std::string spared(const RunResult& result) {
  std::string text;
  std::size_t rows = 0;
  for (const SparedFault& fault : result.spared) {
    if (++rows <= kMaxRows) {
      text += fmt::format("- not done: {}\n", markdown_text(spared_text(fault)));
    }
  }
  return text.empty() ? text : "\n" + text + more(rows);
}

std::string faults(const RunResult& result) {
  if (result.faults.empty()) {
    return {};
  }
  std::string text =
      "\n| fault | at | peak lag | recovered after | lost | duplicated | phases |\n"
      "| --- | ---: | ---: | ---: | ---: | ---: | --- |\n";
  std::size_t rows = 0;
  for (const FaultReport& fault : result.faults) {
    if (++rows <= kMaxRows) {
      text += fmt::format(
          "| {} | {} | {} | {} | {} | {} | {} |\n", markdown_code(fault_name(fault)),
          format_moment(fault.at), format_exact(fault.peak_lag_records), recovered_text(fault),
          format_exact(fault.lost), format_exact(fault.duplicated), phases_text(fault.phases));
    }
  }
  return text + more(rows);
}

std::string latencies(const RunResult& result) {
  std::string text =
      "\n| latency | p50 | p99 | p99.9 | max |\n| --- | ---: | ---: | ---: | ---: |\n";
  const auto row = [&](const char* what, const LatencySummary& s) {
    if (s.count > 0) {
      text += fmt::format("| {} | {} | {} | {} | {} |\n", what, format_duration(s.p50),
                          format_duration(s.p99), format_duration(s.p999), format_duration(s.max));
    }
  };
  row("end-to-end", result.metrics.e2e.all);
  for (const Phase phase : {Phase::steady, Phase::fault, Phase::after}) {
    const auto& summary = result.metrics.e2e.by_phase[static_cast<std::size_t>(phase)];
    if (summary && !result.faults.empty()) {
      row(fmt::format("end-to-end, {}", name(phase)).c_str(), *summary);
    }
  }
  row("publish", result.metrics.publish.all);
  if (result.attribution.p99) {
    text += fmt::format("\nWhy p99 is {}: {}\n", format_duration(result.metrics.e2e.all.p99),
                        causes_text(*result.attribution.p99));
  }
  return text;
}

std::string figures(const RunResult& result) {
  if (result.figures.empty()) {
    return {};
  }
  std::string text = "\n| | figure | claimed | simulated | |\n| --- | --- | ---: | ---: | --- |\n";
  for (const FigureReport& figure : result.figures) {
    const std::string simulated =
        figure.simulated ? format_value(*figure.simulated, figure.unit) : "?";
    text +=
        fmt::format("| {} | {} | {} | {} | {} |\n", mark(figure.holds), markdown_code(figure.id),
                    cell(figure.claimed), cell(simulated), cell(figure_text(figure)));
  }
  return text;
}

}  // namespace

std::string summary_markdown(const RunResult& result, const std::string& command) {
  std::string text = head(result) + slos(result) + invariants(result) + faults(result) +
                     spared(result) + latencies(result) + figures(result);
  text += fmt::format("\nLedger: {}\n", markdown_text(ledger_text(result.ledger)));
  if (!command.empty()) {
    text += fmt::format("\nRepeat with {}, digest {}\n", markdown_code(command),
                        markdown_code(result.provenance.digest));
  }
  return text;
}

}  // namespace wavetank::reports
