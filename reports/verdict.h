#pragma once

// One verdict out of many judgements.

#include <string>

#include "reports/result.h"

namespace wavetank::reports {

/// Fills verdict, exit code, exit codes, summary and `as_meant` from `slos`, `invariants`, `ledger`
/// and `partial`.
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

/// Of a scenario that is there to show failures (`meant_to_fail`): whether this one is among them,
/// and has happened.
[[nodiscard]] bool is_meant(const RunResult& result, const InvariantReport& failed);
[[nodiscard]] bool is_meant(const RunResult& result, const SloReport& violated);
/// Whether lost records are: they are, with the rule that their loss breaks.
[[nodiscard]] bool is_loss_meant(const RunResult& result);
/// What was to fail and did not, each in a few words.
std::vector<std::string> absent_failures(const RunResult& result);
/// The exit codes that apply but for what was meant to fail; 13 if some of that did not happen.
std::vector<ExitCode> codes_beyond_meant(const RunResult& result);
/// What was meant to fail has failed, and nothing else is wrong.
[[nodiscard]] bool is_as_meant(const RunResult& result);

/// The generated sentence: what happened, for somebody who reads nothing else. "p99 end-to-end was
/// 4.1 s (limit 2 s) from 120 s to 171 s after broker-2 crashed; recovered in 51 s; 0 lost, 12
/// duplicates". Names from the scenario are in it as they are: show it through `printable`.
std::string summary_sentence(const RunResult& result);

const char* name(Verdict verdict);  ///< "pass", "fail", "unknown"
const char* name(Regime regime);    ///< "realistic", "adversarial"
const char* name(Phase phase);      ///< "steady", "fault", "after"

}  // namespace wavetank::reports
