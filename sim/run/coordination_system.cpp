#include "sim/run/coordination_system.h"

#include <algorithm>
#include <string>
#include <utility>

#include "engine/coordination/server/server.h"
#include "sim/load/late_start.h"

namespace wavetank::sim {

CoordinationSystem::CoordinationSystem(World& world, const scenarios::Scenario& scenario)
    : world_(world),
      scenario_(scenario),
      observer_(world.kernel, ensemble_, Time() + scenario.warmup, Time() + scenario.duration) {
  for (const std::uint32_t host : scenario_.coordination.servers.hosts) {
    add_server(host, true);
  }
  for (const std::uint32_t host : scenario_.coordination.observers.hosts) {
    add_server(host, false);
  }
  for (const scenarios::CoordinationClients& clients : scenario_.clients) {
    clients_ += clients.clients;
  }
  for (const scenarios::CoordinationClients& clients : scenario_.clients) {
    add_clients(clients);
  }
}

void CoordinationSystem::add_server(std::uint32_t host, bool votes) {
  const NodeId self(static_cast<std::uint32_t>(world_.cluster->node_count()));
  (votes ? ensemble_.voters : ensemble_.observers).push_back(self);
  servers_.emplace_back(host, self);
  const MachineId on = world_.machines[host];
  NodeSpec server{(votes ? "server@" : "observer@") + scenario_.cluster.hosts[host].name,
                  on,
                  [this, self] {
                    return std::make_unique<coordination::Server>(
                        self, scenario_.coordination.server, ensemble_, *probe_);
                  },
                  world_.cluster->machine(on).cores,
                  true,
                  {},
                  [this](NodeId from) { return !is_server(from); }};
  server.watch = &observer_.promises();
  world_.cluster->add_node(std::move(server));
}

bool CoordinationSystem::is_server(NodeId node) const {
  return ensemble_.votes(node) ||
         std::ranges::find(ensemble_.observers, node) != ensemble_.observers.end();
}

std::vector<NodeId> CoordinationSystem::servers() const {
  std::vector<NodeId> all;
  for (const auto& [host, node] : servers_) {
    all.push_back(node);
  }
  return all;
}

std::vector<NodeId> CoordinationSystem::servers_on(const std::vector<std::uint32_t>& hosts) const {
  std::vector<NodeId> found;
  for (const auto& [host, node] : servers_) {
    if (std::ranges::find(hosts, host) != hosts.end()) {
      found.push_back(node);
    }
  }
  return found;
}

void CoordinationSystem::add_clients(const scenarios::CoordinationClients& clients) {
  for (std::uint32_t index = 0; index < clients.clients; ++index) {
    add_client(clients, index);
  }
}

void CoordinationSystem::add_client(const scenarios::CoordinationClients& clients,
                                    std::uint32_t index) {
  CoordinationMix mix;
  mix.outstanding = clients.outstanding;
  if (clients.rate) {
    mix.rate = *models::Rate::of(*clients.rate / clients.clients);
  }
  mix.read_share = clients.read_share;
  mix.create_share = clients.create_share;
  mix.sequential_share = clients.sequential_share;
  mix.multi_share = clients.multi_share;
  mix.conditional_share = clients.conditional_share;
  mix.watch_share = clients.watch_share;
  mix.sync_share = clients.sync_share;
  mix.value_bytes = clients.value_bytes;
  mix.stop = Time() + std::min(clients.stop.value_or(scenario_.duration), scenario_.duration);
  const std::vector<NodeId> servers =
      clients.servers ? servers_on(clients.servers->hosts) : this->servers();
  coordination::ClientConfig config = clients.client;
  if (!clients.rate) {
    config.max_outstanding = 2 * clients.outstanding + 2;  // removals and its own nodes beside
  }
  const std::uint32_t host = clients.on.hosts[index % clients.on.hosts.size()];
  CoordinationClient::Place place{next_client_++, clients_, 0, scenario_.seed};
  world_.cluster->add_node(
      {clients.name + "-" + std::to_string(index + 1), world_.machines[host],
       [this, mix, config, servers, place, start = clients.start]() mutable {
         auto client = std::make_unique<CoordinationClient>(place, mix, config, servers, observer_);
         ++place.life;
         return start_at(Time() + start, world_.kernel.now(), std::move(client));
       }});
}

std::optional<std::uint32_t> CoordinationSystem::leader_host() const {
  std::optional<std::uint32_t> found;
  coordination::Epoch latest;
  for (const auto& [host, id] : servers_) {
    const Node& node = world_.cluster->node(id);
    if (!node.running()) {
      continue;
    }
    const coordination::ServerView view = node.role<coordination::Server>().view();
    const bool leads = view.standing == coordination::Standing::leading && view.serves;
    if (leads && (!found || view.epoch > latest)) {
      found = host;
      latest = view.epoch;
    }
  }
  return found;
}

std::vector<const coordination::DataTree*> CoordinationSystem::trees() const {
  std::vector<const coordination::DataTree*> trees;
  for (const auto& [host, id] : servers_) {
    Node& node = world_.cluster->node(id);
    if (node.running() && node.role<coordination::Server>().view().serves) {
      trees.push_back(&node.role<coordination::Server>().tree());
    }
  }
  return trees;
}

}  // namespace wavetank::sim
