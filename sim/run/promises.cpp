// What the checkers may hold the log to, by the scenario's settings; and the names in what was
// seen.

#include <algorithm>

#include "sim/run/log_system.h"

namespace wavetank::sim {

/// What holds of partitions and groups only with certain settings.
void LogSystem::promise() {
  if (scenario_.log.controller.hosts.empty()) {
    observer_->invariants().replication().changes_may_be_undone();
  }
  for (std::uint32_t topic = 0; topic < scenario_.log.topics.size(); ++topic) {
    const log::TopicConfig& config = scenario_.log.topics[topic];
    const bool waits = std::ranges::all_of(scenario_.workloads, [&](const scenarios::Workload& it) {
      return it.topic_index != topic || it.producer.acks == log::Acks::all;
    });
    for (std::uint32_t i = 0; waits && i < config.partitions; ++i) {
      observer_->invariants().replication().promises(topology_.first_partition(topic) + i,
                                                     config.min_insync);
    }
  }
  const bool offsets_stay = scenario_.log.offsets.min_insync > 1;
  for (GroupIndex index = 0; index < scenario_.consumers.size(); ++index) {
    const bool cooperates =
        scenario_.consumers[index].consumer.assignor == log::Assignor::cooperative_sticky;
    observer_->groups().promise(index, {true, cooperates, false, offsets_stay});
  }
  for (std::size_t i = 0; i < scenario_.processors.size(); ++i) {
    const scenarios::Processor& it = scenario_.processors[i];
    observer_->groups().promise(static_cast<GroupIndex>(scenario_.consumers.size() + i),
                                {true, it.consumer.assignor == log::Assignor::cooperative_sticky,
                                 it.exactly_once, false});  // it may go back to what it knows
  }
}

reports::RecordWays LogSystem::ways() const {
  reports::RecordWays ways{observer_->stages().ways(), {}, {}};
  for (std::uint32_t p = 0; p < topology_.partition_count(); ++p) {
    ways.partitions.push_back(topology_.partition_name(log::PartitionId(p)));
  }
  for (const NodeId broker : topology_.brokers) {
    ways.leaders.resize(std::max<std::size_t>(ways.leaders.size(), broker.value() + 1));
    ways.leaders[broker.value()] = world_.cluster->node(broker).spec().name;
  }
  return ways;
}

}  // namespace wavetank::sim
