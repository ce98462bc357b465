// Of LogSystem: the applications that read one topic and write another.

#include <string>

#include "sim/run/log_system.h"

namespace wavetank::sim {

namespace {

/// A supervisor starts an application that has ended itself again after this.
constexpr Duration kRestartAfter = seconds(1);

std::vector<log::PartitionId> partitions_of(const log::Topology& topology, std::size_t topic) {
  std::vector<log::PartitionId> partitions;
  for (std::uint32_t p = 0; p < topology.topics[topic].partitions; ++p) {
    partitions.push_back(topology.first_partition(topic) + p);
  }
  return partitions;
}

}  // namespace

void LogSystem::add_processors() {
  for (std::size_t index = 0; index < scenario_.processors.size(); ++index) {
    for (const log::PartitionId p :
         partitions_of(topology_, scenario_.processors[index].to_index)) {
      observer_->holds_effects(p);
    }
    for (std::uint32_t member = 0; member < scenario_.processors[index].members; ++member) {
      add_processor(index, member);
    }
  }
}

void LogSystem::add_processor(std::size_t index, std::uint32_t member) {
  const scenarios::Processor& spec = scenario_.processors[index];
  const auto group = static_cast<GroupIndex>(scenario_.consumers.size() + index);
  const NodeId consumer(static_cast<std::uint32_t>(world_.cluster->node_count()));
  const NodeId producer = consumer + 1;
  processors_.push_back(std::make_unique<Processor>(
      *world_.cluster, *observer_, Processor::Spec{spec.name, spec.exactly_once, spec.commit_every},
      Reader(*observer_, consumer, group, false, true, topology_.partition_count())));
  Processor* application = processors_.back().get();
  application->run_on(consumer, producer);
  observer_->groups().commits_for(producer, consumer);
  log::ConsumerConfig consuming = spec.consumer;
  log::ProducerConfig producing = spec.producer;
  consuming.client = producing.client = spec.name;
  const std::string number = std::to_string(member + 1);
  producing.transactional_id = spec.exactly_once ? spec.name + "-" + number : "";
  const MachineId on = machine(spec.on.hosts[member % spec.on.hosts.size()]);
  world_.cluster->add_node({spec.name + "/consumer-" + number, on,
                            [this, application, consumer, consuming, &spec] {
                              auto role = std::make_unique<log::Consumer>(
                                  consumer, consuming, topology_,
                                  std::vector<std::uint32_t>{spec.from_index}, *application);
                              application->process_starts(*role);
                              return role;
                            },
                            1, false, kRestartAfter});
  world_.cluster->add_node({spec.name + "/producer-" + number, on,
                            [this, application, producer, producing, &spec] {
                              auto role = std::make_unique<log::Producer>(
                                  producer, producing, topology_, spec.to_index, *application);
                              application->process_starts(*role);
                              return role;
                            },
                            1, false, kRestartAfter});
}

std::vector<Processing> LogSystem::processings() const {
  std::vector<Processing> all;
  for (std::size_t index = 0; index < scenario_.processors.size(); ++index) {
    const scenarios::Processor& spec = scenario_.processors[index];
    all.push_back(
        {spec.name, partitions_of(topology_, spec.from_index),
         partitions_of(topology_, spec.to_index),
         observer_->committed(static_cast<GroupIndex>(scenario_.consumers.size() + index))});
  }
  return all;
}

}  // namespace wavetank::sim
