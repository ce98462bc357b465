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
    Meaning{ExitCode::internal_error, "internal error"},
    Meaning{ExitCode::not_repeatable, "two runs of the same scenario and seed differ"},
    Meaning{ExitCode::usage, "usage error"},
    Meaning{ExitCode::scenario_invalid, "scenario invalid"},
    Meaning{ExitCode::input_output, "cannot read or write"},
    Meaning{ExitCode::invariant_broken, "correctness invariant broken"},
    Meaning{ExitCode::interrupted, "interrupted"},
    Meaning{ExitCode::terminated, "terminated"},
    Meaning{ExitCode::stopped_by_budget, "stopped by budget"},
    Meaning{ExitCode::experiment_void, "experiment void"},
    Meaning{ExitCode::slo_violated, "SLO violated"},
    Meaning{ExitCode::regression, "regression against baseline"},
    Meaning{ExitCode::baseline_not_comparable, "baseline missing or not comparable"},
    Meaning{ExitCode::capacity_not_bracketed, "capacity not bracketed"},
    Meaning{ExitCode::failure, "failure"},
    Meaning{ExitCode::ok, "ok"},
};

std::size_t rank(ExitCode code) {
  return static_cast<std::size_t>(std::ranges::find(kMeanings, code, &Meaning::code) -
                                  kMeanings.begin());
}

}  // namespace

void sort_by_seriousness(std::vector<ExitCode>& codes) {
  std::ranges::sort(codes, {}, rank);
  codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
  std::erase(codes, ExitCode::ok);
}

ExitCode most_serious(const std::vector<ExitCode>& codes) {
  const auto worst = std::ranges::min_element(codes, {}, rank);
  return worst == codes.end() ? ExitCode::ok : *worst;
}

const char* describe(ExitCode code) {
  const std::size_t at = rank(code);
  return at < kMeanings.size() ? kMeanings[at].text : "unknown exit code";
}

}  // namespace wavetank::reports
