#pragma once

// Carries out a scenario's schedule: every fault begins and ends at its date, as an event like any
// other. Load spikes are part of the arrivals; here they are only noted.

#include <string>
#include <vector>

#include "engine/base/random.h"
#include "scenarios/schedule.h"
#include "sim/run/coordination_system.h"
#include "sim/run/kv_system.h"
#include "sim/run/log_system.h"
#include "sim/run/world.h"

namespace wavetank::sim {

class FaultInjector final : private EventTarget {
 public:
  /// What the scenario does not have is null.
  struct Systems {
    LogSystem* log;
    CoordinationSystem* coordination;
    KvSystem* kv;
  };

  /// REQUIRES: all that is named outlives it.
  FaultInjector(World& world, const Systems& systems, const scenarios::Scenario& scenario);

  /// Schedules all steps.
  void start();
  /// What the schedule does not say of a fault: where a bit has flipped, who led. Mostly empty.
  [[nodiscard]] const std::string& note(std::size_t fault) const { return notes_[fault]; }

 private:
  struct Begin;
  struct End;
  void fire(std::uint64_t step) override;
  void fault_begins(const scenarios::Step& step);
  void find_leader(std::size_t fault);
  std::string rot(std::uint32_t host, const std::string& files);

  World& world_;
  Systems systems_;
  const scenarios::Scenario& scenario_;
  /// By fault. Who leads is found out when it begins, and struck until it ends.
  std::vector<scenarios::FaultAction> actions_;
  std::vector<scenarios::Step> schedule_;
  std::vector<std::string> notes_;  ///< by fault
  Random random_;
};

}  // namespace wavetank::sim
