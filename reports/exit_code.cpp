#include "reports/exit_code.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace wavetank::reports {

namespace {

struct Meaning {
  ExitCode code;
  const char* text;
};

/// Most serious first.
constexpr std::array kMeanings{
    Meaning{ExitCode::kInternalError, "internal error"},
    Meaning{ExitCode::kUsage, "usage error"},
    Meaning{ExitCode::kScenarioInvalid, "scenario invalid"},
    Meaning{ExitCode::kInputOutput, "cannot read or write"},
    Meaning{ExitCode::kInvariantBroken, "correctness invariant broken"},
    Meaning{ExitCode::kInterrupted, "interrupted"},
    Meaning{ExitCode::kTerminated, "terminated"},
    Meaning{ExitCode::kStoppedByBudget, "stopped by budget"},
    Meaning{ExitCode::kExperimentVoid, "experiment void"},
    Meaning{ExitCode::kSloViolated, "SLO violated"},
    Meaning{ExitCode::kRegression, "regression against baseline"},
    Meaning{ExitCode::kBaselineNotComparable, "baseline missing or not comparable"},
    Meaning{ExitCode::kCapacityNotBracketed, "capacity not bracketed"},
    Meaning{ExitCode::kFailure, "failure"},
    Meaning{ExitCode::kOk, "ok"},
};

std::size_t rank(ExitCode code) {
  return static_cast<std::size_t>(std::ranges::find(kMeanings, code, &Meaning::code) -
                                  kMeanings.begin());
}

}  // namespace

void sort_by_seriousness(std::vector<ExitCode>& codes) {
  std::ranges::sort(codes, {}, rank);
  codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
  std::erase(codes, ExitCode::kOk);
}

ExitCode most_serious(const std::vector<ExitCode>& codes) {
  const auto worst = std::ranges::min_element(codes, {}, rank);
  return worst == codes.end() ? ExitCode::kOk : *worst;
}

const char* describe(ExitCode code) {
  const std::size_t at = rank(code);
  return at < kMeanings.size() ? kMeanings[at].text : "unknown exit code";
}

}  // namespace wavetank::reports
