#pragma once

// What is said of the log when a run is over: its rules, its ledger, and its figures.

#include "engine/base/time.h"
#include "reports/result.h"
#include "scenarios/scenario.h"
#include "sim/run/blame.h"
#include "sim/run/log_system.h"

namespace wavetank::sim {

struct RunEnd {
  Time at;
  bool cut_short = false;  ///< before everything could settle
};

/// Fills in the ledger, what is lost, invariants, metrics and where the time went.
Misfortunes judge_log(LogSystem& log, const scenarios::Scenario& scenario, const RunEnd& end,
                      reports::RunResult& result);

}  // namespace wavetank::sim
