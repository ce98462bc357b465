#include "sim/cli/exit_codes.h"

#include <fmt/format.h>

#include "reports/exit_code.h"

namespace wavetank::cli {

namespace {

using reports::ExitCode;

constexpr ExitCode kAllExitCodes[] = {ExitCode::kOk,
                                      ExitCode::kFailure,
                                      ExitCode::kUsage,
                                      ExitCode::kScenarioInvalid,
                                      ExitCode::kInputOutput,
                                      ExitCode::kRegression,
                                      ExitCode::kBaselineNotComparable,
                                      ExitCode::kInvariantBroken,
                                      ExitCode::kExperimentVoid,
                                      ExitCode::kCapacityNotBracketed,
                                      ExitCode::kStoppedByBudget,
                                      ExitCode::kInternalError,
                                      ExitCode::kSloViolated,
                                      ExitCode::kInterrupted,
                                      ExitCode::kTerminated};

}  // namespace

std::string exit_code_table() {
  std::string table = "Exit codes:\n";
  for (const ExitCode code : kAllExitCodes) {
    table += fmt::format("  {:>3}  {}\n", static_cast<int>(code), reports::describe(code));
  }
  return table;
}

}  // namespace wavetank::cli
