#pragma once

// Puts a key-value service and its clients on the hosts of a scenario: a node for every server and
// client process.

#include <optional>
#include <vector>

#include "engine/coordination/kv/server.h"
#include "scenarios/scenario.h"
#include "sim/run/kv_observer.h"
#include "sim/run/world.h"

namespace wavetank::sim {

class KvSystem {
 public:
  /// REQUIRES: world and scenario outlive it; the scenario has the service.
  KvSystem(World& world, const scenarios::Scenario& scenario);

  [[nodiscard]] KvObserver& observer() { return observer_; }
  /// What servers tell goes to `probe`, which passes it on to the observer. REQUIRES: nothing has
  /// been started, and it outlives the run.
  void tell(raft::Probe& probe) { probe_ = &probe; }
  /// Of the newest term; as its host, an index into the scenario's.
  [[nodiscard]] std::optional<std::uint32_t> leader_host() const;
  /// The leader's; null if nobody leads.
  [[nodiscard]] const kv::Store* store() const;

 private:
  struct Place {
    std::uint32_t host;
    NodeId node;
  };

  void add_server(std::uint32_t host);
  void add_client(const scenarios::KvClients& clients, std::uint32_t index);
  [[nodiscard]] const Place* leader() const;

  World& world_;
  const scenarios::Scenario& scenario_;
  KvObserver observer_;
  raft::Probe* probe_ = &observer_;
  std::vector<Place> servers_;
  std::vector<NodeId> server_nodes_;
  std::uint32_t next_client_ = 0;
};

}  // namespace wavetank::sim
