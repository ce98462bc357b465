#pragma once

// "Published against simulated": figures that others measured on real systems, and claims of
// papers, beside what the simulation gives; with the error of each, and whether it is a prediction.

#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "reports/result.h"
#include "scenarios/expectation.h"

namespace wavetank::reports {

enum class Standing : std::uint8_t {
  within,
  outside,
  explained,   ///< outside its tolerance, and the reason is written down
  calibrated,  ///< within, and not a prediction
  unknown,     ///< there is no simulated figure
};

struct PublishedRow {
  std::string row;
  std::string source;
  std::string what;
  std::string unit;       ///< of `simulated`; empty for ratios and counts
  std::string published;  ///< as written
  std::optional<double> simulated;
  std::optional<double> error;  ///< simulated / published - 1; missing for claims ("< 60 s")
  std::string tolerance;        ///< as written; empty for claims
  bool calibrated = false;      ///< no prediction, wherever it lies
  Standing standing = Standing::unknown;
  std::string note;  ///< the reason, or why it is unknown
};

/// The row of a published figure. `simulated` is in the figure's unit.
PublishedRow compare(const scenarios::Expectation& expected, const Result<double>& simulated);
/// The row of a paper's claim, as a run has evaluated it.
PublishedRow compare(const FigureReport& claim);

struct PublishedSummary {
  std::size_t predicted = 0;           ///< rows that are not calibrated
  std::size_t within = 0;              ///< of these
  std::optional<double> median_error;  ///< of the size of the errors of predicted rows
};
PublishedSummary summarise(const std::vector<PublishedRow>& rows);

/// `ok`, or `failure` if a row is outside its tolerance without a reason, or unknown: also one that
/// was calibrated, which then is so no more.
ExitCode judge(const std::vector<PublishedRow>& rows);

/// Rows of one source stand together, in the order in which sources first appear.
std::string table_text(const std::vector<PublishedRow>& rows, bool ascii = false);
std::string table_json(const std::vector<PublishedRow>& rows);

const char* name(Standing standing);

}  // namespace wavetank::reports
