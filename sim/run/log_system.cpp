#include "sim/run/log_system.h"

#include <algorithm>
#include <utility>

#include "engine/log/broker.h"
#include "engine/log/consumer.h"
#include "engine/log/controller.h"
#include "engine/log/producer.h"
#include "models/orders.h"
#include "models/payloads.h"

namespace wavetank::sim {

using scenarios::Scenario;

Result<std::unique_ptr<LogSystem>> LogSystem::build(World& world, const Scenario& scenario) {
  std::unique_ptr<LogSystem> system(new LogSystem(world, scenario));
  system->lay_out();
  system->add_servers();
  if (Status added = system->add_producers(); !added) {
    return tl::unexpected<Error>(added.error());
  }
  system->add_consumers();
  return system;
}

/// Who is who: node ids are dense, brokers first, then the controller, then clients.
void LogSystem::lay_out() {
  broker_hosts_ = scenario_.log.brokers.hosts;
  std::uint32_t next = 0;
  for (const std::uint32_t host : broker_hosts_) {
    topology_.brokers.push_back(NodeId(next++));
    topology_.racks.push_back(scenario_.cluster.hosts[host].zone);
  }
  topology_.controller = NodeId(next);
  topology_.topics = scenario_.log.topics;
  topology_.topics.push_back(scenario_.log.offsets);

  std::vector<bool> loaded(topology_.partition_count());
  for (const scenarios::Workload& workload : scenario_.workloads) {
    const std::uint32_t first = topology_.first_partition(workload.topic_index).value();
    std::fill_n(loaded.begin() + first, topology_.topics[workload.topic_index].partitions, true);
  }
  observer_ = std::make_unique<Observer>(world_.kernel, *world_.cluster, std::move(loaded),
                                         Time() + scenario_.warmup);
}

void LogSystem::add_servers() {
  for (std::size_t b = 0; b < broker_hosts_.size(); ++b) {
    const scenarios::Host& host = scenario_.cluster.hosts[broker_hosts_[b]];
    const MachineId on = machine(broker_hosts_[b]);
    const NodeId self = topology_.brokers[b];
    world_.cluster->add_node({host.name, on,
                              [this, self] {
                                return std::make_unique<log::Broker>(self, scenario_.log.broker,
                                                                     topology_, *observer_);
                              },
                              world_.cluster->machine(on).cores, true});
  }
  const std::uint32_t host = scenario_.log.controller.hosts.front();
  world_.cluster->add_node({"controller@" + scenario_.cluster.hosts[host].name, machine(host),
                            [this] {
                              return std::make_unique<log::Controller>(topology_.controller,
                                                                       scenario_.log.control,
                                                                       topology_, *observer_);
                            },
                            1, true});
}

Status LogSystem::add_producers() {
  std::uint32_t instances = 0;
  for (const scenarios::Workload& workload : scenario_.workloads) {
    instances += workload.producers;
  }
  std::uint32_t instance = 0;
  for (std::size_t w = 0; w < scenario_.workloads.size(); ++w) {
    const scenarios::Workload& workload = scenario_.workloads[w];
    for (std::uint32_t member = 0; member < workload.producers; ++member, ++instance) {
      Result<LoadSpec> load = load_of(workload, w, member, instance, instances);
      if (!load) {
        return tl::unexpected<Error>(load.error());
      }
      generators_.push_back(
          std::make_unique<LoadGenerator>(*world_.cluster, *observer_, std::move(*load)));
      LoadGenerator* generator = generators_.back().get();
      const NodeId self(static_cast<std::uint32_t>(world_.cluster->node_count()));
      const std::uint32_t host = workload.on.hosts[member % workload.on.hosts.size()];
      world_.cluster->add_node({workload.name + "/producer-" + std::to_string(member + 1),
                                machine(host), [this, generator, self, &workload] {
                                  generator->process_starts();
                                  return std::make_unique<log::Producer>(
                                      self, workload.producer, topology_, workload.topic_index,
                                      *generator);
                                }});
      generator->run_on(self);
      producer_nodes_.push_back(self);
    }
  }
  return {};
}

Result<LoadSpec> LogSystem::load_of(const scenarios::Workload& workload, std::size_t index,
                                    std::uint32_t member, std::uint32_t instance,
                                    std::uint32_t instances) const {
  models::ArrivalsConfig arrivals;
  const Result<models::Rate> rate = models::Rate::of(workload.rate);
  if (!rate) {
    return tl::unexpected<Error>(rate.error());
  }
  arrivals.rate = *rate;
  arrivals.spacing = workload.arrivals.spacing;
  arrivals.profile = workload.arrivals.profile;
  arrivals.bursts = workload.arrivals.bursts;
  arrivals.instance = {member, workload.producers};
  arrivals.start = Time() + workload.start;
  for (const scenarios::Fault& fault : scenario_.faults) {
    if (const auto* spike = std::get_if<scenarios::LoadSpike>(&fault.action);
        spike != nullptr && spike->workload_index == index) {
      arrivals.steps.push_back({fault.at, fault.until().value_or(Time::never()), spike->factor});
    }
  }
  Result<models::Arrivals> times = models::Arrivals::make(std::move(arrivals));
  if (!times) {
    return tl::unexpected<Error>(times.error());
  }
  const Time end = Time() + scenario_.duration;
  LoadSpec spec{instance, nullptr, std::move(*times),
                std::min(end, workload.stop ? Time() + *workload.stop : end)};
  Random random(scenario_.seed, "load/records/" + std::to_string(instance));
  if (workload.model == scenarios::LoadModel::order_lifecycle) {
    models::OrdersConfig orders = workload.orders;
    orders.instance = {instance, instances};
    Result<models::OrderSource> source = models::OrderSource::make(orders, random);
    if (!source) {
      return tl::unexpected<Error>(source.error());
    }
    spec.source = std::make_unique<models::OrderSource>(std::move(*source));
  } else {
    Result<models::PlainSource> source = models::PlainSource::make(
        {workload.keys, workload.record_bytes, workload.random_share, {instance, instances}},
        random);
    if (!source) {
      return tl::unexpected<Error>(source.error());
    }
    spec.source = std::make_unique<models::PlainSource>(std::move(*source));
  }
  return spec;
}

void LogSystem::add_consumers() {
  std::vector<bool> topic_is_judged(topology_.topics.size());
  for (const scenarios::ConsumerGroup& group : scenario_.consumers) {
    const bool judged = !topic_is_judged[group.topic_index];
    topic_is_judged[group.topic_index] = true;
    for (std::uint32_t member = 0; member < group.members; ++member) {
      readers_.push_back(std::make_unique<Reader>(*observer_, judged));
      Reader* reader = readers_.back().get();
      const NodeId self(static_cast<std::uint32_t>(world_.cluster->node_count()));
      const std::uint32_t host = group.on.hosts[member % group.on.hosts.size()];
      std::vector<log::PartitionId> share = log::range_assignment(
          topology_.first_partition(group.topic_index),
          topology_.topics[group.topic_index].partitions, group.members, member);
      world_.cluster->add_node({group.group + "/consumer-" + std::to_string(member + 1),
                                machine(host),
                                [this, reader, self, &group, share = std::move(share)] {
                                  return std::make_unique<log::Consumer>(self, group.consumer,
                                                                         topology_, share, *reader);
                                }});
    }
  }
}

void LogSystem::start() {
  world_.cluster->start_all();
  for (const auto& generator : generators_) {
    generator->start();
  }
}

void LogSystem::bury_dead_producers() {
  for (std::size_t i = 0; i < generators_.size(); ++i) {
    if (!world_.cluster->node(producer_nodes_[i]).running()) {
      observer_->producer_died(generators_[i]->instance());
    }
  }
}

std::vector<NodeId> LogSystem::brokers_on(const std::vector<std::uint32_t>& hosts) const {
  std::vector<NodeId> brokers;
  for (std::size_t b = 0; b < broker_hosts_.size(); ++b) {
    if (std::ranges::find(hosts, broker_hosts_[b]) != hosts.end()) {
      brokers.push_back(topology_.brokers[b]);
    }
  }
  return brokers;
}

std::vector<StoredPartition> LogSystem::stored() const {
  std::vector<StoredPartition> partitions;
  for (std::uint32_t p = 0; p < topology_.partition_count(); ++p) {
    StoredPartition partition;
    partition.id = log::PartitionId(p);
    partition.name = topology_.partition_name(partition.id);
    partition.judged = std::ranges::any_of(scenario_.workloads, [&](const scenarios::Workload& w) {
      return w.topic_index == topology_.topic_of(partition.id);
    });
    for (std::size_t b = 0; b < broker_hosts_.size(); ++b) {
      Node& node = world_.cluster->node(topology_.brokers[b]);
      if (!node.running()) {
        continue;
      }
      const std::optional<log::ReplicaView> view = node.role<log::Broker>().replica(partition.id);
      if (!view) {
        continue;
      }
      StoredReplica replica;
      replica.broker = node.id();
      replica.leads = view->leader;
      replica.high_watermark = view->high_watermark;
      for (const std::string& file : node.files()->list(partition.name + "/")) {
        if (file.ends_with(".log")) {
          node.files()->contents(file, replica.units);
        }
      }
      partition.replicas.push_back(std::move(replica));
    }
    partitions.push_back(std::move(partition));
  }
  return partitions;
}

}  // namespace wavetank::sim
