#pragma once

// How the program ends, for shells and CI. The numbers are a public contract.

#include <vector>

namespace wavetank::reports {

enum class ExitCode : int {
  ok = 0,                        ///< all objectives met, no invariant broken, the ledger balances
  failure = 1,                   ///< unclassified
  usage = 2,                     ///< a wrong flag or verb
  scenario_invalid = 3,          ///< the file, not the system
  input_output = 4,              ///< cannot read or write, or a result of another version
  regression = 10,               ///< worse than the baseline
  baseline_not_comparable = 11,  ///< missing, or of another scenario: never a false green
  invariant_broken = 12,         ///< loss, duplicate, order, ledger: worse than slow
  experiment_void = 13,          ///< steady state not met before the fault, or too little evidence
  capacity_not_bracketed = 14,   ///< no feasible point found
  stopped_by_budget = 15,        ///< events, virtual or wall time
  not_repeatable = 16,           ///< two runs of the same scenario and seed differ (run --verify)
  internal_error = 70,           ///< a defect of this program (EX_SOFTWARE of sysexits.h)
  slo_violated = 99,             ///< as k6
  interrupted = 130,             ///< SIGINT
  terminated = 143,              ///< SIGTERM
};

/// The one code to exit with when all of `codes` apply: the most serious. A defect of the program
/// or of the input comes first, then a broken invariant, then a run that did not finish (what it
/// says about objectives is not final), a void experiment, a violated objective, a regression.
/// ok when `codes` is empty.
ExitCode most_serious(const std::vector<ExitCode>& codes);

/// Sorts `codes` most serious first and drops repetitions and ok.
void sort_by_seriousness(std::vector<ExitCode>& codes);

/// One line for people: "SLO violated".
const char* describe(ExitCode code);

}  // namespace wavetank::reports
