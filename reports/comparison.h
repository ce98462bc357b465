#pragma once

// Two runs beside each other. The same program, scenario and seed give the same events, so two runs
// are identical or differ for a reason; there is no noise to average away.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "reports/result.h"
#include "reports/terminal_summary.h"

namespace wavetank::reports {

/// A change by less than this share is shown, but not called better or worse.
inline constexpr double kNegligibleChange = 0.01;

/// Neither: a count of what happens, whose change is no more than a change.
enum class Better : std::uint8_t { lower, higher, neither };

/// One number of a result, under the name by which objectives speak of it ("e2e.p99 during fault").
struct Quantity {
  std::string name;
  std::string unit;
  Better better = Better::lower;
  double value = 0;
};
/// All numbers of a result that can be better or worse, in the order of the result.
std::vector<Quantity> quantities(const RunResult& result);

enum class Effect : std::uint8_t { same, better, worse, other, appeared, disappeared };
/// "same", "better", "worse", "other", "new", "gone".
const char* effect_word(Effect effect);

/// One number in both runs; missing where the run does not have it.
struct Change {
  std::string name;
  std::string unit;
  std::optional<double> base;
  std::optional<double> changed;
  Effect effect = Effect::same;
  /// By what share of the base it changed; missing if the base is missing or zero.
  [[nodiscard]] std::optional<double> relative() const;
};

struct Comparison {
  bool same_scenario = false;  ///< but for the seed
  bool same_seed = false;
  bool same_events = false;  ///< by their digests
  bool identical = false;    ///< and in all else that the results say
  /// Since when what was seen second by second differs; missing if it does not.
  std::optional<Time> differs_from;
  std::vector<Change> changes;  ///< all, changed or not
};
Comparison compare(const RunResult& base, const RunResult& changed);

/// For a terminal: in one line what the two are to each other, then what has changed, worse first.
std::string comparison_text(const RunResult& base, const RunResult& changed, const Style& style);
/// As one JSON document.
std::string comparison_json(const RunResult& base, const RunResult& changed);

}  // namespace wavetank::reports
