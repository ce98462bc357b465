#pragma once

// What is said of the log when a run is over: its rules, its ledger, and its figures.

#include <vector>

#include "engine/base/time.h"
#include "reports/result.h"
#include "scenarios/scenario.h"
#include "sim/run/log_system.h"

namespace wavetank::sim {

struct RunEnd {
  Time at;
  bool cut_short = false;  ///< before everything could settle
};

/// When what went wrong had its cause.
struct Misfortunes {
  std::vector<Time> lost;        ///< when each lost record was acknowledged
  std::vector<Time> duplicated;  ///< of each copy too many: when its record was due
};

/// Fills in the ledger, what is lost, invariants, metrics and where the time went.
Misfortunes judge_log(LogSystem& log, const scenarios::Scenario& scenario, const RunEnd& end,
                      reports::RunResult& result);

/// Counts each of them to a fault. What is lost, to the one that came next after it had been
/// acknowledged; what is there twice, to the last one that had begun when it was due, or else to
/// the first: it was sent again because its answer was late. REQUIRES: there are faults.
void blame(std::vector<reports::FaultReport>& faults, const Misfortunes& dates);

}  // namespace wavetank::sim
