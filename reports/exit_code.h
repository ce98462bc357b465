#pragma once

// How the program ends, for shells and CI. The numbers are a public contract.

#include <vector>

namespace wavetank::reports {

enum class ExitCode : int {
  kOk = 0,                      ///< all objectives met, no invariant broken, the ledger balances
  kFailure = 1,                 ///< unclassified
  kUsage = 2,                   ///< a wrong flag or verb
  kScenarioInvalid = 3,         ///< the file, not the system
  kInputOutput = 4,             ///< cannot read or write, or a result of another version
  kRegression = 10,             ///< worse than the baseline
  kBaselineNotComparable = 11,  ///< missing, or of another scenario: never a false green
  kInvariantBroken = 12,        ///< loss, duplicate, order, ledger: worse than slow
  kExperimentVoid = 13,         ///< steady state not met before the fault, or too little evidence
  kCapacityNotBracketed = 14,   ///< no feasible point found
  kStoppedByBudget = 15,        ///< events, virtual or wall time
  kInternalError = 70,          ///< a defect of this program (EX_SOFTWARE of sysexits.h)
  kSloViolated = 99,            ///< as k6
  kInterrupted = 130,           ///< SIGINT
  kTerminated = 143,            ///< SIGTERM
};

/// The one code to exit with when all of `codes` apply: the most serious. A defect of the program
/// or of the input comes first, then a broken invariant, then a run that did not finish (what it
/// says about objectives is not final), a void experiment, a violated objective, a regression.
/// kOk when `codes` is empty.
ExitCode most_serious(const std::vector<ExitCode>& codes);

/// Sorts `codes` most serious first and drops repetitions and kOk.
void sort_by_seriousness(std::vector<ExitCode>& codes);

/// One line for people: "SLO violated".
const char* describe(ExitCode code);

}  // namespace wavetank::reports
