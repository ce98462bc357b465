#include "sim/cli/exit_codes.h"

#include <fmt/format.h>

#include "reports/exit_code.h"

namespace wavetank::cli {

namespace {

using reports::ExitCode;

constexpr ExitCode kAllExitCodes[] = {ExitCode::ok,
                                      ExitCode::failure,
                                      ExitCode::usage,
                                      ExitCode::scenario_invalid,
                                      ExitCode::input_output,
                                      ExitCode::regression,
                                      ExitCode::baseline_not_comparable,
                                      ExitCode::invariant_broken,
                                      ExitCode::experiment_void,
                                      ExitCode::capacity_not_bracketed,
                                      ExitCode::stopped_by_budget,
                                      ExitCode::not_repeatable,
                                      ExitCode::internal_error,
                                      ExitCode::slo_violated,
                                      ExitCode::interrupted,
                                      ExitCode::terminated};

}  // namespace

std::span<const ExitCode> all_exit_codes() {
  return kAllExitCodes;
}

std::string exit_code_table() {
  std::string table = "Exit codes:\n";
  for (const ExitCode code : kAllExitCodes) {
    table += fmt::format("  {:>3}  {}\n", static_cast<int>(code), reports::describe(code));
  }
  return table;
}

}  // namespace wavetank::cli
