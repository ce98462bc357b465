#pragma once

// A run on one screen.

#include <string>
#include <vector>

#include "reports/result.h"

namespace wavetank::reports {

inline constexpr std::size_t kSummaryLines = 24;

/// What the terminal can do; the caller finds out.
struct Style {
  bool color = false;  ///< emphasis only: nothing is told by colour alone
  bool ascii = false;  ///< no character beyond ASCII
  int width = 100;     ///< columns; less than 60 is taken as 60
};

/// What the result does not know, because it depends on where the run took place.
struct SummaryContext {
  std::string command;             ///< that repeats the run: "wavetank run x.json --seed 7"
  std::vector<std::string> files;  ///< written: "out/result.json"
  std::string next;                ///< "wavetank explain out/"
};

/// At most kSummaryLines lines, each ended by "\n" and no wider than the style. The verdict comes
/// first and last. What a scenario names is shown through `printable`.
std::string terminal_summary(const RunResult& result, const SummaryContext& context,
                             const Style& style);

}  // namespace wavetank::reports
