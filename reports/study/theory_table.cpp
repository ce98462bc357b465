#include "reports/study/theory_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "reports/study/text_table.h"

namespace wavetank::reports {

namespace {

std::string with_unit(double value, const std::string& unit) {
  return fmt::format("{:.4g}{}{}", value, unit.empty() ? "" : " ", unit);
}

std::string interval_text(const TheoryRow& row) {
  const std::optional<double> half = row.half_interval();
  return half ? fmt::format("{:.4g} .. {:.4g}", *row.simulated->low, *row.simulated->high) : "";
}

std::string half_text(const TheoryRow& row) {
  const std::optional<double> half = row.half_interval();
  return half ? fmt::format("{:.2f} %", *half * 100) : "";
}

/// " of 95 %", or " of 95 % (80 runs: 99.9 %)".
std::string confidences(const std::vector<TheoryRow>& rows) {
  const auto strict = std::ranges::find(rows, Confidence::strict, &TheoryRow::confidence);
  const auto percent = [](Confidence it) { return fmt::format("{:.3g} %", share(it) * 100); };
  return " of " + percent(Confidence::usual) +
         (strict == rows.end()
              ? ""
              : fmt::format(" ({} runs: {})", strict->runs, percent(Confidence::strict)));
}

std::size_t within(const std::vector<TheoryRow>& rows) {
  return static_cast<std::size_t>(
      std::ranges::count(rows, Agreement::within, &TheoryRow::agreement));
}

}  // namespace

std::optional<double> TheoryRow::half_interval() const {
  if (!simulated || !simulated->high) {
    return std::nullopt;
  }
  return (*simulated->high - simulated->value) / theory;
}

Agreement TheoryRow::agreement() const {
  const std::optional<double> half = half_interval();
  if (!half) {
    return Agreement::unknown;
  }
  if (theory < *simulated->low || theory > *simulated->high) {
    return Agreement::outside;
  }
  return *half > kWidestHalfInterval ? Agreement::vague : Agreement::within;
}

ExitCode judge(const std::vector<TheoryRow>& rows) {
  return within(rows) == rows.size() ? ExitCode::ok : ExitCode::failure;
}

std::string theory_text(const std::vector<TheoryRow>& rows, bool ascii) {
  TextTable table;
  table.head = {"law",       "of the",   "figure", "closed form", "theory",
                "simulated", "interval", "half",   "runs",        "verdict"};
  table.first_number = 4;
  table.last_words = 1;
  const TheoryRow* last = nullptr;
  for (const TheoryRow& row : rows) {
    const bool goes_on = last != nullptr && last->law == row.law;
    table.rows.push_back({goes_on ? "" : row.law, goes_on ? "" : row.resource, row.what,
                          row.formula, with_unit(row.theory, row.unit),
                          row.simulated ? fmt::format("{:.4g}", row.simulated->value) : "?",
                          interval_text(row), half_text(row), fmt::format("{}", row.runs),
                          name(row.agreement())});
    last = &row;
  }
  return aligned(table, ascii) +
         fmt::format("{} of {} figures: what theory says lies within the interval{}\n",
                     within(rows), rows.size(), confidences(rows));
}

std::string theory_json(const std::vector<TheoryRow>& rows) {
  const auto maybe = [](const std::optional<double>& value) {
    return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
  };
  auto list = nlohmann::ordered_json::array();
  for (const TheoryRow& row : rows) {
    const Estimate simulated = row.simulated.value_or(Estimate{});
    list.push_back({{"law", row.law},
                    {"resource", row.resource},
                    {"source", row.source},
                    {"what", row.what},
                    {"formula", row.formula},
                    {"unit", row.unit},
                    {"theory", row.theory},
                    {"simulated", row.simulated ? maybe(simulated.value) : maybe({})},
                    {"low", maybe(simulated.low)},
                    {"high", maybe(simulated.high)},
                    {"runs", row.runs},
                    {"confidence", share(row.confidence)},
                    {"verdict", name(row.agreement())}});
  }
  const nlohmann::ordered_json document = {{"rows", list},
                                           {"within", within(rows)},
                                           {"of", rows.size()},
                                           {"widest", kWidestHalfInterval}};
  return document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

const char* name(Agreement agreement) {
  switch (agreement) {
    case Agreement::within:
      return "within";
    case Agreement::outside:
      return "OUTSIDE";
    case Agreement::vague:
      return "TOO WIDE";
    case Agreement::unknown:
      break;
  }
  return "UNKNOWN";
}

}  // namespace wavetank::reports
