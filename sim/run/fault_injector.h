#pragma once

// Carries out a scenario's schedule: every fault begins and ends at its date, as an event like any
// other. Load spikes are part of the arrivals; here they are only noted.

#include <string>
#include <vector>

#include "engine/base/random.h"
#include "scenarios/schedule.h"
#include "sim/run/coordination_system.h"
#include "sim/run/log_system.h"
#include "sim/run/world.h"

namespace wavetank::sim {

class FaultInjector final : private EventTarget {
 public:
  /// Systems that the scenario does not have are null. REQUIRES: all arguments outlive it.
  FaultInjector(World& world, LogSystem* log, CoordinationSystem* coordination,
                const scenarios::Scenario& scenario);

  /// Schedules all steps.
  void start();
  /// What the schedule does not say of a fault: where a bit has flipped. Mostly empty.
  [[nodiscard]] const std::string& note(std::size_t fault) const { return notes_[fault]; }

 private:
  struct Begin;
  struct End;
  void fire(std::uint64_t step) override;
  void fault_begins(const scenarios::Step& step);
  std::string rot(std::uint32_t host, const std::string& files);

  World& world_;
  LogSystem* log_;
  CoordinationSystem* coordination_;
  const scenarios::Scenario& scenario_;
  std::vector<scenarios::Step> schedule_;
  std::vector<std::string> notes_;  ///< by fault
  Random random_;
};

}  // namespace wavetank::sim
