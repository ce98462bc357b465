#pragma once

// The simulated world of a scenario: its hosts as a platform with machines of the catalogue's
// types, and the network between them.

#include <memory>
#include <vector>

#include "engine/base/result.h"
#include "models/costs.h"
#include "scenarios/scenario.h"
#include "sim/cluster/cluster.h"
#include "sim/kernel/kernel.h"
#include "sim/network/network.h"
#include "sim/platform/platform.h"

namespace wavetank::sim {

class World {
 public:
  /// REQUIRES: no other world has been built in this process (SimGrid has one engine).
  static Result<std::unique_ptr<World>> build(const scenarios::Scenario& scenario);

  Kernel kernel;
  models::CostTable costs;
  std::unique_ptr<Platform> platform;
  std::unique_ptr<Network> network;
  std::unique_ptr<Cluster> cluster;
  /// By index of the scenario's hosts.
  std::vector<HostId> hosts;
  std::vector<MachineId> machines;
};

}  // namespace wavetank::sim
