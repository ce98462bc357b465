#include "engine/log/ensemble/ensemble_controller.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "engine/log/ensemble/znodes.h"
#include "engine/log/limits.h"
#include "engine/log/node_list.h"
#include "engine/log/protocol/refusals.h"

namespace wavetank::log {

using coordination::Operation;
using coordination::Response;
using CoordinationError = coordination::ErrorCode;

namespace {

constexpr port::TimerId kAlarm{3};
/// A broker that has not answered by then is told again, and then after twice the time.
constexpr Duration kTellAgain = seconds(1);
constexpr Duration kTellAgainAtLast = seconds(32);

/// Which process is told: an answer of another is none.
CorrelationId correlation_of(BrokerEpoch epoch) {
  return static_cast<CorrelationId>(epoch.value());
}

}  // namespace

EnsembleController::EnsembleController(NodeId self, const ControllerConfig& config,
                                       const Topology& topology, EnsembleSession& session,
                                       Probe& probe)
    : self_(self),
      config_(config),
      topology_(topology),
      session_(session),
      probe_(probe),
      stored_(topology, config, session, *this),
      registry_(topology, Probe::none()),
      alarm_(kAlarm) {}

void EnsembleController::begin(const Step& step, ControllerEpoch epoch,
                               std::int32_t epoch_version) {
  end();
  epoch_ = epoch;
  read_brokers(step);
  stored_.begin(step, epoch_version);
}

void EnsembleController::end() {
  ++reign_;
  active_ = false;
  epoch_ = ControllerEpoch(-1);
  stored_.end();
  stored_read_ = ask_again_ = watching_ = false;
  asking_ = 0;
  present_.clear();
  deciding_.reset();
  held_.clear();
  leaving_.clear();
  told_.clear();
  create_at_ = rebalance_at_ = Time::never();
}

void EnsembleController::depose() {
  end();
  deposed_ = true;
}

void EnsembleController::overruled(const Step& /*step*/) {
  depose();
}

// -------------------------------------------------------------------------------- who is there

/// Asks, again after every loss of the connection, as long as this reign lasts.
void EnsembleController::ask(const Step& step, const Operation& operation,
                             EnsembleSession::Handler then) {
  session_.ask_until_answered(
      step, operation, [this, reign = reign_](const Response&) { return reign == reign_; },
      std::move(then));
}

void EnsembleController::brokers_changed(const Step& step) {
  if (!elected()) {
    return;
  }
  if (asking_ > 0) {
    ask_again_ = true;
  } else {
    read_brokers(step);
  }
}

void EnsembleController::topic_changed(const Step& step, std::string_view name) {
  if (elected()) {
    stored_.topic_changed(step, name);
  }
}

void EnsembleController::read_brokers(const Step& step) {
  ask_again_ = false;
  ++asking_;
  ask(step, znodes::children(znodes::kBrokerIds, true),
      [this](const Step& at, const Response& response) {
        present_.clear();
        if (response.error == CoordinationError::ok) {
          for (const std::string& name : response.results.front().children) {
            if (const auto broker = znodes::broker_named(name);
                broker && registry_.broker(*broker) != nullptr) {
              read_broker(at, *broker);
            }
          }
        }
        broker_came(at);
      });
}

void EnsembleController::read_broker(const Step& step, NodeId broker) {
  ++asking_;
  ask(step, znodes::get(znodes::broker(broker)),
      [this, broker](const Step& at, const Response& response) {
        if (response.error == CoordinationError::ok) {
          const coordination::OperationResult& node = response.results.front();
          if (const auto epoch = znodes::decode_number(node.data)) {
            present_[broker] = Present{BrokerEpoch(*epoch), node.stat.created};
          }
        }
        broker_came(at);
      });
}

void EnsembleController::broker_came(const Step& step) {
  if (--asking_ > 0) {
    return;
  }
  if (ask_again_) {
    read_brokers(step);
  } else {
    proceed(step);
  }
}

// ----------------------------------------------------------------------- what the last one left

void EnsembleController::all_read(const Step& step) {
  stored_read_ = true;
  proceed(step);
}

void EnsembleController::proceed(const Step& step) {
  if (!active_ && stored_read_ && !busy()) {
    watch_topics(step);
  }
  if (!active_ && stored_read_ && !busy()) {
    take_over(step);
  }
  decide(step);
}

/// Those that are not watched yet. Nothing else is done until they are; Kafka that asked for them
/// by themselves had elected leaders before.
void EnsembleController::watch_topics(const Step& step) {
  if (stored_.unwatched()) {
    watching_ = true;
    stored_.watch(step);
  }
}

void EnsembleController::all_watched(const Step& step) {
  watching_ = false;
  proceed(step);
}

/// If the last one created some partitions and not all, nobody was told of any: they are created
/// anew.
void EnsembleController::take_over(const Step& step) {
  std::vector<StoredCluster::Partition> stored = stored_.take();
  const std::vector<ClusterRegistry::Broker> living = living_in(stored);
  std::vector<PartitionState> states;
  states.reserve(stored.size());
  for (StoredCluster::Partition& partition : stored) {
    states.push_back(std::move(partition.state));
  }
  step.meter().charge(port::Work::partition, states.size());
  registry_.report_to(probe_);
  // Above all that brokers know: of an earlier controller, or of this one before it was overruled.
  registry_.restore(living, std::move(states), stored_.throttle(),
                    std::max(std::int64_t{epoch_.value()} << 32, registry_.version() + 1));
  active_ = true;
  probe_.controller_activated(self_);
  if (!registry_.created()) {
    create_at_ = step.now.monotonic + config_.session_timeout;
  }
  if (config_.leader_imbalance_check > Duration()) {
    rebalance_at_ = step.now.monotonic + config_.leader_imbalance_check;
  }
}

/// Whom the states take for alive. One of them that is not registered, or by another process than
/// when it was counted in sync, has died since: under an epoch that is nobody's it is fenced by the
/// first decision. (Kafka does not see that of a broker that is back before it looks.)
std::vector<ClusterRegistry::Broker> EnsembleController::living_in(
    const std::vector<StoredCluster::Partition>& stored) const {
  std::vector<ClusterRegistry::Broker> living;
  for (const ClusterRegistry::Broker& broker : registry_.brokers()) {
    const auto present = present_.find(broker.node);
    bool counted = false;
    bool same = present != present_.end();
    for (const StoredCluster::Partition& partition : stored) {
      if (contains(partition.state.in_sync, broker.node)) {
        counted = true;
        same = same && present->second.since < partition.written;
      }
    }
    if (same) {
      const BrokerEpoch epoch = present->second.epoch;
      living.push_back(
          {broker.node, static_cast<std::uint64_t>(epoch.value()), epoch, true, false});
    } else if (counted) {
      living.push_back({broker.node, 0, BrokerEpoch(-1), true, false});
    }
  }
  return living;
}

// ------------------------------------------------------------------------------------ deciding

template <class Response>
void EnsembleController::answer(const Step& step, NodeId to, CorrelationId correlation,
                                const Response& response) {
  tell_refusals(probe_, self_, response);
  step.answer(to, correlation, response);
}

void EnsembleController::on_alter(const Step& step, NodeId from, CorrelationId correlation,
                                  const port::Message& message) {
  auto request = log::decode<AlterPartitionRequest>(message);
  if (!request) {
    return;
  }
  if (!active_) {
    answer(step, from, correlation, AlterPartitionResponse{ErrorCode::not_controller, {}, kNoNode});
  } else {
    hold(step, {from, correlation, std::move(*request)});
  }
}

void EnsembleController::on_reassign(const Step& step, NodeId from, CorrelationId correlation,
                                     AlterPartitionReassignmentsRequest request,
                                     NodeId controller) {
  if (active_) {
    hold(step, {from, correlation, std::move(request)});
  } else {
    answer(step, from, correlation,
           AlterPartitionReassignmentsResponse{ErrorCode::not_controller, {}, controller});
  }
}

/// Who is not answered asks again.
void EnsembleController::hold(const Step& step, Held held) {
  if (held_.size() < limits::kHeldMessages) {
    held_.push_back(std::move(held));
    decide(step);
  }
}

void EnsembleController::on_farewell(const Step& step, NodeId from, CorrelationId correlation,
                                     const BrokerHeartbeatRequest& request) {
  BrokerHeartbeatResponse response;
  const ClusterRegistry::Broker* broker = registry_.broker(from);
  if (!active_) {
    response.error = ErrorCode::not_controller;
  } else if (broker == nullptr || !broker->alive || broker->epoch != request.broker_epoch) {
    response.error = ErrorCode::stale_broker_epoch;
  } else if (broker->leaving) {
    response.should_shut_down = may_end(from);
  } else {
    leaving_.insert(from);
    decide(step);
  }
  answer(step, from, correlation, response);
}

bool EnsembleController::may_end(NodeId broker) const {
  const std::int64_t left_at = told_.at(broker).left_at;
  return left_at > 0 && !registry_.is_needed(broker) &&
         std::ranges::all_of(registry_.alive(),
                             [&](NodeId node) { return told_.at(node).knows >= left_at; });
}

EnsembleController::Decision EnsembleController::next_decision(const Step& step) {
  Decision decision;
  for (const NodeId node : registry_.alive()) {
    if (!present_.contains(node)) {
      decision.fenced.push_back(node);
    }
  }
  for (const auto& [node, present] : present_) {
    const ClusterRegistry::Broker& broker = *registry_.broker(node);
    if (!broker.alive || broker.epoch != present.epoch) {
      decision.admitted.emplace_back(node, present.epoch);
    }
  }
  std::ranges::sort(decision.admitted, {},
                    &std::pair<NodeId, BrokerEpoch>::second);  // as they came
  for (const NodeId node : std::exchange(leaving_, {})) {
    const ClusterRegistry::Broker& broker = *registry_.broker(node);
    const auto present = present_.find(node);
    if (broker.alive && !broker.leaving && present != present_.end() &&
        present->second.epoch == broker.epoch) {  // not a later process of the node
      decision.leaving.push_back(node);
    }
  }
  decision.requests.assign(std::make_move_iterator(held_.begin()),
                           std::make_move_iterator(held_.end()));
  held_.clear();
  decision.create = !registry_.created() && (present_.size() == topology_.brokers.size() ||
                                             create_at_ <= step.now.monotonic);
  decision.rebalance = registry_.created() && rebalance_at_ <= step.now.monotonic;
  return decision;
}

void EnsembleController::decide(const Step& step) {
  if (!active_ || busy()) {
    return;
  }
  deciding_ = next_decision(step);
  if (deciding_->empty()) {
    deciding_.reset();
    tell_all(step);
    watch_topics(step);  // that were made
    return;
  }
  for (const NodeId node : deciding_->fenced) {
    probe_.broker_fenced(node);
  }
  ClusterRegistry next = registry_;
  next.report_to(Probe::none());
  carry_out(next, *deciding_);
  std::vector<PartitionState> changes = next.since(registry_.version()).partitions;
  step.meter().charge(port::Work::partition, changes.size());
  stored_.write(step, std::move(changes), next.throttle());
}

std::vector<EnsembleController::Answer> EnsembleController::carry_out(ClusterRegistry& registry,
                                                                      const Decision& decision) {
  std::vector<Answer> answers;
  if (!decision.fenced.empty()) {
    registry.fence(decision.fenced);
  }
  for (const auto& [node, epoch] : decision.admitted) {
    registry.admit(node, epoch);
  }
  for (const NodeId node : decision.leaving) {
    registry.retire(node);
  }
  for (const Held& held : decision.requests) {
    Answer& answer = answers.emplace_back(Answer{held.from, held.correlation, {}});
    if (const auto* alter = std::get_if<AlterPartitionRequest>(&held.request)) {
      answer.response = registry.alter(held.from, *alter);
    } else {
      answer.response =
          registry.reassign(std::get<AlterPartitionReassignmentsRequest>(held.request));
    }
  }
  if (decision.create) {
    registry.create_partitions();
  }
  if (decision.rebalance) {
    registry.elect_preferred_leaders();
  }
  return answers;
}

/// It holds, and may be told.
void EnsembleController::all_written(const Step& step) {
  const Decision decision = *std::exchange(deciding_, std::nullopt);
  for (const Answer& it : carry_out(registry_, decision)) {
    std::visit([&](const auto& response) { answer(step, it.to, it.correlation, response); },
               it.response);
  }
  for (const NodeId node : decision.leaving) {
    told_[node].left_at = registry_.version();
  }
  if (decision.create) {
    create_at_ = Time::never();
  }
  if (decision.rebalance) {
    rebalance_at_ = step.now.monotonic + config_.leader_imbalance_check;
  }
  tell_all(step);
  decide(step);
}

// ------------------------------------------------------------------------------ making it known

void EnsembleController::tell_all(const Step& step) {
  for (const NodeId node : registry_.alive()) {
    const BrokerEpoch epoch = registry_.broker(node)->epoch;
    Told& told = told_[node];
    if (told.epoch != epoch) {
      told = Told{epoch, 0, 0, Time::never(), kTellAgain};
    }
    const bool under_way = told.again != Time::never() && told.again > step.now.monotonic;
    if (!under_way && told.knows < registry_.version()) {
      tell(step, node, told);
    }
  }
  set_alarm(step);
}

void EnsembleController::tell(const Step& step, NodeId node, Told& told) {
  const UpdateClusterRequest update{epoch_, told.epoch, registry_.since(told.knows)};
  told.again = step.now.monotonic + told.patience;
  told.patience = std::min(told.patience * 2, kTellAgainAtLast);
  step.meter().charge(port::Work::partition, update.metadata.partitions.size());
  step.ask(node, correlation_of(told.epoch), update);
}

void EnsembleController::on_updated(const Step& step, NodeId from, CorrelationId correlation,
                                    const UpdateClusterResponse& response) {
  const auto found = told_.find(from);
  if (!active_ || found == told_.end() || correlation != correlation_of(found->second.epoch)) {
    return;
  }
  Told& told = found->second;
  if (response.error == ErrorCode::stale_controller_epoch) {
    depose();
  } else if (response.error == ErrorCode::none) {
    told.knows = std::max(told.knows, response.version);
    told.again = Time::never();
    told.patience = kTellAgain;
    tell_all(step);
  }
}

/// What is next to decide waits until what is under way is done.
void EnsembleController::set_alarm(const Step& step) {
  Time next = busy() ? Time::never() : std::min(create_at_, rebalance_at_);
  for (const auto& [node, told] : told_) {
    const ClusterRegistry::Broker& broker = *registry_.broker(node);
    if (broker.alive && broker.epoch == told.epoch) {
      next = std::min(next, told.again);
    }
  }
  if (next != Time::never()) {
    alarm_.want(next, step.ports);
  }
}

bool EnsembleController::on_timer(const Step& step, port::TimerId timer) {
  if (!alarm_.rang(timer)) {
    return false;
  }
  step.meter().charge(port::Work::timer);
  if (active_) {
    decide(step);
    tell_all(step);
  }
  return true;
}

}  // namespace wavetank::log
