#include "sim/run/kv_system.h"

#include <algorithm>
#include <memory>
#include <string>

namespace wavetank::sim {

KvSystem::KvSystem(World& world, const scenarios::Scenario& scenario)
    : world_(world),
      scenario_(scenario),
      observer_(world.kernel, scenario.kv.servers.hosts.size(), Time() + scenario.warmup) {
  for (const std::uint32_t host : scenario_.kv.servers.hosts) {
    add_server(host);
  }
  for (const scenarios::KvClients& clients : scenario_.kv_clients) {
    for (std::uint32_t index = 0; index < clients.clients; ++index) {
      add_client(clients, index);
    }
  }
}

void KvSystem::add_server(std::uint32_t host) {
  const NodeId self(static_cast<std::uint32_t>(world_.cluster->node_count()));
  servers_.push_back({host, self});
  server_nodes_.push_back(self);
  const MachineId on = world_.machines[host];
  NodeSpec server{"kv@" + scenario_.cluster.hosts[host].name, on,
                  [this, self] {
                    return std::make_unique<kv::Server>(self, scenario_.kv.server, server_nodes_,
                                                        *probe_);
                  },
                  world_.cluster->machine(on).cores, true};
  server.watch = &observer_.promises();
  world_.cluster->add_node(std::move(server));
}

void KvSystem::add_client(const scenarios::KvClients& clients, std::uint32_t index) {
  KvMix mix;
  mix.outstanding = clients.outstanding;
  mix.rate = clients.rate.value_or(0) / clients.clients;
  mix.read_share = clients.read_share;
  mix.serializable_share = clients.serializable_share;
  mix.compare_share = clients.compare_share;
  mix.remove_share = clients.remove_share;
  mix.keys = clients.keys;
  mix.new_keys = clients.new_keys;
  mix.key_bytes = clients.key_bytes;
  mix.value_bytes = clients.value_bytes;
  mix.stop = Time() + std::min(clients.stop.value_or(scenario_.duration), scenario_.duration);
  std::vector<NodeId> known;
  for (const Place& server : servers_) {
    if (!clients.servers || std::ranges::binary_search(clients.servers->hosts, server.host)) {
      known.push_back(server.node);
    }
  }
  const std::uint32_t host = clients.on.hosts[index % clients.on.hosts.size()];
  KvClient::Place place{next_client_++, 0, scenario_.seed};
  world_.cluster->add_node({clients.name + "-" + std::to_string(index + 1), world_.machines[host],
                            [this, mix, known, place, config = clients.client]() mutable {
                              auto client =
                                  std::make_unique<KvClient>(place, mix, config, known, observer_);
                              ++place.life;
                              return client;
                            }});
}

const KvSystem::Place* KvSystem::leader() const {
  const Place* newest = nullptr;
  raft::Term term;
  for (const Place& server : servers_) {
    const Node& node = world_.cluster->node(server.node);
    if (!node.running() || !node.role<kv::Server>().quorum().active()) {
      continue;
    }
    if (newest == nullptr || node.role<kv::Server>().quorum().term() > term) {
      newest = &server;
      term = node.role<kv::Server>().quorum().term();
    }
  }
  return newest;
}

std::optional<std::uint32_t> KvSystem::leader_host() const {
  const Place* found = leader();
  return found == nullptr ? std::nullopt : std::optional(found->host);
}

const kv::Store* KvSystem::store() const {
  const Place* found = leader();
  return found == nullptr ? nullptr : &world_.cluster->node(found->node).role<kv::Server>().store();
}

}  // namespace wavetank::sim
