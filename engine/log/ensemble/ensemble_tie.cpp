#include "engine/log/ensemble/ensemble_tie.h"

#include <algorithm>

#include "engine/log/ensemble/znodes.h"
#include "engine/log/protocol/refusals.h"

namespace wavetank::log {

using coordination::Operation;
using coordination::Response;
using CoordinationError = coordination::ErrorCode;

namespace {

constexpr port::TimerId kSessionTimer{2};

coordination::ClientConfig session_config(const ControllerConfig& config) {
  coordination::ClientConfig client;
  client.session_timeout = config.session_timeout;
  client.max_outstanding = config.ensemble_in_flight;
  return client;
}

}  // namespace

EnsembleTie::EnsembleTie(NodeId self, const BrokerConfig& config, const ControllerConfig& control,
                         const Topology& topology, std::vector<NodeId> ensemble, Probe& probe)
    : self_(self),
      config_(config),
      session_timeout_(control.session_timeout),
      probe_(probe),
      session_(session_config(control), std::move(ensemble), kSessionTimer, *this),
      as_controller_(self, control, topology, session_, probe) {}

void EnsembleTie::ask(const Step& step, const Operation& operation, EnsembleSession::Handler then) {
  session_.ask_until_answered(
      step, operation,
      [this, session = session_.id()](const Response& response) {
        return session == session_.id() && response.error != CoordinationError::session_expired;
      },
      std::move(then));
}

// ---------------------------------------------------------------------------------- the session

void EnsembleTie::start(const Step& step) {
  session_.start(step);
}

void EnsembleTie::connected(const Step& step) {
  if (joining_as_ != session_.id()) {
    joining_as_ = session_.id();
    join(step);
  }
}

void EnsembleTie::expired(const Step& /*step*/) {
  left_ = session_.id();
  as_controller_.end();
  controller_ = kNoNode;
  looking_ = false;
}

void EnsembleTie::changed(const Step& step, const std::string& path) {
  if (path == znodes::kController) {
    look_for_controller(step);
  } else if (path == znodes::kBrokerIds) {
    as_controller_.brokers_changed(step);
  } else if (const auto topic = znodes::topic_at(path)) {
    as_controller_.topic_changed(step, *topic);
  } else if (joined_as_ != session_.id()) {
    look_for_own_node(step);  // that of an earlier process has gone
  }
}

void EnsembleTie::on_reset(const Step& step, NodeId peer) {
  session_.on_reset(step, peer);
  settle(step);
}

bool EnsembleTie::on_timer(const Step& step, port::TimerId timer) {
  const bool ours = session_.on_timer(step, timer) || as_controller_.on_timer(step, timer);
  settle(step);
  return ours;
}

bool EnsembleTie::on_message(const Step& step, NodeId from, port::Lane lane,
                             const port::Message& message) {
  if (session_.on_message(step, from, message)) {
    settle(step);
    return true;
  }
  const Result<Envelope> envelope = log::peek(message);
  if (!envelope) {
    return false;
  }
  if (lane == port::Lane::request && envelope->api == ApiKey::alter_partition) {
    step.charge_received(message);
    as_controller_.on_alter(step, from, envelope->correlation, message);
  } else if (lane == port::Lane::request && envelope->api == ApiKey::broker_heartbeat) {
    step.charge_received(message);
    if (const auto request = log::decode<BrokerHeartbeatRequest>(message)) {
      as_controller_.on_farewell(step, from, envelope->correlation, *request);
    }
  } else if (lane == port::Lane::request &&
             envelope->api == ApiKey::alter_partition_reassignments) {
    step.charge_received(message);
    if (auto request = log::decode<AlterPartitionReassignmentsRequest>(message)) {
      as_controller_.on_reassign(step, from, envelope->correlation, std::move(*request),
                                 controller_);
    }
  } else if (lane == port::Lane::response && envelope->api == ApiKey::update_cluster) {
    step.charge_received(message);
    if (const auto response = log::decode<UpdateClusterResponse>(message)) {
      as_controller_.on_updated(step, from, envelope->correlation, *response);
    }
  } else {
    return false;
  }
  settle(step);
  return true;
}

/// A controller that was told of another looks who it is.
void EnsembleTie::settle(const Step& step) {
  if (as_controller_.take_deposed() && session_.alive()) {
    look_for_controller(step);
  }
}

// ----------------------------------------------------------------------------------- the end

void EnsembleTie::leave(const Step& step) {
  leaving_ = true;
  leave_by_ = step.now.monotonic + config_.controlled_shutdown_max;
  ask_to_end_at_ = step.now.monotonic;
}

void EnsembleTie::pump(const Step& step, std::int64_t metadata_version,
                       CorrelationId& next_correlation) {
  const Time now = step.now.monotonic;
  if (leave_by_ <= now) {
    late_ = released_;
    release(step);
  }
  if (ask_to_end_at_ > now) {
    return;
  }
  ask_to_end_at_ = now + config_.retry_backoff;
  if (controller_ != kNoNode) {
    step.ask(controller_, next_correlation++,
             BrokerHeartbeatRequest{epoch_, metadata_version, true});
  }
}

bool EnsembleTie::on_heartbeat(const Step& step, CorrelationId /*correlation*/,
                               const BrokerHeartbeatResponse& response) {
  if (leaving_ && response.should_shut_down) {
    release(step);
  }
  return false;
}

/// Nothing more is asked; what the ensemble does not confirm in time ends without.
void EnsembleTie::release(const Step& step) {
  ask_to_end_at_ = Time::never();
  if (late_) {
    leave_by_ = Time::never();
  } else if (!std::exchange(released_, true)) {
    leave_by_ = step.now.monotonic + session_timeout_;
    as_controller_.end();
    session_.close(step);
  }
}

// ---------------------------------------------------------------------------------- registration

void EnsembleTie::join(const Step& step) {
  for (const std::string& path : znodes::persistent()) {
    ask(step, znodes::create(path, znodes::encode(0)), [](const Step&, const Response&) {});
  }
  look_for_own_node(step);
}

/// It may be there already: made by a request whose answer was lost; or by a session of this
/// process that is over, then it goes at once; or by an earlier process, then its session has to
/// end first, so that the controller learns of its death.
void EnsembleTie::look_for_own_node(const Step& step) {
  ask(step, znodes::get(znodes::broker(self_), true),
      [this](const Step& at, const Response& response) {
        if (response.error != CoordinationError::ok) {
          draw_epoch(at);
          return;
        }
        const coordination::OperationResult& node = response.results.front();
        const auto epoch = znodes::decode_number(node.data);
        if (node.stat.ephemeral_owner == session_.id() && epoch) {
          joined(at, BrokerEpoch(*epoch));
        } else if (node.stat.ephemeral_owner == left_) {
          ask(at, znodes::remove(znodes::broker(self_)), [](const Step&, const Response&) {});
        }
      });
}

void EnsembleTie::draw_epoch(const Step& step) {
  ask(step, znodes::set(znodes::kBrokerSequence, {}),
      [this](const Step& at, const Response& response) {
        if (response.error == CoordinationError::ok) {
          make_own_node(at, BrokerEpoch(response.results.front().stat.version));
        }
      });
}

void EnsembleTie::make_own_node(const Step& step, BrokerEpoch epoch) {
  ask(step, znodes::create(znodes::broker(self_), znodes::encode(epoch.value()), true),
      [this, epoch](const Step& at, const Response& response) {
        if (response.error == CoordinationError::ok) {
          joined(at, epoch);
        } else {
          look_for_own_node(at);
        }
      });
}

void EnsembleTie::joined(const Step& step, BrokerEpoch epoch) {
  joined_as_ = session_.id();
  epoch_ = epoch;
  registered_ = true;
  look_for_controller(step);
}

// ---------------------------------------------------------------------------------- the controller

void EnsembleTie::on_not_controller(const Step& step, NodeId from, NodeId /*hint*/) {
  if (from == controller_) {
    look_for_controller(step);
  }
}

void EnsembleTie::look_for_controller(const Step& step) {
  if (looking_ || joined_as_ != session_.id()) {
    return;
  }
  looking_ = true;
  ask(step, znodes::get(znodes::kController, true),
      [this](const Step& at, const Response& response) {
        looking_ = false;
        if (response.error != CoordinationError::ok) {
          controller_ = kNoNode;
          as_controller_.end();
          if (!leaving_) {
            stand(at);
          }
          return;
        }
        const coordination::OperationResult& node = response.results.front();
        const auto elected = znodes::decode_number(node.data);
        controller_ = elected ? NodeId(static_cast<std::uint32_t>(*elected)) : kNoNode;
        if (node.stat.ephemeral_owner != session_.id()) {
          as_controller_.end();
        } else if (!as_controller_.elected()) {
          stand(at);  // made by a request whose answer was lost
        }
      });
}

void EnsembleTie::stand(const Step& step) {
  ask(step, znodes::get(znodes::kControllerEpoch),
      [this](const Step& at, const Response& response) {
        if (response.error != CoordinationError::ok) {
          return;
        }
        const coordination::OperationResult& node = response.results.front();
        const auto last = static_cast<std::int32_t>(znodes::decode_number(node.data).value_or(0));
        if (controller_ == self_ && !as_controller_.elected()) {
          as_controller_.begin(at, ControllerEpoch(last), node.stat.version);
        } else {
          run_for(at, ControllerEpoch(last), node.stat.version);
        }
      });
}

/// The node and the epoch together, so that no two have the same.
void EnsembleTie::run_for(const Step& step, ControllerEpoch last, std::int32_t version) {
  const coordination::SessionId session = session_.id();
  const ControllerEpoch epoch(last.value() + 1);
  probe_.controller_stands(self_);
  session_.ask_all(step,
                   {znodes::create(znodes::kController, znodes::encode(self_.value()), true),
                    znodes::set(znodes::kControllerEpoch, znodes::encode(epoch.value()), version)},
                   [this, session, epoch, version](const Step& at, const Response& response) {
                     if (session != session_.id()) {
                       return;
                     }
                     if (response.error == CoordinationError::ok) {
                       controller_ = self_;
                       as_controller_.begin(at, epoch, version + 1);
                     }
                     look_for_controller(at);
                   });
}

/// The controller may know of a registration before the broker does. A broker that is not
/// registered yet is told what was meant for an earlier process.
ErrorCode EnsembleTie::judge(const UpdateClusterRequest& request) {
  if (request.controller_epoch < heard_) {
    return ErrorCode::stale_controller_epoch;
  }
  heard_ = request.controller_epoch;
  return admitted() && request.broker_epoch >= epoch_ ? ErrorCode::none
                                                      : ErrorCode::stale_broker_epoch;
}

void EnsembleTie::answer(const Step& step, NodeId to, CorrelationId correlation,
                         const UpdateClusterResponse& response) {
  tell_refusals(probe_, self_, response);
  step.answer(to, correlation, response);
}

}  // namespace wavetank::log
