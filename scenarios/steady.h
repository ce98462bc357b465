#pragma once

// A scenario as a probe of the load that it carries.

#include "engine/base/result.h"
#include "scenarios/limits.h"
#include "scenarios/scenario.h"

namespace wavetank::scenarios {

struct SteadyOptions {
  Duration duration = seconds(10);  ///< warm-up included
  Duration warmup = seconds(3);
  bool keeps_faults = false;  ///< and when its loads start and stop
};
/// The same scenario over this time, without its knees, what it declares to fail and, unless they
/// are kept, its faults: all its loads at once, from the start.
Scenario steady(const Scenario& scenario, const SteadyOptions& options);

/// Whether it asks for more records, memory or events than these allow; says which.
Status within_limits(const Scenario& scenario, const Limits& limits = {});

/// What its workloads offer a second, on average.
struct OfferedLoad {
  double records_per_s = 0;  ///< to topics that consumers read
  bool is_all_read = true;   ///< else a backlog that nobody reads grows for ever
};
OfferedLoad offered_load(const Scenario& scenario);

}  // namespace wavetank::scenarios
