#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "reports/format_units.h"
#include "reports/html/blocks.h"
#include "reports/summary_parts.h"

namespace wavetank::reports::html {

namespace {

struct PhaseName {
  const char* name;
  std::optional<Duration> RecoveryPhases::*time;
};
constexpr std::array kPhases{PhaseName{"detect", &RecoveryPhases::detect},
                             PhaseName{"elect", &RecoveryPhases::elect},
                             PhaseName{"reassign", &RecoveryPhases::reassign},
                             PhaseName{"restore", &RecoveryPhases::restore},
                             PhaseName{"replay", &RecoveryPhases::replay},
                             PhaseName{"drain", &RecoveryPhases::drain}};

std::string or_dash(const std::optional<Duration>& time) {
  return time ? format_duration(*time) : "–";
}

Markup row(const FaultReport& fault) {
  Markup cells = markup(
      "<th scope=\"row\">{}{}</th><td>{}</td><td>{}</td>", fault_name(fault),
      fault.note.empty() ? Markup() : markup("<br><span class=\"faint\">{}</span>", fault.note),
      format_moment(fault.at), fault.until ? format_moment(*fault.until) : "–");
  for (const PhaseName& phase : kPhases) {
    cells += markup("<td>{}</td>", or_dash(fault.phases.*phase.time));
  }
  cells +=
      markup("<td class=\"{}\">{}</td><td>{}</td><td>{}</td><td class=\"{}\">{}</td><td>{}</td>",
             fault.recovered ? "" : "bad", recovered_text(fault), or_dash(fault.drained),
             format_exact(fault.peak_lag_records), fault.lost > 0 ? "bad" : "",
             format_exact(fault.lost), format_exact(fault.duplicated));
  return markup("<tr>{}</tr>\n", cells);
}

/// All by date; of very many those that cost most.
std::vector<const FaultReport*> shown_of(const std::vector<FaultReport>& faults) {
  if (faults.size() > kMostFaultRows) {
    std::vector<const FaultReport*> costliest = costliest_first(faults);
    costliest.resize(kMostFaultRows);
    return costliest;
  }
  std::vector<const FaultReport*> all;
  for (const FaultReport& fault : faults) {
    all.push_back(&fault);
  }
  return all;
}

/// Those that were not carried out.
Markup spared(const RunResult& result) {
  const std::size_t shown = std::min(result.spared.size(), kMostFaultRows);
  Markup lines;
  for (std::size_t i = 0; i < shown; ++i) {
    lines += markup("<p>Not done: {}.</p>\n", spared_text(result.spared[i]));
  }
  return lines += left_out(result.spared.size() - shown);
}

}  // namespace

Markup fault_table(const RunResult& result) {
  if (result.faults.empty()) {
    return result.spared.empty()
               ? Markup()
               : markup("<section>\n<h2>Faults</h2>\n{}</section>\n", spared(result));
  }
  const std::vector<const FaultReport*> shown = shown_of(result.faults);
  Markup rows;
  for (const FaultReport* fault : shown) {
    rows += row(*fault);
  }
  Markup names;
  for (const PhaseName& phase : kPhases) {
    names += markup("<th scope=\"col\">{}</th>", phase.name);
  }
  return markup(
      "<section>\n<h2>Faults</h2>\n<div class=\"scroll\"><table>\n<thead><tr>"
      "<th scope=\"col\">fault</th><th scope=\"col\">at</th><th scope=\"col\">until</th>{}"
      "<th scope=\"col\">recovered</th><th scope=\"col\">drained</th><th scope=\"col\">peak "
      "lag</th>"
      "<th scope=\"col\">lost</th><th "
      "scope=\"col\">doubled</th></tr></thead>\n<tbody>\n{}</tbody>\n</table></div>\n{}{}</"
      "section>\n",
      names, rows, left_out(result.faults.size() - shown.size()), spared(result));
}

}  // namespace wavetank::reports::html
