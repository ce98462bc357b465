#pragma once

// What is said of the log when a run is over: its rules, its ledger, and its figures.

#include <vector>

#include "engine/base/time.h"
#include "reports/result.h"
#include "scenarios/scenario.h"
#include "sim/check/log_audit.h"
#include "sim/run/log_system.h"

namespace wavetank::sim {

struct RunEnd {
  Time at;
  bool cut_short = false;  ///< before everything could settle
};

/// When what went wrong had its cause.
struct Misfortunes {
  std::vector<Time> lost;              ///< when each lost record was acknowledged
  std::vector<Duplicated> duplicated;  ///< each copy too many
};

/// Fills in the ledger, what is lost, invariants, metrics and where the time went.
Misfortunes judge_log(LogSystem& log, const scenarios::Scenario& scenario, const RunEnd& end,
                      reports::RunResult& result);

/// Counts each of them to a fault. What is lost, to the one that came next after it had been
/// acknowledged, or else to the last. What is there twice was sent again because its answer was
/// late: it is counted to the first fault that began while it was under way, or else to the last
/// one before that, or else to the first of all. REQUIRES: there are faults.
void blame(std::vector<reports::FaultReport>& faults, const Misfortunes& dates);

}  // namespace wavetank::sim
