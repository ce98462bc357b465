// The points of a run's series as comma-separated values, for spreadsheets and notebooks.

#include <fmt/format.h>

#include "reports/export/dates.h"
#include "reports/export/exported.h"

namespace wavetank::reports {

namespace {

/// Quoted; and never a formula, which spreadsheets take for one by its first character.
std::string text_cell(std::string_view plain) {
  const std::string shown = repeated(plain);
  std::string cell =
      shown.empty() || std::string_view("=+-@").find(shown[0]) == std::string::npos ? "\"" : "\"'";
  for (const char c : shown) {
    cell += c == '"' ? "\"\"" : std::string(1, c);
  }
  return cell + "\"";
}

}  // namespace

std::string to_csv(std::span<const Exported> subjects) {
  std::string text =
      "run,scenario,seed,from_s,to_s,deliveries,e2e_p50_ms,e2e_p99_ms,e2e_max_ms,lag_records,"
      "in_per_s,out_per_s\n";
  for (const Exported& subject : subjects) {
    const Provenance& origin = subject.run.provenance;
    const std::string who = fmt::format("{},{},{}", text_cell(origin.digest),
                                        text_cell(subject.run.title), origin.seed);
    for (std::size_t i = 0; i < subject.run.series.size(); ++i) {
      const SeriesPoint& point = subject.run.series[i];
      text += fmt::format("{},{},{},{},{},{},{},{},{},{}\n", who, in_seconds(point.at - Time()),
                          in_seconds(end_of_point(subject, i) - Time()), point.count,
                          in_milliseconds(point.e2e_p50), in_milliseconds(point.e2e_p99),
                          in_milliseconds(point.e2e_max), point.lag_records, point.in_per_s,
                          point.out_per_s);
    }
  }
  return text;
}

}  // namespace wavetank::reports
