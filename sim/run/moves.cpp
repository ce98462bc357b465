// Partitions that an operator moves: who he is, and what he asks for.

#include <algorithm>

#include "sim/run/log_system.h"

namespace wavetank::sim {

/// On the machine of the first controller; upon an ensemble, of the first server.
void LogSystem::add_operator() {
  const bool moves = std::ranges::any_of(scenario_.faults, [](const scenarios::Fault& fault) {
    return std::holds_alternative<scenarios::Reassign>(fault.action);
  });
  if (!moves) {
    return;
  }
  operator_ = std::make_unique<Operator>(*world_.cluster, *observer_);
  const scenarios::Selector& hosts = scenario_.log.controller.hosts.empty()
                                         ? scenario_.coordination.servers
                                         : scenario_.log.controller;
  operator_->works_on(world_.cluster->add_node(
      {"operator", machine(hosts.hosts.front()), [this] { return operator_->client(topology_); }}));
}

std::vector<log::PartitionId> LogSystem::partitions_named(const std::string& name) const {
  std::vector<log::PartitionId> partitions;
  for (std::uint32_t i = 0; i < topology_.partition_count(); ++i) {
    const log::PartitionId p(i);
    if (topology_.partition_name(p) == name ||
        topology_.topics[topology_.topic_of(p)].name == name) {
      partitions.push_back(p);
    }
  }
  return partitions;
}

/// Partition i begins with the i-th of the brokers, and goes on with those behind it (as
/// `kafka-reassign-partitions --generate` does, from a random one).
bool LogSystem::reassign(const scenarios::Reassign& wanted, std::size_t fault) {
  const std::vector<NodeId> brokers = brokers_on(wanted.to.hosts);
  const std::vector<log::PartitionId> partitions = partitions_named(wanted.what);
  log::AlterPartitionReassignmentsRequest request;
  request.throttle = wanted.throttle_bits_per_s.value_or(0) / 8;
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    auto& partition = request.partitions.emplace_back();
    partition.partition = partitions[i];
    const std::size_t replication = topology_.topics[topology_.topic_of(partitions[i])].replication;
    for (std::size_t k = 0; k < replication; ++k) {
      partition.replicas.push_back(brokers[(i + k) % brokers.size()]);
    }
  }
  if (!operator_->ask(fault, std::move(request))) {
    return false;
  }
  observer_->moves().asked(fault, world_.kernel.now(), partitions);
  return true;
}

void LogSystem::cancel(const scenarios::Reassign& wanted, std::size_t fault) {
  log::AlterPartitionReassignmentsRequest request;
  for (const log::PartitionId p :
       observer_->moves().under_way(fault, partitions_named(wanted.what))) {
    request.partitions.push_back({p, {}});
  }
  if (!request.partitions.empty()) {
    operator_->ask(fault, std::move(request));
  }
}

}  // namespace wavetank::sim
