#include "engine/log/controller/controller.h"

#include <algorithm>
#include <deque>
#include <utility>
#include <vector>

#include "engine/base/ensure.h"
#include "engine/log/controller/cluster_registry.h"
#include "engine/log/limits.h"
#include "engine/log/protocol/step.h"
#include "engine/port/alarm.h"

namespace wavetank::log {

namespace {
constexpr port::TimerId kAlarm{1};
constexpr std::string_view kStateFile = "controller-state";
}  // namespace

/// A change is durable before anybody hears of it. While one is being written, nothing else is
/// decided: messages are held, and then handled all together, so that one write serves many. What
/// is in memory outside of `decide` is therefore always durable.
struct Controller::State {
  State(const ControllerConfig& config_, const Topology& topology_, Probe& probe_)
      : config(config_), topology(topology_), registry(topology, probe_) {
    sessions.resize(topology.brokers.size());
  }

  struct Held {
    NodeId from;
    port::Message message;
  };
  struct Answer {
    NodeId to;
    port::Message message;
  };
  /// What is known of a broker's process beside the registry; not durable.
  struct Session {
    Time expires = Time::never();
    std::int64_t knows = 0;  ///< version that it has told it has applied
    std::int64_t pushed = 0;
  };

  void start(const Step& step);
  void decide(const Step& step);
  void handle(const Step& step, NodeId from, const port::Message& message);
  void on_register(const Step& step, NodeId from, CorrelationId correlation,
                   const RegisterBrokerRequest& request);
  void on_heartbeat(NodeId from, CorrelationId correlation, const BrokerHeartbeatRequest& request);
  void on_alter(NodeId from, CorrelationId correlation, const AlterPartitionRequest& request);
  void create_when_complete(const Step& step);
  void fence_silent(const Step& step);
  void rebalance(const Step& step);
  void persist(const Step& step);
  void announce(const Step& step);
  void set_alarm(const Step& step);
  [[nodiscard]] Session* session(NodeId broker);

  ControllerConfig config;
  Topology topology;
  ClusterRegistry registry;
  std::vector<Session> sessions;  ///< parallel to topology.brokers

  bool damaged = false;  ///< the state file cannot be read: to invent one could undo acknowledged
                         ///< writes, so this controller stays silent
  std::int64_t durable_version = 0;
  bool writing = false;
  std::uint64_t writes = 0;
  std::deque<Held> held;
  std::vector<Answer> answers;  ///< to be sent when what they say is durable
  Time create_at = Time::never();
  Time rebalance_at = Time::never();
  port::Alarm alarm{kAlarm};
};

Controller::State::Session* Controller::State::session(NodeId broker) {
  const auto found = std::ranges::find(topology.brokers, broker);
  return found == topology.brokers.end()
             ? nullptr
             : &sessions[static_cast<std::size_t>(found - topology.brokers.begin())];
}

void Controller::State::start(const Step& step) {
  const Bytes stored = step.storage().load(kStateFile);
  if (!stored.empty() && !registry.decode(stored)) {
    damaged = true;
    return;
  }
  durable_version = registry.version();
  for (const ClusterRegistry::Broker& broker : registry.brokers()) {
    if (broker.alive) {
      // It could not be heard while this process was down: everybody gets a fresh session.
      session(broker.node)->expires = step.now.monotonic + config.session_timeout;
    }
  }
  if (config.leader_imbalance_check > Duration()) {
    rebalance_at = step.now.monotonic + config.leader_imbalance_check;
  }
  decide(step);
}

// --- deciding
// -------------------------------------------------------------------------------------

void Controller::State::decide(const Step& step) {
  if (damaged || writing) {
    return;
  }
  while (!held.empty()) {
    const Held next = std::move(held.front());
    held.pop_front();
    handle(step, next.from, next.message);
  }
  create_when_complete(step);
  fence_silent(step);
  rebalance(step);
  if (registry.version() != durable_version) {
    persist(step);
  } else {
    announce(step);
  }
  set_alarm(step);
}

void Controller::State::handle(const Step& step, NodeId from, const port::Message& message) {
  const Result<Envelope> envelope = peek(message);
  if (!envelope || session(from) == nullptr) {
    return;  // not a broker of this cluster
  }
  if (auto registration = decode<RegisterBrokerRequest>(message)) {
    on_register(step, from, envelope->correlation, *registration);
  } else if (auto heartbeat = decode<BrokerHeartbeatRequest>(message)) {
    on_heartbeat(from, envelope->correlation, *heartbeat);
  } else if (auto change = decode<AlterPartitionRequest>(message)) {
    step.meter().charge(port::Work::partition, change->partitions.size());
    on_alter(from, envelope->correlation, *change);
  }
}

void Controller::State::on_register(const Step& step, NodeId from, CorrelationId correlation,
                                    const RegisterBrokerRequest& request) {
  RegisterBrokerResponse response;
  response.broker_epoch = registry.admit(from, request.incarnation);
  response.metadata = registry.since(0);
  Session& broker = *session(from);
  broker.expires = step.now.monotonic + config.session_timeout;
  broker.knows = broker.pushed = response.metadata.to;
  if (!registry.created() && create_at == Time::never()) {
    create_at = step.now.monotonic + config.session_timeout;
  }
  step.meter().charge(port::Work::partition, response.metadata.partitions.size());
  answers.push_back({from, encode(response, correlation)});
}

void Controller::State::on_heartbeat(NodeId from, CorrelationId correlation,
                                     const BrokerHeartbeatRequest& request) {
  BrokerHeartbeatResponse response;
  const ClusterRegistry::Broker& broker = *registry.broker(from);
  if (!broker.alive || broker.epoch != request.broker_epoch) {
    response.error = ErrorCode::stale_broker_epoch;
  } else {
    response.metadata = registry.since(request.metadata_version);
    session(from)->knows = request.metadata_version;
    session(from)->pushed = std::max(session(from)->pushed, response.metadata.to);
  }
  answers.push_back({from, encode(response, correlation)});
}

void Controller::State::on_alter(NodeId from, CorrelationId correlation,
                                 const AlterPartitionRequest& request) {
  AlterPartitionResponse response;
  const ClusterRegistry::Broker& broker = *registry.broker(from);
  if (!broker.alive || broker.epoch != request.broker_epoch) {
    response.error = ErrorCode::stale_broker_epoch;
  } else {
    for (const AlterPartitionRequest::Partition& change : request.partitions) {
      if (change.partition.value() < registry.partitions().size()) {
        const ErrorCode error = registry.alter(from, change);
        response.partitions.push_back({error, registry.partitions()[change.partition.value()]});
      }
    }
  }
  answers.push_back({from, encode(response, correlation)});
}

/// A new cluster waits for its brokers, so that its partitions begin evenly led and in sync; for
/// one that does not come it waits no longer than for one that is silent.
void Controller::State::create_when_complete(const Step& step) {
  if (!registry.created() &&
      (registry.alive().size() == topology.brokers.size() || create_at <= step.now.monotonic)) {
    registry.create_partitions();
    create_at = Time::never();
  }
}

void Controller::State::fence_silent(const Step& step) {
  std::vector<NodeId> silent;
  for (const NodeId node : registry.alive()) {
    if (session(node)->expires <= step.now.monotonic) {
      silent.push_back(node);
    }
  }
  if (!silent.empty()) {
    registry.fence(silent);
  }
}

void Controller::State::rebalance(const Step& step) {
  if (rebalance_at <= step.now.monotonic) {
    registry.elect_preferred_leaders();
    rebalance_at = step.now.monotonic + config.leader_imbalance_check;
  }
}

// --- making it known
// ------------------------------------------------------------------------------

void Controller::State::persist(const Step& step) {
  writing = true;
  ByteWriter state;
  registry.encode(state);
  step.meter().charge(port::Work::file_operation);
  step.meter().charge(port::Work::fsync);
  step.meter().charge(port::Work::bytes_copied, state.size());
  step.storage().replace(kStateFile, state.share(), port::StorageToken(++writes));
}

void Controller::State::announce(const Step& step) {
  for (Answer& answer : answers) {
    step.send(answer.to, port::Lane::response, std::move(answer.message));
  }
  answers.clear();
  for (const NodeId node : registry.alive()) {
    Session& broker = *session(node);
    if (broker.pushed < registry.version()) {
      // From what it has confirmed on, since an earlier push may have been lost.
      const MetadataPush push{registry.since(broker.knows)};
      broker.pushed = registry.version();
      step.meter().charge(port::Work::partition, push.metadata.partitions.size());
      step.ask(node, 0, push);
    }
  }
}

void Controller::State::set_alarm(const Step& step) {
  Time next = std::min(create_at, rebalance_at);
  for (const NodeId node : registry.alive()) {
    next = std::min(next, session(node)->expires);
  }
  alarm.want(next, step.ports);
}

// --- the role
// -------------------------------------------------------------------------------------

Controller::Controller(NodeId /*self*/, const ControllerConfig& config, const Topology& topology,
                       Probe& probe)
    : state_(std::make_unique<State>(config, topology, probe)) {}
Controller::~Controller() = default;

void Controller::start(port::Now now, port::Ports& ports) {
  state_->start({now, ports});
}

void Controller::on_message(port::Now now, NodeId from, port::Lane lane,
                            const port::Message& message, port::Ports& ports) {
  const Step step{now, ports};
  step.charge_received(message);
  if (lane != port::Lane::request || state_->held.size() >= limits::kHeldMessages) {
    return;
  }
  // A broker is heard when its heartbeat comes, however long a write may hold the answer.
  const auto heartbeat = decode<BrokerHeartbeatRequest>(message);
  const ClusterRegistry::Broker* broker = state_->registry.broker(from);
  if (heartbeat && broker != nullptr && broker->alive && broker->epoch == heartbeat->broker_epoch) {
    state_->session(from)->expires = now.monotonic + state_->config.session_timeout;
  }
  state_->held.push_back({from, message});
  state_->decide(step);
}

void Controller::on_timer(port::Now now, port::TimerId timer, port::Ports& ports) {
  const Step step{now, ports};
  if (!state_->alarm.rang(timer)) {
    return;
  }
  step.meter().charge(port::Work::timer);
  state_->decide(step);
}

void Controller::on_storage(port::Now now, port::StorageToken token, port::Ports& ports) {
  const Step step{now, ports};
  ENSURE(state_->writing && token == port::StorageToken(state_->writes),
         "one write at a time is on its way");
  state_->writing = false;
  state_->durable_version = state_->registry.version();
  state_->announce(step);
  state_->decide(step);
}

}  // namespace wavetank::log
