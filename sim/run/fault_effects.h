#pragma once

// What faults do to the simulated world, kind by kind: when they begin, and what undoes it when
// they end. When that is, and to whom, the FaultInjector says.

#include <cstddef>
#include <cstdint>
#include <string>

#include "engine/base/random.h"
#include "scenarios/scenario.h"
#include "sim/run/log_system.h"
#include "sim/run/world.h"

namespace wavetank::sim {

class FaultEffects {
 public:
  /// `log`: null if the scenario has none. REQUIRES: all outlive it.
  FaultEffects(World& world, LogSystem* log, const scenarios::Scenario& scenario);

  /// `fault`: its number. Returns what the schedule does not say of it: where a bit has flipped,
  /// what a torn file has kept. Mostly empty. REQUIRES: the fault's hosts are known, here and
  /// below.
  std::string begin(const scenarios::FaultAction& action, std::size_t fault);
  void end(const scenarios::FaultAction& action, std::size_t fault);
  /// A rolling restart comes to a host (an index into the scenario's), and leaves it.
  void stop(std::uint32_t host, const scenarios::RollingRestart& rolling);
  void start(std::uint32_t host, const scenarios::RollingRestart& rolling);

 private:
  struct Begin;
  struct End;

  World& world_;
  LogSystem* log_;
  const scenarios::Scenario& scenario_;
  Random random_;
};

}  // namespace wavetank::sim
