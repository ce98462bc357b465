#include "engine/log/controller/controller.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "engine/base/ensure.h"
#include "engine/coordination/raft/consensus.h"
#include "engine/log/controller/cluster_registry.h"
#include "engine/log/controller/metadata_command.h"
#include "engine/log/limits.h"
#include "engine/log/node_list.h"
#include "engine/log/protocol/refusals.h"
#include "engine/log/protocol/step.h"
#include "engine/port/alarm.h"
#include "engine/port/description.h"

namespace wavetank::log {

namespace {
constexpr port::TimerId kAlarm{1};
constexpr port::TimerId kQuorumAlarm{2};
}  // namespace

/// While a command is on its way through the quorum's log, nothing else is decided: messages are
/// held, and then go together in the next, so that one write serves many. What brokers are told is
/// therefore always committed.
struct Controller::State final : private raft::StateMachine, private raft::Probe {
  State(NodeId self_, const ControllerConfig& config_, const Topology& topology_,
        log::Probe& probe_)
      : config(config_),
        topology(topology_),
        probe(probe_),
        self(self_),
        registry(topology, log::Probe::none()),
        quorum({self_, topology_.controllers}, config_.quorum, kQuorumAlarm, *this, *this) {
    sessions.resize(topology.brokers.size());
  }

  struct Held {
    NodeId from;
    port::Message message;
  };
  struct Answer {
    NodeId to;
    CorrelationId correlation = 0;
    std::variant<RegisterBrokerResponse, BrokerHeartbeatResponse, AlterPartitionResponse,
                 AlterPartitionReassignmentsResponse>
        response;
  };
  /// What the active controller knows of a broker's process beside the registry.
  struct Session {
    Time expires = Time::never();
    std::int64_t knows = 0;  ///< version that it has told it has applied
    std::int64_t pushed = 0;
    std::int64_t left_at = 0;  ///< version by which it gave way to others; while it is leaving
  };

  // the quorum
  void apply(const port::Step& step, raft::LogIndex index, const Bytes& command) override;
  [[nodiscard]] Bytes snapshot() const override;
  bool restore(ByteView snapshot) override;
  void stands_for_election(NodeId /*server*/, raft::Term /*term*/) override {
    probe.controller_stands(self);
  }
  void recovered(NodeId /*server*/, raft::Term term, std::optional<NodeId> voted_for,
                 raft::LogIndex last) override {
    probe.controller_recovered(self, term.value(), voted_for.value_or(kNoNode), last.value());
  }
  void settle(const Step& step);
  void activate(const Step& step);
  void deactivate();
  void refuse_held(const Step& step);

  // deciding
  void decide(const Step& step);
  void take(const Held& it, MetadataCommand& command);
  void on_farewell(const Held& it, CorrelationId correlation, const BrokerHeartbeatRequest& request,
                   MetadataCommand& command);
  void on_heartbeat(NodeId from, CorrelationId correlation, const BrokerHeartbeatRequest& request);
  [[nodiscard]] bool may_end(NodeId broker);
  void fence_silent(const Step& step, MetadataCommand& command);
  [[nodiscard]] bool time_to_create(const Step& step) const;
  [[nodiscard]] bool time_to_rebalance(const Step& step);

  // carrying out
  void carry_out(const Step& step, const MetadataCommand& command);
  void handle(const Step& step, NodeId from, const port::Message& message);
  void on_register(const Step& step, NodeId from, CorrelationId correlation,
                   const RegisterBrokerRequest& request);
  void on_alter(NodeId from, CorrelationId correlation, const AlterPartitionRequest& request);
  void on_reassign(NodeId from, CorrelationId correlation,
                   const AlterPartitionReassignmentsRequest& request);

  // making it known
  template <class Response>
  void answer(const Step& step, NodeId to, CorrelationId correlation, const Response& response);
  void announce(const Step& step);
  void set_alarm(const Step& step);
  [[nodiscard]] Session* session(NodeId broker);
  [[nodiscard]] bool may_ask(NodeId from, const port::Message& message);

  ControllerConfig config;
  Topology topology;
  log::Probe& probe;
  NodeId self;
  ClusterRegistry registry;
  raft::Consensus quorum;

  bool active = false;
  std::vector<Session> sessions;          ///< parallel to topology.brokers
  std::optional<raft::LogIndex> decided;  ///< the command on its way
  std::deque<Held> held;
  std::vector<Answer> answers;  ///< of what has been carried out
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

/// Brokers of this cluster; and operators, what is theirs to ask.
bool Controller::State::may_ask(NodeId from, const port::Message& message) {
  const Result<Envelope> envelope = log::peek(message);
  return session(from) != nullptr ||
         (envelope && envelope->api == ApiKey::alter_partition_reassignments);
}

// --- the quorum ----------------------------------------------------------------------------------

void Controller::State::apply(const port::Step& step, raft::LogIndex index, const Bytes& command) {
  const std::optional<MetadataCommand> read = MetadataCommand::decode(command);
  if (!read) {
    return;  // of a later version: every controller passes over it alike
  }
  registry.report_to(probe.tells_first(index.value()) ? probe : log::Probe::none());
  carry_out({step.now, step.ports}, *read);
  if (decided == index) {
    decided.reset();
  } else {
    answers.clear();  // who asked, asked another controller, or an earlier process
  }
}

Bytes Controller::State::snapshot() const {
  ByteWriter state;
  registry.encode(state);
  return state.share();
}

bool Controller::State::restore(ByteView snapshot) {
  return registry.decode(snapshot);
}

/// After every event of the quorum or of a broker.
void Controller::State::settle(const Step& step) {
  if (quorum.active() != active) {
    if (active) {
      deactivate();
    } else {
      activate(step);
    }
  }
  if (active) {
    decide(step);
  } else if (topology.controllers.size() > 1) {
    refuse_held(step);
  }
  set_alarm(step);
}

/// Brokers could not be heard here until now: everybody gets a fresh session.
void Controller::State::activate(const Step& step) {
  active = true;
  probe.controller_activated(self);
  for (const NodeId node : registry.alive()) {
    *session(node) = {step.now.monotonic + config.session_timeout, 0, registry.version(),
                      registry.version()};
  }
  if (!registry.created() && !registry.alive().empty()) {
    create_at = step.now.monotonic + config.session_timeout;
  }
  if (config.leader_imbalance_check > Duration()) {
    rebalance_at = step.now.monotonic + config.leader_imbalance_check;
  }
}

void Controller::State::deactivate() {
  active = false;
  decided.reset();
  answers.clear();
  create_at = rebalance_at = Time::never();
}

void Controller::State::refuse_held(const Step& step) {
  const NodeId leader = quorum.leader().value_or(kNoNode);
  for (const Held& it : held) {
    const Result<Envelope> envelope = log::peek(it.message);
    if (!envelope) {
      continue;
    }
    if (envelope->api == ApiKey::register_broker) {
      answer(step, it.from, envelope->correlation,
             RegisterBrokerResponse{ErrorCode::not_controller, {}, {}, leader});
    } else if (envelope->api == ApiKey::broker_heartbeat) {
      answer(step, it.from, envelope->correlation,
             BrokerHeartbeatResponse{ErrorCode::not_controller, {}, leader});
    } else if (envelope->api == ApiKey::alter_partition) {
      answer(step, it.from, envelope->correlation,
             AlterPartitionResponse{ErrorCode::not_controller, {}, leader});
    } else if (envelope->api == ApiKey::alter_partition_reassignments) {
      answer(step, it.from, envelope->correlation,
             AlterPartitionReassignmentsResponse{ErrorCode::not_controller, {}, leader});
    }
  }
  held.clear();
}

// --- deciding ------------------------------------------------------------------------------------

void Controller::State::decide(const Step& step) {
  if (decided) {
    return;
  }
  MetadataCommand command;
  while (!held.empty()) {
    const Held next = std::move(held.front());
    held.pop_front();
    take(next, command);
  }
  command.create = time_to_create(step);
  fence_silent(step, command);
  command.rebalance = time_to_rebalance(step);
  announce(step);
  if (!command.empty()) {
    decided = quorum.propose(step, command.encode());
  }
}

/// Heartbeats change nothing and are answered at once, but for those that say farewell; everything
/// else goes through the log.
void Controller::State::take(const Held& it, MetadataCommand& command) {
  const Result<Envelope> envelope = log::peek(it.message);
  if (!envelope) {
    return;
  }
  if (envelope->api != ApiKey::broker_heartbeat) {
    command.requests.push_back({it.from, it.message.head});
  } else if (auto heartbeat = log::decode<BrokerHeartbeatRequest>(it.message)) {
    if (heartbeat->want_shut_down) {
      on_farewell(it, envelope->correlation, *heartbeat, command);
    } else {
      on_heartbeat(it.from, envelope->correlation, *heartbeat);
    }
  }
}

/// First others take over; when all of them know, the broker is fenced, and told so.
void Controller::State::on_farewell(const Held& it, CorrelationId correlation,
                                    const BrokerHeartbeatRequest& request,
                                    MetadataCommand& command) {
  const ClusterRegistry::Broker& broker = *registry.broker(it.from);
  const bool known = broker.alive && broker.epoch == request.broker_epoch;
  if (known) {
    session(it.from)->knows = request.metadata_version;
  }
  const bool let_go = known && broker.leaving && may_end(it.from);
  if (let_go && !contains(command.fenced, it.from)) {
    command.fenced.push_back(it.from);
  }
  if (let_go || (known && !broker.leaving)) {
    command.requests.push_back({it.from, it.message.head});
  } else {
    on_heartbeat(it.from, correlation, request);
  }
}

bool Controller::State::may_end(NodeId broker) {
  const std::int64_t left_at = session(broker)->left_at;
  return !registry.is_needed(broker) && std::ranges::all_of(registry.alive(), [&](NodeId node) {
    return session(node)->knows >= left_at;
  });
}

void Controller::State::on_heartbeat(NodeId from, CorrelationId correlation,
                                     const BrokerHeartbeatRequest& request) {
  BrokerHeartbeatResponse response;
  const ClusterRegistry::Broker& broker = *registry.broker(from);
  if (!broker.alive && broker.epoch == request.broker_epoch && request.want_shut_down) {
    response.should_shut_down = true;
  } else if (!broker.alive || broker.epoch != request.broker_epoch) {
    response.error = ErrorCode::stale_broker_epoch;
  } else {
    response.metadata = registry.since(request.metadata_version);
    session(from)->knows = request.metadata_version;
    session(from)->pushed = std::max(session(from)->pushed, response.metadata.to);
  }
  answers.push_back({from, correlation, std::move(response)});
}

/// A new cluster waits for its brokers, so that its partitions begin evenly led and in sync; for
/// one that does not come it waits no longer than for one that is silent.
bool Controller::State::time_to_create(const Step& step) const {
  return !registry.created() &&
         (registry.alive().size() == topology.brokers.size() || create_at <= step.now.monotonic);
}

void Controller::State::fence_silent(const Step& step, MetadataCommand& command) {
  for (const NodeId node : registry.alive()) {
    if (session(node)->expires <= step.now.monotonic && !contains(command.fenced, node)) {
      command.fenced.push_back(node);
    }
  }
}

bool Controller::State::time_to_rebalance(const Step& step) {
  if (rebalance_at > step.now.monotonic) {
    return false;
  }
  rebalance_at = step.now.monotonic + config.leader_imbalance_check;
  return true;
}

// --- carrying out: the same on every controller --------------------------------------------------

void Controller::State::carry_out(const Step& step, const MetadataCommand& command) {
  std::vector<NodeId> silent;
  std::ranges::copy_if(command.fenced, std::back_inserter(silent), [&](NodeId node) {
    const ClusterRegistry::Broker* broker = registry.broker(node);
    return broker != nullptr && broker->alive;
  });
  if (!silent.empty()) {
    registry.fence(silent);
  }
  for (const MetadataCommand::Request& request : command.requests) {
    handle(step, request.from, {request.head, {}});
  }
  if (command.create && !registry.created()) {
    registry.create_partitions();
    create_at = Time::never();
  }
  if (command.rebalance && registry.created()) {
    registry.elect_preferred_leaders();
  }
}

void Controller::State::handle(const Step& step, NodeId from, const port::Message& message) {
  const Result<Envelope> envelope = log::peek(message);
  if (!envelope) {
    return;
  }
  if (auto moves = log::decode<AlterPartitionReassignmentsRequest>(message)) {
    step.meter().charge(port::Work::partition, moves->partitions.size());
    on_reassign(from, envelope->correlation, *moves);
  } else if (session(from) == nullptr) {
    return;  // not a broker of this cluster
  } else if (auto registration = log::decode<RegisterBrokerRequest>(message)) {
    on_register(step, from, envelope->correlation, *registration);
  } else if (auto change = log::decode<AlterPartitionRequest>(message)) {
    step.meter().charge(port::Work::partition, change->partitions.size());
    on_alter(from, envelope->correlation, *change);
  } else if (auto farewell = log::decode<BrokerHeartbeatRequest>(message)) {
    const ClusterRegistry::Broker& broker = *registry.broker(from);
    if (broker.alive && !broker.leaving && broker.epoch == farewell->broker_epoch) {
      registry.retire(from);
      session(from)->left_at = registry.version();
    }
    on_heartbeat(from, envelope->correlation, *farewell);
  }
}

void Controller::State::on_register(const Step& step, NodeId from, CorrelationId correlation,
                                    const RegisterBrokerRequest& request) {
  RegisterBrokerResponse response;
  response.broker_epoch = registry.admit(from, request.incarnation);
  Session& broker = *session(from);
  broker.expires = step.now.monotonic + config.session_timeout;
  if (active) {
    response.metadata = registry.since(0);
    broker.knows = broker.pushed = response.metadata.to;
    step.meter().charge(port::Work::partition, response.metadata.partitions.size());
    if (!registry.created() && create_at == Time::never()) {
      create_at = step.now.monotonic + config.session_timeout;
    }
  }
  answers.push_back({from, correlation, std::move(response)});
}

void Controller::State::on_alter(NodeId from, CorrelationId correlation,
                                 const AlterPartitionRequest& request) {
  answers.push_back({from, correlation, registry.alter(from, request)});
}

/// Who asks is told when it is decided, not when it is done. Partitions that are not there yet are
/// unknown.
void Controller::State::on_reassign(NodeId from, CorrelationId correlation,
                                    const AlterPartitionReassignmentsRequest& request) {
  answers.push_back({from, correlation, registry.reassign(request)});
}

// --- making it known -----------------------------------------------------------------------------

template <class Response>
void Controller::State::answer(const Step& step, NodeId to, CorrelationId correlation,
                               const Response& response) {
  tell_refusals(probe, self, response);
  step.answer(to, correlation, response);
}

void Controller::State::announce(const Step& step) {
  for (const Answer& it : answers) {
    std::visit([&](const auto& response) { answer(step, it.to, it.correlation, response); },
               it.response);
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

/// What is due while a command is on its way is decided when it has arrived.
void Controller::State::set_alarm(const Step& step) {
  if (!active || decided) {
    return;
  }
  Time next = std::min(create_at, rebalance_at);
  for (const NodeId node : registry.alive()) {
    next = std::min(next, session(node)->expires);
  }
  alarm.want(next, step.ports);
}

// --- the role ------------------------------------------------------------------------------------

Controller::Controller(NodeId self, const ControllerConfig& config, const Topology& topology,
                       Probe& probe)
    : state_(std::make_unique<State>(self, config, topology, probe)) {}
Controller::~Controller() = default;

bool Controller::active() const {
  return state_->active;
}

void Controller::describe(port::Description& out) const {
  const State& it = *state_;
  it.quorum.describe(out);
  out.say("deciding", it.decided).say("messages held", it.held.size());
  if (it.active) {
    out.say("partitions created by", it.create_at).say("next look at imbalance", it.rebalance_at);
    port::Description& sessions = out.list("broker sessions");
    for (std::size_t b = 0; b < it.sessions.size(); ++b) {
      const State::Session& session = it.sessions[b];
      port::Description& row = sessions.row("broker");
      row.say("broker", it.topology.brokers[b]).say("expires", session.expires);
      row.say("knows version", session.knows).say("was told", session.pushed);
    }
  }
  it.registry.describe(out);
}

void Controller::start(port::Now now, port::Ports& ports) {
  const Step step{now, ports};
  state_->quorum.start(step);
  state_->settle(step);
}

void Controller::on_message(port::Now now, NodeId from, port::Lane lane,
                            const port::Message& message, port::Ports& ports) {
  const Step step{now, ports};
  if (state_->quorum.on_message(step, from, lane, message)) {
    state_->settle(step);
    return;
  }
  step.charge_received(message);
  if (lane != port::Lane::request || state_->held.size() >= limits::kHeldMessages ||
      !state_->may_ask(from, message)) {
    return;
  }
  // A broker is heard when its heartbeat comes, however long a write may hold the answer.
  const auto heartbeat = log::decode<BrokerHeartbeatRequest>(message);
  const ClusterRegistry::Broker* broker = state_->registry.broker(from);
  if (heartbeat && broker != nullptr && broker->alive && broker->epoch == heartbeat->broker_epoch) {
    state_->session(from)->expires = now.monotonic + state_->config.session_timeout;
  }
  state_->held.push_back({from, message});
  state_->settle(step);
}

void Controller::on_timer(port::Now now, port::TimerId timer, port::Ports& ports) {
  const Step step{now, ports};
  if (state_->alarm.rang(timer)) {
    step.meter().charge(port::Work::timer);
  } else if (!state_->quorum.on_timer(step, timer)) {
    return;
  }
  state_->settle(step);
}

void Controller::on_storage(port::Now now, port::StorageToken token, port::Ports& ports) {
  const Step step{now, ports};
  state_->quorum.on_storage(step, token);
  state_->settle(step);
}

void Controller::on_reset(port::Now now, NodeId peer, port::Ports& ports) {
  const Step step{now, ports};
  state_->quorum.on_reset(step, peer);
  state_->settle(step);
}

}  // namespace wavetank::log
