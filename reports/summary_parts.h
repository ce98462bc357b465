#pragma once

// Sentences and choices that the terminal summary and the Markdown summary share. Text that comes
// from a scenario is in them as it is: show it through `printable` or its Markdown kin.

#include <string>
#include <utility>
#include <vector>

#include "reports/result.h"

namespace wavetank::reports {

/// Violated first, then unknown, then met; otherwise as written.
std::vector<SloReport> worst_first(std::vector<SloReport> slos);
/// "120 s to 171 s", "120 s to 121 s and 2 more", or why it is unknown; empty when met.
std::string when_or_why(const SloReport& slo);
/// "4.1 s", or "?" when nothing was observed.
std::string observed_text(const SloReport& slo);
/// "+49 %", or empty.
std::string margin_text(const SloReport& slo);

/// "crash broker-2".
std::string fault_name(const FaultReport& fault);
/// The host that the first word of what a fault struck names; empty: it names none.
std::string host_struck(const RunResult& result, const std::string& target);
/// Those that lost most, and then those that nothing has recovered from; others by date.
std::vector<const FaultReport*> costliest_first(const std::vector<FaultReport>& faults);
/// "crash broker-2 at 10.4 s, to spare the last copy of events-3".
std::string spared_text(const SparedFault& fault);
/// "51 s", or "no".
std::string recovered_text(const FaultReport& fault);
/// "detect 2.1 s, elect 10 ms, drain 48 s".
std::string phases_text(const RecoveryPhases& phases);

/// The three largest parts of a latency: "replication 6.1 ms (51 %), batch 4 ms (33 %), ...".
std::string causes_text(const LatencySplit& split);

/// "6,000,000 produced = 5,999,990 delivered + 10 in flight + 0 lost; 12 duplicated". With `≠` (or
/// "!=") in place of "=" when it does not balance.
std::string ledger_text(const Ledger& ledger, bool ascii = false);
/// As `replay --events` takes it: "17", or "2/17" of the third producer process.
std::string event_name(std::uint64_t event_id);
/// "event 17, key order-5, in orders-7 at offset 991, acknowledged at 119.9 s".
std::string lost_text(const LostRecord& lost);
/// "log/order is broken: <first>".
std::string invariant_text(const InvariantReport& invariant);
/// The broken and the unknown ones, broken first.
std::vector<InvariantReport> troubled(const std::vector<InvariantReport>& invariants);
/// "holds", "does not hold", or why it is unknown; and the knee.
std::string figure_text(const FigureReport& figure);

/// "PASS", "FAIL", "UNKNOWN"
const char* verdict_word(Verdict verdict);

}  // namespace wavetank::reports
