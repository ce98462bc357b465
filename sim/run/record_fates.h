#pragma once

// Runs a scenario, and keeps of every record of the log when it was to be sent and how long it
// took: sixteen bytes a record, as many as a scenario may have (scenarios/limits.h).

#include <string>

#include "reports/counterfactual.h"
#include "sim/run/run.h"

namespace wavetank::sim {

struct FatedRun {
  reports::RunResult result;
  reports::RecordFates fates;  ///< none of a scenario without a log
};

/// The same scenario without its faults and what is said of them. What raises the load stays: it
/// decides which records there are.
scenarios::Scenario without_faults(const scenarios::Scenario& scenario);

/// What a run in a process of its own says: hand it to `read_fated`. REQUIRES: as `run`.
std::string run_for_fates(const scenarios::Scenario& scenario);
/// Fails with the run's own words if it could not be.
Result<FatedRun> read_fated(const std::string& answer);

}  // namespace wavetank::sim
