#include "reports/published_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "reports/format_units.h"
#include "reports/printable.h"
#include "scenarios/figures.h"

namespace wavetank::reports {

namespace {

bool is_prediction(const PublishedRow& row) {
  return !row.calibrated;
}

std::string error_text(const PublishedRow& row) {
  return row.error ? fmt::format("{:+.1f} %", *row.error * 100) : "";
}

std::string simulated_text(const PublishedRow& row) {
  return row.simulated ? format_value(*row.simulated, row.unit) : "?";
}

constexpr std::size_t kColumns = 7;
using Cells = std::array<std::string, kColumns>;

Cells cells_of(const PublishedRow& row, bool ascii) {
  return {printable(row.row, ascii),
          printable(row.what, ascii),
          printable(row.published, ascii),
          simulated_text(row),
          error_text(row),
          printable(row.tolerance, ascii),
          name(row.standing)};
}

std::string line_of(const Cells& cells, const std::array<std::size_t, kColumns>& widths,
                    bool ascii) {
  std::string line = " ";
  for (std::size_t i = 0; i < kColumns; ++i) {
    line += " " + padded(cells[i], widths[i], ascii) + (i + 1 < kColumns ? " " : "");
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

/// What a reason was written for.
bool is_still(double ratio, const std::optional<double>& explained) {
  constexpr double kMoves = 0.05;
  return !explained || std::abs(ratio / *explained - 1) <= kMoves;
}

}  // namespace

PublishedRow compare(const scenarios::Expectation& expected, const Result<double>& simulated) {
  PublishedRow row;
  row.row = expected.row;
  row.source = expected.source;
  row.what = expected.what.empty() ? expected.measure : expected.what;
  row.unit = expected.unit();
  row.published = expected.published_text;
  row.tolerance = expected.tolerance.text;
  row.calibrated = expected.calibrated;
  if (!simulated) {
    row.note = simulated.error().message;
    return row;
  }
  row.simulated = *simulated;
  const double ratio = *simulated / expected.published;
  const bool is_bound = expected.bound != scenarios::Comparison::equal;
  if (!is_bound) {
    row.error = ratio - 1;
  }
  const bool is_within =
      is_bound ? (expected.bound == scenarios::Comparison::less) == (ratio < 1) && ratio != 1
               : ratio >= expected.tolerance.least && ratio <= expected.tolerance.greatest;
  if (is_within) {
    row.standing = expected.calibrated ? Standing::calibrated : Standing::within;
    return row;
  }
  row.note = expected.reason;
  const bool is_explained = !expected.reason.empty() && is_still(ratio, expected.explained_ratio);
  row.standing = is_explained ? Standing::explained : Standing::outside;
  if (!is_explained && !expected.reason.empty()) {
    row.note = fmt::format("it is {:.3g} of what was published, and the reason explains {:.3g}: {}",
                           ratio, *expected.explained_ratio, expected.reason);
  }
  return row;
}

PublishedRow compare(const FigureReport& claim) {
  const scenarios::Figure* figure = scenarios::find_figure(claim.id);
  const scenarios::Paper* paper = figure ? scenarios::find_paper(figure->paper) : nullptr;
  PublishedRow row;
  row.row = claim.id;
  row.source = paper ? paper->title : "";
  row.what = figure ? figure->metric : "";
  row.unit = claim.unit;
  row.published = claim.claimed;
  row.simulated = claim.simulated;
  row.standing = !claim.holds   ? Standing::unknown
                 : *claim.holds ? Standing::within
                                : Standing::outside;
  row.note = claim.why;
  return row;
}

PublishedSummary summarise(const std::vector<PublishedRow>& rows) {
  PublishedSummary summary;
  std::vector<double> errors;
  for (const PublishedRow& row : rows) {
    if (!is_prediction(row)) {
      continue;
    }
    ++summary.predicted;
    summary.within += row.standing == Standing::within ? 1 : 0;
    if (row.error) {
      errors.push_back(std::abs(*row.error));
    }
  }
  if (!errors.empty()) {
    std::ranges::sort(errors);
    const std::size_t middle = errors.size() / 2;
    summary.median_error =
        errors.size() % 2 == 1 ? errors[middle] : (errors[middle - 1] + errors[middle]) / 2;
  }
  return summary;
}

ExitCode judge(const std::vector<PublishedRow>& rows) {
  const bool is_wrong = std::ranges::any_of(rows, [](const PublishedRow& row) {
    return row.standing == Standing::outside || row.standing == Standing::unknown;
  });
  return is_wrong ? ExitCode::failure : ExitCode::ok;
}

std::string table_text(const std::vector<PublishedRow>& rows, bool ascii) {
  std::vector<std::string> sources;
  const Cells head = {"row", "what", "published", "simulated", "error", "tolerance", "verdict"};
  std::array<std::size_t, kColumns> widths{};
  const auto widen = [&](const Cells& cells) {
    for (std::size_t i = 0; i < kColumns; ++i) {
      widths[i] = std::max(widths[i], column_count(cells[i]));
    }
  };
  widen(head);
  for (const PublishedRow& row : rows) {
    widen(cells_of(row, ascii));
    if (std::ranges::find(sources, row.source) == sources.end()) {
      sources.push_back(row.source);
    }
  }
  std::string text = line_of(head, widths, ascii);
  for (const std::string& source : sources) {
    text += printable(source, ascii) + "\n";
    for (const PublishedRow& row : rows) {
      if (row.source == source) {
        text += line_of(cells_of(row, ascii), widths, ascii);
        text += row.note.empty() ? "" : "      " + printable(row.note, ascii) + "\n";
      }
    }
  }
  const PublishedSummary total = summarise(rows);
  text += fmt::format("{} of {} predicted figures are within their tolerance", total.within,
                      total.predicted);
  text += total.median_error ? fmt::format("; median error {:.1f} %\n", *total.median_error * 100)
                             : "\n";
  return text;
}

std::string table_json(const std::vector<PublishedRow>& rows) {
  const auto maybe = [](const std::optional<double>& value) {
    return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
  };
  auto list = nlohmann::ordered_json::array();
  for (const PublishedRow& row : rows) {
    list.push_back({{"row", row.row},
                    {"source", row.source},
                    {"what", row.what},
                    {"published", row.published},
                    {"simulated", maybe(row.simulated)},
                    {"unit", row.unit},
                    {"error", maybe(row.error)},
                    {"tolerance", row.tolerance},
                    {"verdict", name(row.standing)},
                    {"note", row.note}});
  }
  const PublishedSummary total = summarise(rows);
  const nlohmann::ordered_json document = {{"rows", list},
                                           {"predicted", total.predicted},
                                           {"within", total.within},
                                           {"median_error", maybe(total.median_error)}};
  return document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

const char* name(Standing standing) {
  switch (standing) {
    case Standing::within:
      return "within";
    case Standing::outside:
      return "OUTSIDE";
    case Standing::explained:
      return "outside, explained";
    case Standing::calibrated:
      return "calibrated";
    case Standing::unknown:
      break;
  }
  return "UNKNOWN";
}

}  // namespace wavetank::reports
