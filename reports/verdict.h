#pragma once

// One verdict out of many judgements.

#include <string>

#include "reports/result.h"

namespace wavetank::reports {

/// Fills verdict, exit code, exit codes and summary from `slos`, `invariants`, `ledger` and
/// `partial`.
///
/// - fail: an invariant is broken, the ledger does not balance, or an objective is violated
/// - unknown: otherwise, an invariant or an objective is unknown or the run is partial
/// - pass: everything else
///
/// Exit codes that apply: 12 for a broken invariant, a lost record or a ledger that does not
/// balance; 99 for a violated objective, and also 13 if it is one of the steady phase and the run
/// had faults, 10 if it is one against the baseline; 13 for anything unknown, but 11 for an unknown
/// objective against the baseline; the code of `partial`.
void judge(RunResult& result);

/// The generated sentence: what happened, for somebody who reads nothing else. "p99 end-to-end was
/// 4.1 s (limit 2 s) from 120 s to 171 s after broker-2 crashed; recovered in 51 s; 0 lost, 12
/// duplicates". Names from the scenario are in it as they are: show it through `printable`.
std::string summary_sentence(const RunResult& result);

const char* name(Verdict verdict);  ///< "pass", "fail", "unknown"
const char* name(Regime regime);    ///< "realistic", "adversarial"
const char* name(Phase phase);      ///< "steady", "fault", "after"

}  // namespace wavetank::reports
