#include "sim/run/log_system.h"

#include <algorithm>
#include <map>
#include <string>
#include <type_traits>
#include <utility>

#include "engine/log/broker/broker.h"
#include "engine/log/client/consumer.h"
#include "engine/log/client/producer.h"
#include "engine/log/controller/controller.h"
#include "engine/log/ensemble/ensemble_broker.h"
#include "engine/log/storage/partition_log.h"
#include "engine/log/storage/producer_state.h"
#include "models/orders.h"
#include "models/payloads.h"
#include "sim/load/late_start.h"

namespace wavetank::sim {

using scenarios::Scenario;

namespace {

std::optional<std::uint32_t> connection_of(std::uint8_t api) {
  if (api > static_cast<std::uint8_t>(log::kLastApiKey)) {
    return std::nullopt;
  }
  const std::optional<log::Connection> connection =
      log::connection_of(static_cast<log::ApiKey>(api));
  return connection ? std::optional(static_cast<std::uint32_t>(*connection)) : std::nullopt;
}

}  // namespace

Result<std::unique_ptr<LogSystem>> LogSystem::build(World& world, const Scenario& scenario) {
  std::unique_ptr<LogSystem> system(new LogSystem(world, scenario));
  system->lay_out();
  system->add_servers();
  if (Status added = system->add_producers(); !added) {
    return tl::unexpected<Error>(added.error());
  }
  system->add_consumers();
  system->add_processors();
  system->add_operator();
  return system;
}

/// Who is who: node ids are dense, brokers first, then the controllers, then clients.
void LogSystem::lay_out() {
  broker_hosts_ = scenario_.log.brokers.hosts;
  std::uint32_t next = 0;
  for (const std::uint32_t host : broker_hosts_) {
    topology_.brokers.push_back(NodeId(next++));
    topology_.racks.push_back(scenario_.cluster.hosts[host].zone);
  }
  for (std::size_t i = 0; i < scenario_.log.controller.hosts.size(); ++i) {
    topology_.controllers.push_back(NodeId(next++));
  }
  topology_.topics = scenario_.log.topics;
  topology_.topics.push_back(scenario_.log.offsets);
  const bool transactions =
      std::ranges::any_of(
          scenario_.workloads,
          [](const scenarios::Workload& it) { return it.transactional.has_value(); }) ||
      std::ranges::any_of(scenario_.processors, &scenarios::Processor::exactly_once);
  if (transactions) {
    topology_.topics.push_back(scenario_.log.transactions);
  }
  topology_.seal();

  std::vector<bool> loaded(topology_.partition_count());
  for (const scenarios::Workload& workload : scenario_.workloads) {
    const std::uint32_t first = topology_.first_partition(workload.topic_index).value();
    std::fill_n(loaded.begin() + first, topology_.topics[workload.topic_index].partitions, true);
  }
  for (const scenarios::Processor& processor : scenario_.processors) {
    const std::uint32_t first = topology_.first_partition(processor.to_index).value();
    std::fill_n(loaded.begin() + first, topology_.topics[processor.to_index].partitions, true);
  }
  std::vector<std::string> groups;
  for (const scenarios::ConsumerGroup& group : scenario_.consumers) {
    groups.push_back(group.group);
  }
  for (const scenarios::Processor& processor : scenario_.processors) {
    groups.push_back(processor.name);
  }
  observer_ = std::make_unique<Observer>(world_.kernel, *world_.cluster, std::move(loaded),
                                         std::move(groups), Time() + scenario_.warmup,
                                         topology_.controllers.size());
  probe_ = observer_.get();
  for (std::uint32_t p = 0; p < topology_.partition_count(); ++p) {
    if (topology_.topics[topology_.topic_of(log::PartitionId(p))].compacts()) {
      observer_->invariants().expect_gaps(log::PartitionId(p));
    }
  }
  promise();
}

void LogSystem::add_servers() {
  for (std::size_t b = 0; b < broker_hosts_.size(); ++b) {
    const scenarios::Host& host = scenario_.cluster.hosts[broker_hosts_[b]];
    const MachineId on = machine(broker_hosts_[b]);
    const NodeId self = topology_.brokers[b];
    NodeSpec broker{host.name,
                    on,
                    [this, self] { return make_broker(self); },
                    world_.cluster->machine(on).cores,
                    true,
                    scenario_.log.restart_after};
    broker.requests =
        RequestQueueSpec{scenario_.log.broker.network_threads, scenario_.log.broker.io_threads,
                         scenario_.log.broker.queued_max_requests, connection_of};
    world_.cluster->add_node(std::move(broker));
  }
  for (std::size_t c = 0; c < topology_.controllers.size(); ++c) {
    const std::uint32_t host = scenario_.log.controller.hosts[c];
    const NodeId self = topology_.controllers[c];
    NodeSpec controller{"controller@" + scenario_.cluster.hosts[host].name,
                        machine(host),
                        [this, self] {
                          return std::make_unique<log::Controller>(self, scenario_.log.control,
                                                                   topology_, *probe_);
                        },
                        1,
                        true,
                        scenario_.log.restart_after};
    controller.watch = &observer_->quorum();
    world_.cluster->add_node(std::move(controller));
  }
}

std::unique_ptr<log::Broker> LogSystem::make_broker(NodeId self) const {
  if (!topology_.controllers.empty()) {
    return std::make_unique<log::Broker>(self, scenario_.log.broker, topology_, *probe_);
  }
  return std::make_unique<log::EnsembleBroker>(self, scenario_.log.broker, scenario_.log.control,
                                               topology_, ensemble_, *probe_);
}

Status LogSystem::add_producers() {
  for (std::size_t w = 0; w < scenario_.workloads.size(); ++w) {
    for (std::uint32_t index = 0; index < scenario_.workloads[w].producers; ++index) {
      members_.push_back({w, index, static_cast<std::uint32_t>(members_.size())});
    }
  }
  for (const Member& member : members_) {
    Result<models::Arrivals> arrivals = arrivals_of(member);
    Result<std::unique_ptr<models::RecordSource>> source = source_of(member);
    if (!arrivals || !source) {
      return tl::unexpected<Error>(!arrivals ? arrivals.error() : source.error());
    }
    add_producer(member, {member.instance, std::move(*source), std::move(*arrivals),
                          load_end(member), transactions_of(member)});
  }
  return {};
}

void LogSystem::add_producer(const Member& member, LoadSpec load) {
  const scenarios::Workload& workload = scenario_.workloads[member.workload];
  generators_.push_back(
      std::make_unique<LoadGenerator>(*world_.cluster, *observer_, std::move(load)));
  LoadGenerator* generator = generators_.back().get();
  const NodeId self(static_cast<std::uint32_t>(world_.cluster->node_count()));
  const std::uint32_t host = workload.on.hosts[member.index % workload.on.hosts.size()];
  const auto make = [this, generator, self, &workload, config = producer_config(member)] {
    auto producer =
        std::make_unique<log::Producer>(self, config, topology_, workload.topic_index, *generator);
    generator->process_starts(*producer);
    return start_at(Time() + workload.start, world_.kernel.now(), std::move(producer));
  };
  NodeSpec spec{workload.name + "/producer-" + std::to_string(member.index + 1), machine(host),
                make};
  spec.application_thread = true;
  world_.cluster->add_node(std::move(spec));
  generator->run_on(self);
  producer_nodes_.push_back(self);
}

std::optional<TransactionPlan> LogSystem::transactions_of(const Member& member) const {
  const auto& wanted = scenario_.workloads[member.workload].transactional;
  return wanted
             ? std::optional(TransactionPlan{wanted->every, wanted->records, wanted->abort_share})
             : std::nullopt;
}

log::ProducerConfig LogSystem::producer_config(const Member& member) const {
  const scenarios::Workload& workload = scenario_.workloads[member.workload];
  log::ProducerConfig config = workload.producer;
  config.client = workload.name;
  if (workload.transactional) {
    config.transactional_id = workload.transactional->id.empty()
                                  ? workload.name + "-" + std::to_string(member.index + 1)
                                  : workload.transactional->id;
  }
  return config;
}

Time LogSystem::load_end(const Member& member) const {
  const Time end = Time() + scenario_.duration;
  const std::optional<Duration> stop = scenario_.workloads[member.workload].stop;
  return stop ? std::min(end, Time() + *stop) : end;
}

Result<models::Arrivals> LogSystem::arrivals_of(const Member& member) const {
  const scenarios::Workload& workload = scenario_.workloads[member.workload];
  const Result<models::Rate> rate = models::Rate::of(workload.rate);
  if (!rate) {
    return tl::unexpected<Error>(rate.error());
  }
  models::ArrivalsConfig config;
  config.rate = *rate;
  config.spacing = workload.arrivals.spacing;
  config.profile = workload.arrivals.profile;
  config.bursts = workload.arrivals.bursts;
  config.instance = {member.index, workload.producers};
  config.start = Time() + workload.start;
  for (const scenarios::Fault& fault : scenario_.faults) {
    const auto* spike = std::get_if<scenarios::LoadSpike>(&fault.action);
    if (spike != nullptr && spike->workload_index == member.workload) {
      config.steps.push_back({fault.at, fault.until().value_or(Time::never()), spike->factor});
    }
  }
  return models::Arrivals::make(std::move(config));
}

Result<std::unique_ptr<models::RecordSource>> LogSystem::source_of(const Member& member) const {
  const scenarios::Workload& workload = scenario_.workloads[member.workload];
  const models::Instance instance{member.instance, static_cast<std::uint32_t>(members_.size())};
  const Random random(scenario_.seed, "load/records/" + std::to_string(member.instance));
  const auto shared = [](auto source) -> Result<std::unique_ptr<models::RecordSource>> {
    if (!source) {
      return tl::unexpected<Error>(source.error());
    }
    return std::make_unique<std::decay_t<decltype(*source)>>(std::move(*source));
  };
  if (workload.model == scenarios::LoadModel::order_lifecycle) {
    models::OrdersConfig orders = workload.orders;
    orders.instance = instance;
    return shared(models::OrderSource::make(orders, random));
  }
  return shared(
      models::PlainSource::make({workload.keys, workload.record_bytes, workload.random_share,
                                 instance, workload.secondary_keys, workload.tombstone_share},
                                random));
}

void LogSystem::name_keys(std::vector<reports::LostRecord>& lost) const {
  std::map<std::uint64_t, reports::LostRecord*> by_event;  // of one instance together, by number
  for (reports::LostRecord& record : lost) {
    by_event.emplace(record.event_id, &record);
  }
  std::unique_ptr<models::RecordSource> source;
  std::uint64_t next = 0;
  models::Record record;
  for (const auto& [event, it] : by_event) {
    const std::uint32_t instance = models::event_instance(event);
    if (!source || models::event_instance(next) != instance) {
      source = std::move(*source_of(members_[instance]));
      next = models::make_event_id(instance, 0);
    }
    for (; next <= event; ++next) {
      source->next(observer_->ledger().intended(EventId(next)), record);
    }
    it->key = std::string(as_text(record.key.view()));
  }
}

EventKeys LogSystem::keys_of_compacted() const {
  EventKeys keys;
  const RecordLedger& ledger = observer_->ledger();
  models::Record record;
  for (std::uint32_t instance = 0; instance < ledger.instances(); ++instance) {
    const scenarios::Workload& workload = workload_of(instance);
    if (!topology_.topics[workload.topic_index].compacts()) {
      continue;
    }
    const auto source = std::move(*source_of(members_[instance]));
    for (std::uint64_t number = 0; number < ledger.produced_by(instance); ++number) {
      source->next(ledger.intended(EventId(models::make_event_id(instance, number))), record);
      keys.add(instance, record.key.view(), record.tombstone);
    }
  }
  return keys;
}

/// The first group that reads a topic is the one that the verdict speaks of.
void LogSystem::add_consumers() {
  judged_.resize(topology_.topics.size());
  std::vector<bool> is_read(topology_.topics.size());
  for (GroupIndex index = 0; index < scenario_.consumers.size(); ++index) {
    const scenarios::ConsumerGroup& group = scenario_.consumers[index];
    const bool judged = std::ranges::none_of(group.topic_indices,
                                             [&](std::uint32_t topic) { return is_read[topic]; });
    for (const std::uint32_t topic : group.topic_indices) {
      is_read[topic] = true;
    }
    if (judged) {
      judge_by(index);
    }
    for (std::uint32_t member = 0; member < group.members; ++member) {
      add_consumer(index, member, judged);
    }
  }
}

void LogSystem::judge_by(GroupIndex index) {
  const scenarios::ConsumerGroup& group = scenario_.consumers[index];
  for (const std::uint32_t topic : group.topic_indices) {
    judged_[topic] = index;
    const log::TopicConfig& config = topology_.topics[topic];
    for (std::uint32_t i = 0; reads_committed(group) && i < config.partitions; ++i) {
      observer_->reads_committed(topology_.first_partition(topic) + i);
    }
  }
}

void LogSystem::add_consumer(GroupIndex index, std::uint32_t member, bool judged) {
  const scenarios::ConsumerGroup& group = scenario_.consumers[index];
  const NodeId self(static_cast<std::uint32_t>(world_.cluster->node_count()));
  const bool from_the_start = group.consumer.from.place == log::ReadFrom::Place::earliest;
  readers_.push_back(std::make_unique<Reader>(*observer_, self, index, judged, from_the_start,
                                              topology_.partition_count()));
  Reader* reader = readers_.back().get();
  const std::string name = group.group + "/consumer-" + std::to_string(member + 1);
  log::ConsumerConfig config = group.consumer;
  config.client = group.group;
  config.instance = group.static_members ? name : "";
  const Duration delay = group.start + group.start_spacing * member;
  const auto make = [this, self, config, reader, &group, delay] {
    reader->lost_all();
    return start_at(
        Time() + delay, world_.kernel.now(),
        std::make_unique<log::Consumer>(self, config, topology_, group.topic_indices, *reader));
  };
  const std::uint32_t host = group.on.hosts[member % group.on.hosts.size()];
  world_.cluster->add_node({name, machine(host), make});
}

void LogSystem::start() {
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

std::vector<NodeId> LogSystem::controllers_on(const std::vector<std::uint32_t>& hosts) const {
  if (topology_.controllers.empty()) {
    return brokers_on(hosts);  // any of them may be the controller
  }
  std::vector<NodeId> controllers;
  for (const NodeId controller : topology_.controllers) {
    if (std::ranges::find(hosts, host_of(controller)) != hosts.end()) {
      controllers.push_back(controller);
    }
  }
  return controllers;
}

/// Node ids are dense: brokers first, then the controllers.
std::uint32_t LogSystem::host_of(NodeId server) const {
  return server.value() < broker_hosts_.size()
             ? broker_hosts_[server.value()]
             : scenario_.log.controller.hosts[server.value() - broker_hosts_.size()];
}

NodeId LogSystem::playing(const scenarios::Role& role) const {
  const RecoveryTracker& seen = observer_->recovery();
  if (role.part == scenarios::Part::controller) {
    return seen.active_controller();
  }
  log::PartitionId p;
  while (topology_.partition_name(p) != role.of) {
    ++p;
  }
  const NodeId leader = seen.leader(p);
  if (role.part == scenarios::Part::leader || leader == log::kNoNode) {
    return leader;
  }
  const Node& node = world_.cluster->node(leader);
  if (!node.running()) {
    return log::kNoNode;
  }
  const std::optional<log::ReplicaView> view = node.role<log::Broker>().replica(p);
  const std::vector<NodeId> in_sync = view ? view->in_sync : std::vector<NodeId>{};
  const auto follower =
      std::ranges::find_if(in_sync, [&](NodeId broker) { return broker != leader; });
  return follower == in_sync.end() ? log::kNoNode : *follower;
}

std::optional<log::PartitionId> LogSystem::last_copy_on(
    const std::vector<std::uint32_t>& hosts) const {
  const std::vector<NodeId> struck = brokers_on(hosts);
  const InSyncSet& in_sync = std::as_const(*observer_).invariants().in_sync_set();
  for (std::uint32_t i = 0; i < topology_.partition_count(); ++i) {
    const log::PartitionId p(i);
    bool is_struck = false;
    bool survives = false;
    log::Offset committed;
    const auto view_of = [&](NodeId broker) {
      const Node& node = world_.cluster->node(broker);
      return node.running() ? node.role<log::Broker>().replica(p) : std::nullopt;
    };
    const std::span<const NodeId> decided = in_sync.decided(p);
    const std::span<const NodeId> copies = decided.empty() ? topology_.brokers : decided;
    for (const NodeId broker : copies) {
      if (const auto view = view_of(broker)) {
        committed = std::max(committed, view->high_watermark);
      }
    }
    for (const NodeId broker : copies) {
      const bool hit = std::ranges::find(struck, broker) != struck.end();
      const auto view = view_of(broker);
      is_struck |= hit && view;
      survives |= !hit && view && view->log->end_offset() >= committed;
    }
    if (is_struck && !survives) {
      return p;
    }
  }
  return std::nullopt;
}

bool LogSystem::transactions_are_decided() const {
  if (observer_->transactions().transactions().empty()) {
    return true;
  }
  for (const NodeId id : topology_.brokers) {
    const Node& node = world_.cluster->node(id);
    if (!node.running()) {
      continue;
    }
    for (const log::ReplicaView& replica : node.role<log::Broker>().replicas()) {
      if (replica.leader && replica.log->producers().first_unstable(replica.high_watermark)) {
        return false;
      }
    }
  }
  return true;
}

void LogSystem::begin_measuring() {
  for (const NodeId broker : topology_.brokers) {
    world_.cluster->node(broker).requests()->begin_figures(world_.kernel.now());
  }
}

std::vector<reports::ScalarMetric> LogSystem::request_queues() const {
  RequestQueueFigures worst;
  for (const NodeId broker : topology_.brokers) {
    const RequestQueueFigures it =
        world_.cluster->node(broker).requests()->figures(world_.kernel.now());
    worst.peak_depth = std::max(worst.peak_depth, it.peak_depth);
    worst.mean_depth = std::max(worst.mean_depth, it.mean_depth);
    worst.peak_unread = std::max(worst.peak_unread, it.peak_unread);
    worst.threads_stopped = std::max(worst.threads_stopped, it.threads_stopped);
  }
  return {{"request_queue_peak", static_cast<double>(worst.peak_depth), ""},
          {"request_queue_mean", worst.mean_depth, ""},
          {"requests_unread_peak", static_cast<double>(worst.peak_unread), ""},
          {"network_threads_stopped", worst.threads_stopped.seconds(), "s"}};
}

void LogSystem::inspect_replicas() {
  const std::uint32_t partitions = topology_.partition_count();
  for (std::uint32_t n = 0; n < std::min(kInspectedAtOnce, partitions); ++n) {
    const log::PartitionId p(next_inspected_);
    next_inspected_ = (next_inspected_ + 1) % partitions;
    for (const NodeId broker : topology_.brokers) {
      const Node& node = world_.cluster->node(broker);
      if (!node.running()) {
        continue;
      }
      if (const auto view = world_.cluster->node(broker).role<log::Broker>().replica(p)) {
        observer_->invariants().high_watermark().inspected(broker, p, view->high_watermark,
                                                           view->log->end_offset());
      }
    }
  }
}

}  // namespace wavetank::sim
