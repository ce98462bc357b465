#include "engine/log/broker/broker.h"

#include <algorithm>
#include <utility>

#include "engine/base/ensure.h"
#include "engine/log/broker/client_quotas.h"
#include "engine/log/broker/controller_link.h"
#include "engine/log/broker/delayed_produces.h"
#include "engine/log/broker/fetch_server.h"
#include "engine/log/broker/log_cleaner.h"
#include "engine/log/broker/marker_server.h"
#include "engine/log/broker/offset_lister.h"
#include "engine/log/broker/produce_server.h"
#include "engine/log/broker/replica_upkeep.h"
#include "engine/log/groups/group_coordinator.h"
#include "engine/log/limits.h"
#include "engine/log/protocol/refusals.h"
#include "engine/log/protocol/step.h"
#include "engine/log/replication/in_sync_keeper.h"
#include "engine/log/replication/replica_fetchers.h"
#include "engine/log/replication/replica_table.h"
#include "engine/log/replication/watermark_checkpoint.h"
#include "engine/log/transactions/transaction_coordinator.h"
#include "engine/port/alarm.h"
#include "engine/port/description.h"

namespace wavetank::log {

namespace {
constexpr port::TimerId kAlarm{1};
}

/// Every event is handled in two halves: its own part changes replicas and notes what happened
/// (ReplicaEvents); `end` passes that on to all who wait, answers them, and asks others.
struct Broker::State {
  State(NodeId self, const BrokerConfig& config, const Topology& topology, Probe& probe,
        std::unique_ptr<ClusterTie> tie);

  // start-up
  void open_logs(const Step& step);
  void recover(const Step& step);
  std::unique_ptr<Replica> make_replica(PartitionId p, const Step& step);

  // messages
  void on_request(const Step& step, NodeId from, const Envelope& envelope,
                  const port::Message& message);
  void on_response(const Step& step, NodeId from, const Envelope& envelope,
                   const port::Message& message);
  void on_controller_response(const Step& step, NodeId from, const Envelope& envelope,
                              const port::Message& message);
  template <class Response>
  bool heeds(const Step& step, NodeId from, const Response& response);

  // metadata
  void enter(const Step& step);
  void apply(const Step& step, const MetadataDelta& delta);
  void adopt(const Step& step, const PartitionState& state);
  void on_alter_response(const Step& step, const AlterPartitionResponse& response);

  // the end of a step
  void end(const Step& step);
  void answer_decided(const Step& step);
  void pass_on_events(const Step& step);
  bool pump_transactions(const Step& step);
  void pass_on_leadership(const Step& step, PartitionId p);
  void set_alarm(const Step& step, bool at_once);

  NodeId self;
  BrokerConfig config;
  Topology topology;
  Probe& probe;

  ClusterMetadata cluster;
  ReplicaEvents events;
  ReplicaTable replicas;
  DelayedProduces delayed;
  ClientQuotas quotas;
  ProduceServer produces;
  FetchServer fetches;
  OffsetLister lister;
  ReplicaUpkeep upkeep;
  LogCleaner cleaner;
  ReplicaFetchers fetchers;
  WatermarkCheckpoint watermarks;
  InSyncKeeper in_sync;
  GroupCoordinator groups;
  ProducerIds producer_ids;
  TransactionCoordinator transactions;
  MarkerServer markers;
  std::unique_ptr<ClusterTie> tie;

  bool recovered = false;
  PartitionId recovering;  ///< those before are done
  std::uint64_t recovery_bytes = 0;
  CorrelationId next_correlation = 0;
  port::Alarm alarm{kAlarm};
};

Broker::State::State(NodeId self_, const BrokerConfig& config_, const Topology& topology_,
                     Probe& probe_, std::unique_ptr<ClusterTie> tie_)
    : self(self_),
      config(config_),
      topology(topology_),
      probe(probe_),
      cluster(topology),
      replicas(topology.partition_count()),
      delayed(topology.partition_count()),
      quotas(self, config, probe),
      produces(self, topology, replicas, delayed, quotas, probe),
      fetches(self, replicas, cluster, quotas, probe, topology.partition_count()),
      lister(self, replicas, probe),
      upkeep(config, topology, replicas),
      cleaner(self, config, replicas, probe),
      fetchers(self, config, replicas, topology.partition_count()),
      watermarks(config, replicas),
      in_sync(config, replicas, topology.partition_count()),
      groups(self, config.groups, topology, replicas, cluster, produces, probe),
      transactions(self, config, topology, replicas, cluster, producer_ids, groups, probe),
      markers(replicas, delayed, config.request_timeout),
      tie(std::move(tie_)) {}

// --- start-up ------------------------------------------------------------------------------------

std::unique_ptr<Replica> Broker::State::make_replica(PartitionId p, const Step& step) {
  TopicConfig topic = topology.topics[topology.topic_of(p)];
  topic.max_message_bytes = topic.max_message_bytes.value_or(config.message_max_bytes);
  const Replica::Settings settings{self, config.replica_lag_max, config.retry_backoff,
                                   topic.min_insync, config.catch_up_bytes_per_second > 0};
  PartitionLog log(topology.partition_name(p), topic, step.storage(),
                   token_of(StorageWait::durable, p), token_of(StorageWait::flush, p));
  return std::make_unique<Replica>(p, settings, std::move(log), cluster, events, probe);
}

void Broker::State::open_logs(const Step& step) {
  for (std::uint32_t p = 0; p < topology.partition_count(); ++p) {
    if (!step.storage().list(topology.partition_name(PartitionId(p)) + "/").empty()) {
      replicas.put(make_replica(PartitionId(p), step));
    }
  }
}

/// One log after the other (num.recovery.threads.per.data.dir = 1).
void Broker::State::recover(const Step& step) {
  for (; recovering.value() < topology.partition_count(); ++recovering) {
    Replica* replica = replicas.find(recovering);
    if (replica == nullptr) {
      continue;
    }
    const std::uint64_t before = step.meter().units(port::Work::bytes_checksummed);
    const PartitionLog::Progress progress =
        replica->log().recover(token_of(StorageWait::recovery, recovering), step.meter());
    recovery_bytes += step.meter().units(port::Work::bytes_checksummed) - before;
    if (progress == PartitionLog::Progress::loading) {
      return;
    }
    probe.log_recovered(self, recovering, replica->log().end_offset(),
                        std::exchange(recovery_bytes, 0));
  }
  recovered = true;
  watermarks.restore(step);
  upkeep.start(step.now.monotonic);
  cleaner.start(step.now.monotonic);
  tie->start(step);
}

// --- messages ------------------------------------------------------------------------------------

namespace {

/// Hands the decoded message on; one that cannot be decoded is dropped, as a connection with it
/// would be.
template <class T, class Handle>
void with(const port::Message& message, Handle&& handle) {
  if (Result<T> body = decode<T>(message)) {
    handle(std::move(*body));
  }
}

}  // namespace

void Broker::State::on_request(const Step& step, NodeId from, const Envelope& envelope,
                               const port::Message& message) {
  const CorrelationId id = envelope.correlation;
  switch (envelope.api) {
    case ApiKey::produce:
      step.serve<ProduceRequest>(
          from, message, [&](const auto& it) { produces.on_request(step, from, id, message, it); });
      break;
    case ApiKey::fetch:
      step.serve<FetchRequest>(from, message,
                               [&](const auto& it) { fetches.on_request(step, from, id, it); });
      break;
    case ApiKey::metadata_push:
      if (tie->is_controller(from) && tie->admitted()) {
        with<MetadataPush>(message, [&](const auto& it) { apply(step, it.metadata); });
      }
      break;
    case ApiKey::list_offsets:
      step.serve<ListOffsetsRequest>(
          from, message, [&](const auto& it) { lister.on_request(step, from, id, it); });
      break;
    case ApiKey::metadata:
      step.answer(from, id, cluster.response());
      break;
    case ApiKey::init_producer_id:
    case ApiKey::find_transaction_coordinator:
    case ApiKey::add_partitions_to_txn:
    case ApiKey::add_offsets_to_txn:
    case ApiKey::end_txn:
      transactions.on_request(step, from, envelope, message);
      break;
    case ApiKey::write_txn_markers:
      step.serve<WriteTxnMarkersRequest>(
          from, message, [&](const auto& it) { markers.on_request(step, from, id, it); });
      break;
    case ApiKey::register_broker:
    case ApiKey::broker_heartbeat:
    case ApiKey::alter_partition:
    case ApiKey::update_cluster:
    case ApiKey::alter_partition_reassignments:
      break;  // the controller's business
    default:
      if (GroupCoordinator::serves(envelope.api)) {
        groups.on_request(step, from, envelope, message);
      }
  }
}

void Broker::State::on_response(const Step& step, NodeId from, const Envelope& envelope,
                                const port::Message& message) {
  if (envelope.api == ApiKey::fetch) {
    with<FetchResponse>(message, [&](const auto& it) {
      fetchers.on_response(step, from, envelope.correlation, it);
    });
  } else if (envelope.api == ApiKey::write_txn_markers) {
    with<WriteTxnMarkersResponse>(message, [&](const auto& it) {
      transactions.on_markers_written(step, from, envelope.correlation, it);
    });
  } else if (tie->is_controller(from)) {
    on_controller_response(step, from, envelope, message);
  }
}

/// False if who answered is not the active controller.
template <class Response>
bool Broker::State::heeds(const Step& step, NodeId from, const Response& response) {
  if (response.error == ErrorCode::not_controller) {
    tie->on_not_controller(step, from, response.controller);
    return false;
  }
  return true;
}

void Broker::State::on_controller_response(const Step& step, NodeId from, const Envelope& envelope,
                                           const port::Message& message) {
  if (envelope.api == ApiKey::register_broker) {
    with<RegisterBrokerResponse>(message, [&](const auto& it) {
      if (heeds(step, from, it) && tie->on_registered(step, it)) {
        apply(step, it.metadata);
        enter(step);
      }
    });
  } else if (envelope.api == ApiKey::broker_heartbeat) {
    with<BrokerHeartbeatResponse>(message, [&](const auto& it) {
      if (heeds(step, from, it) && tie->on_heartbeat(step, envelope.correlation, it)) {
        apply(step, it.metadata);
      }
    });
  } else if (envelope.api == ApiKey::alter_partition && in_sync.on_response(envelope.correlation)) {
    with<AlterPartitionResponse>(message, [&](const auto& it) {
      heeds(step, from, it);
      on_alter_response(step, it);
    });
  }
}

// --- metadata ------------------------------------------------------------------------------------

/// Under a new epoch.
void Broker::State::enter(const Step& step) {
  in_sync.on_registered();
  producer_ids.registered(tie->broker_epoch());
  fetchers.reopen(step);
}

void Broker::State::apply(const Step& step, const MetadataDelta& delta) {
  const std::vector<NodeId> alive_before = cluster.alive();
  step.meter().charge(port::Work::partition, delta.partitions.size());
  for (const PartitionState& state : delta.partitions) {
    adopt(step, state);
  }
  cluster.complete(delta);
  const std::uint64_t throttle = cluster.replication_throttle() > 0
                                     ? cluster.replication_throttle()
                                     : config.catch_up_bytes_per_second;
  fetches.throttle_catch_up(throttle);
  fetchers.throttle_catch_up(throttle);
  if (cluster.alive() != alive_before) {
    replicas.for_each([&](Replica& replica) { replica.brokers_changed(step.now.monotonic); });
  }
}

void Broker::State::adopt(const Step& step, const PartitionState& state) {
  if (!cluster.knows(state.partition) || !cluster.apply(state)) {
    return;
  }
  Replica* replica = replicas.find(state.partition);
  if (std::ranges::find(state.replicas, self) == state.replicas.end()) {
    if (replica != nullptr && replica->is_held()) {
      replica->give_up(step.meter());
    }
    return;
  }
  if (replica == nullptr) {
    replica = &replicas.put(make_replica(state.partition, step));
  }
  replica->adopt(state, step.now.monotonic);
}

void Broker::State::on_alter_response(const Step& step, const AlterPartitionResponse& response) {
  for (const AlterPartitionResponse::Partition& partition : response.partitions) {
    adopt(step, partition.state);
  }
  in_sync.settled(response, step);
}

// --- the end of a step ---------------------------------------------------------------------------

void Broker::State::end(const Step& step) {
  if (!recovered) {
    fetches.serve(step);
    return;
  }
  pass_on_events(step);
  const bool more_transactions = pump_transactions(step);
  const bool more_groups = groups.pump(step);
  answer_decided(step);
  while (!events.empty()) {  // what the coordinator of groups has written
    pass_on_events(step);
    answer_decided(step);
  }
  fetches.serve(step);
  tie->pump(step, cluster.version(), next_correlation);
  watermarks.pump(step);
  if (tie->admitted()) {
    if (tie->controller() != kNoNode) {
      in_sync.pump(step, tie->controller(), tie->broker_epoch(), next_correlation);
    }
    fetchers.pump(step, tie->broker_epoch(), next_correlation);
  }
  set_alarm(step, more_groups || more_transactions);
}

void Broker::State::answer_decided(const Step& step) {
  while (delayed.any_decided()) {  // a coordinator that is told may write again
    for (DelayedProduce& decided : delayed.take_decided()) {
      if (!decided.markers.empty()) {
        for (std::size_t i = 0; i < decided.markers.size(); ++i) {
          if (decided.partitions[i].error == ErrorCode::none) {
            groups.transaction_ended(decided.partitions[i].partition, decided.markers[i].producer,
                                     decided.markers[i].outcome);
          }
        }
        tell_refusals(probe, self, decided);
        MarkerServer::answer(step, decided);
      } else if (decided.ticket != 0) {
        groups.written(step, decided.ticket, decided.partitions.front().error);
      } else {
        produces.answer(step, decided, Acks::all);
      }
    }
  }
}

/// What the coordinator of transactions writes may be committed at once, and be cause to write
/// more. True if it has more to read at hand.
bool Broker::State::pump_transactions(const Step& step) {
  bool more = transactions.pump(step, next_correlation);
  while (!events.empty()) {
    pass_on_events(step);
    more = transactions.pump(step, next_correlation);
  }
  return more;
}

void Broker::State::pass_on_events(const Step& step) {
  for (const PartitionId p : events.leadership_changed) {
    pass_on_leadership(step, p);
  }
  for (const ReplicaEvents::Growth& growth : events.appended) {
    fetches.appended(growth);
  }
  for (const ReplicaEvents::Growth& growth : events.committed) {
    const Replica& replica = *replicas.find(growth.partition);
    if (replica.leads()) {
      delayed.committed(
          growth.partition, replica.high_watermark(),
          replica.enough_in_sync() ? ErrorCode::none : ErrorCode::not_enough_replicas_after_append);
      fetches.committed(growth);
    }
  }
  for (const ReplicaEvents::Growth& growth : events.stable) {
    fetches.stable(growth);
  }
  for (const PartitionId p : events.in_sync_change) {
    in_sync.request(p);
  }
  step.meter().charge(port::Work::partition, events.leadership_changed.size());
  events.leadership_changed.clear();
  events.appended.clear();
  events.committed.clear();
  events.stable.clear();
  events.in_sync_change.clear();
}

void Broker::State::pass_on_leadership(const Step& step, PartitionId p) {
  const Replica& replica = *replicas.find(p);
  if (!replica.leads()) {
    delayed.fail(p, ErrorCode::not_leader_or_follower);
  }
  if (replica.part() == Replica::Part::follower) {
    fetchers.follow(step, p, cluster.partition(p).leader);
  } else {
    fetchers.unfollow(p);
  }
  groups.leadership_changed(p);
  transactions.leadership_changed(step, p);
  fetches.leadership_changed(p);
}

void Broker::State::set_alarm(const Step& step, bool at_once) {
  Time next = at_once ? step.now.monotonic : upkeep.next_deadline();
  next = std::min({next, cleaner.next_deadline(), delayed.earliest_deadline(),
                   fetches.earliest_deadline(), tie->next_deadline(), transactions.next_deadline(),
                   watermarks.next_deadline(), groups.next_deadline()});
  if (tie->admitted()) {
    next = std::min(next, fetchers.next_deadline());
    if (tie->controller() != kNoNode) {
      next = std::min(next, in_sync.next_deadline());
    }
  }
  alarm.want(next, step.ports);
}

// --- the role ------------------------------------------------------------------------------------

Broker::Broker(NodeId self, const BrokerConfig& config, const Topology& topology, Probe& probe)
    : Broker(self, config, topology, probe,
             std::make_unique<ControllerLink>(topology.controllers, config)) {}
Broker::Broker(NodeId self, const BrokerConfig& config, const Topology& topology, Probe& probe,
               std::unique_ptr<ClusterTie> tie)
    : state_(std::make_unique<State>(self, config, topology, probe, std::move(tie))) {}
Broker::~Broker() = default;

ClusterTie& Broker::tie() {
  return *state_->tie;
}

void Broker::registered(const Step& step) {
  state_->enter(step);
  state_->end(step);
}

void Broker::update(const Step& step, const MetadataDelta& delta) {
  state_->apply(step, delta);
  state_->end(step);
}

std::int64_t Broker::metadata_version() const {
  return state_->cluster.version();
}

void Broker::start(port::Now now, port::Ports& ports) {
  const Step step{now, ports};
  state_->next_correlation = port::first_correlation(ports);
  state_->open_logs(step);
  state_->recover(step);
  state_->end(step);
}

void Broker::on_message(port::Now now, NodeId from, port::Lane lane, const port::Message& message,
                        port::Ports& ports) {
  const Step step{now, ports};
  step.charge_received(message);
  const Result<Envelope> envelope = peek(message);
  if (!envelope) {
    return;
  }
  if (lane == port::Lane::request) {
    state_->on_request(step, from, *envelope, message);
  } else {
    state_->on_response(step, from, *envelope, message);
  }
  state_->end(step);
}

void Broker::on_timer(port::Now now, port::TimerId timer, port::Ports& ports) {
  const Step step{now, ports};
  if (!state_->alarm.rang(timer)) {
    return;
  }
  step.meter().charge(port::Work::timer);
  state_->delayed.expire(now.monotonic);
  state_->fetches.expire(step);
  state_->upkeep.run(step);
  state_->cleaner.run(step);
  state_->end(step);
}

void Broker::on_storage(port::Now now, port::StorageToken token, port::Ports& ports) {
  if (token == port::kNoNotify) {
    return;  // a host may report what nobody waits for
  }
  const Step step{now, ports};
  const PartitionId p = partition_of(token);
  Replica* replica = state_->replicas.find(p);
  ENSURE(replica != nullptr, "only replicas wait for files");
  switch (wait_of(token)) {
    case StorageWait::durable:
      replica->log().on_durable();
      break;
    case StorageWait::recovery:
      state_->recover(step);
      break;
    case StorageWait::fetch:
      state_->fetches.loaded(p);
      break;
    case StorageWait::truncation:
      state_->fetchers.truncation_loaded(step, p);
      break;
    case StorageWait::transaction_load:
      state_->transactions.loaded(p);
      break;
    case StorageWait::time_lookup:
      state_->lister.loaded(step, p);
      break;
    case StorageWait::flush:
      replica->log().on_flushed(step.meter());
      state_->delayed.flushed(p, replica->log().flushed_offset());
      state_->fetchers.flushed(p);
      break;
    case StorageWait::cleaning:
      state_->cleaner.loaded(step, p);
      break;
    case StorageWait::offset_load:
      state_->groups.loaded(p);
      break;
  }
  state_->end(step);
}

void Broker::on_hang_up(port::Now now, NodeId peer, port::Ports& ports) {
  state_->fetches.on_hang_up(peer);
  state_->lister.on_hang_up(peer);
  state_->end({now, ports});
}

void Broker::on_reset(port::Now now, NodeId peer, port::Ports& ports) {
  const Step step{now, ports};
  state_->fetchers.on_reset(step, peer);
  state_->transactions.on_reset(step, peer);
  state_->in_sync.on_reset(step, peer);
  state_->tie->on_reset(step, peer);
  state_->end(step);
}

void Broker::on_terminate(port::Now now, port::Ports& ports) {
  if (state_->recovered) {
    const Step step{now, ports};
    state_->tie->leave(step);
    state_->end(step);
  }
}

void Broker::describe(port::Description& out) const {
  const State& it = *state_;
  out.say("state", it.recovered ? "serves" : "recovers its logs");
  if (!it.recovered) {
    out.say("recovering", it.topology.partition_name(it.recovering));
  }
  it.tie->describe(out);
  out.say("metadata version", it.cluster.version()).say("brokers alive", it.cluster.alive());
  port::Description& partitions = out.list("partitions");
  it.replicas.for_each(
      [&](const Replica& replica) { replica.describe(partitions.row(replica.log().name())); });
  it.fetchers.describe(out);
  it.in_sync.describe(out);
  it.delayed.describe(out);
  it.fetches.describe(out);
  it.quotas.describe(out);
  it.groups.describe(out, it.topology);
  it.transactions.describe(out, it.topology);
  it.upkeep.describe(out);
}

bool Broker::finished() const {
  return !state_->recovered || state_->tie->may_end();
}

namespace {

ReplicaView view_of(const Replica& replica) {
  return {replica.partition(),      replica.leads(), replica.epoch(),
          replica.high_watermark(), &replica.log(),  replica.in_sync()};
}

}  // namespace

std::vector<ReplicaView> Broker::replicas() const {
  std::vector<ReplicaView> views;
  if (state_->recovered) {
    state_->replicas.for_each([&](const Replica& replica) {
      if (replica.is_held()) {
        views.push_back(view_of(replica));
      }
    });
  }
  return views;
}

std::optional<ReplicaView> Broker::replica(PartitionId partition) const {
  const Replica* replica = state_->recovered ? state_->replicas.find(partition) : nullptr;
  return replica != nullptr && replica->is_held() ? std::optional(view_of(*replica)) : std::nullopt;
}

}  // namespace wavetank::log
