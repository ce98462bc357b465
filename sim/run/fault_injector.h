#pragma once

// Carries out a scenario's schedule: every fault begins and ends at its date, as an event like any
// other. Load spikes are part of the arrivals; here they are only noted.

#include <memory>
#include <vector>

#include "scenarios/schedule.h"
#include "sim/run/log_system.h"
#include "sim/run/world.h"

namespace wavetank::sim {

class FaultInjector final : private EventTarget {
 public:
  /// REQUIRES: all arguments outlive it.
  FaultInjector(World& world, LogSystem& system, const scenarios::Scenario& scenario);

  /// Schedules all steps.
  void start();

 private:
  struct Begin;
  struct End;
  void fire(std::uint64_t step) override;

  World& world_;
  LogSystem& system_;
  const scenarios::Scenario& scenario_;
  std::vector<scenarios::Step> schedule_;
};

}  // namespace wavetank::sim
