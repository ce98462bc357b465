#pragma once

// Puts an ensemble and its clients on the hosts of a scenario: a node for every server, observer
// and client process.

#include <memory>
#include <optional>
#include <vector>

#include "engine/coordination/config.h"
#include "engine/coordination/tree/data_tree.h"
#include "scenarios/scenario.h"
#include "sim/load/coordination_client.h"
#include "sim/run/coordination_observer.h"
#include "sim/run/world.h"

namespace wavetank::sim {

class CoordinationSystem {
 public:
  /// REQUIRES: world and scenario outlive it; the scenario has the service.
  CoordinationSystem(World& world, const scenarios::Scenario& scenario);

  [[nodiscard]] CoordinationObserver& observer() { return observer_; }
  /// What servers tell goes to `probe`, which passes it on to the observer. REQUIRES: nothing has
  /// been started, and it outlives the run.
  void tell(coordination::Probe& probe) { probe_ = &probe; }
  [[nodiscard]] std::vector<NodeId> servers() const;
  /// The host of the established leader of the latest epoch; nothing if nobody leads.
  [[nodiscard]] std::optional<std::uint32_t> leader_host() const;
  /// The trees of the servers that serve clients.
  [[nodiscard]] std::vector<const coordination::DataTree*> trees() const;

 private:
  void add_server(std::uint32_t host, bool votes);
  void add_clients(const scenarios::CoordinationClients& clients);
  void add_client(const scenarios::CoordinationClients& clients, std::uint32_t index);
  [[nodiscard]] bool is_server(NodeId node) const;
  [[nodiscard]] std::vector<NodeId> servers_on(const std::vector<std::uint32_t>& hosts) const;

  World& world_;
  const scenarios::Scenario& scenario_;
  CoordinationObserver observer_;
  coordination::Probe* probe_ = &observer_;
  coordination::Ensemble ensemble_;
  std::vector<std::pair<std::uint32_t, NodeId>> servers_;  ///< host and node
  std::uint32_t clients_ = 0;                              ///< of the whole run
  std::uint32_t next_client_ = 0;
};

}  // namespace wavetank::sim
