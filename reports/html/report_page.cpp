#include "reports/html/report_page.h"

#include "reports/html/assets.h"
#include "reports/html/blocks.h"
#include "reports/result_json.h"

namespace wavetank::reports {

namespace {

using html::markup;
using html::Markup;

/// `json` inside a script element, without the blanks that are there for people: "<" can only stand
/// in a string, where it may be written so.
Markup embedded(const std::string& json) {
  std::string safe;
  safe.reserve(json.size());
  bool in_string = false;
  bool escaped = false;
  for (const char c : json) {
    if (c == '"' && !escaped) {
      in_string = !in_string;
    }
    escaped = in_string && c == '\\' && !escaped;
    if (in_string || (c != ' ' && c != '\n')) {
      c == '<' ? safe += "\\u003c" : safe += c;
    }
  }
  return Markup::trusted(std::move(safe));
}

/// Beyond it the page does not carry all of the result.
constexpr std::size_t kMostBytes = 1'900'000;

struct Data {
  Markup script;
  Markup said;  ///< to the reader, of what is not there
};

/// The result as the page has it: whole where there is room, else what its own script needs.
Data data_of(const RunResult& result, std::size_t size_of_page) {
  Markup whole = embedded(write_result(result));
  if (size_of_page + whole.code().size() <= kMostBytes) {
    return {markup("<script type=\"application/json\" id=\"result\">\n{}</script>\n", whole), {}};
  }
  RunResult series;
  series.series = result.series;
  return {markup("<script type=\"application/json\" id=\"result\" data-cut>\n{}</script>\n",
                 embedded(write_result(series))),
          markup("<p class=\"faint\">The whole result is too large for this page: it is in "
                 "result.json.</p>\n")};
}

Markup head(const RunResult& result) {
  return markup(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'; script-src 'unsafe-inline'; img-src data:\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n"
      "<title>{} · wavetank</title>\n<style>\n{}</style>\n</head>\n",
      result.title, Markup::trusted(html::kStyleSheet));
}

}  // namespace

std::string report_page(const RunResult& result, const std::string& command,
                        const RunResult* baseline) {
  Markup body;
  for (const Markup& block :
       {html::verdict_band(result, command, baseline), html::objective_cards(result, baseline),
        html::timeline(result), html::time_split(result), html::cluster_map(result),
        html::fault_table(result), html::figure_table(result),
        html::percentile_curve(result, baseline), html::latency_heat_map(result),
        html::use_heat_map(result), html::correctness(result), html::event_log(result),
        html::metric_table(result), html::provenance(result, baseline)}) {
    body += block;
  }
  const Data data = data_of(result, body.code().size());
  const Markup page =
      markup("{}<body>\n<main>\n{}{}</main>\n{}<script>\n{}</script>\n</body>\n</html>\n",
             head(result), body, data.said, data.script, Markup::trusted(html::kScript));
  return page.code();
}

}  // namespace wavetank::reports
