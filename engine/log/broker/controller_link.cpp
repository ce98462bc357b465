#include "engine/log/broker/controller_link.h"

#include <algorithm>

namespace wavetank::log {

void ControllerLink::start(const Step& step) {
  incarnation_ = step.ports.random();
  begin_registration(step);
}

bool ControllerLink::is_controller(NodeId node) const {
  return std::ranges::find(controllers_, node) != controllers_.end();
}

void ControllerLink::turn_to(const Step& step, std::size_t controller) {
  current_ = controller;
  heard_ = step.now.monotonic;
  due_ = step.now.monotonic + config_.retry_backoff;
  back_off_ = config_.retry_backoff;
}

void ControllerLink::on_not_controller(const Step& step, NodeId from, NodeId hint) {
  if (from != controller()) {
    return;  // it has been left already
  }
  const auto named = std::ranges::find(controllers_, hint);
  turn_to(step, named == controllers_.end()
                    ? (current_ + 1) % controllers_.size()
                    : static_cast<std::size_t>(named - controllers_.begin()));
}

void ControllerLink::on_reset(const Step& step, NodeId peer) {
  if (peer == controller() && controllers_.size() > 1) {
    turn_to(step, (current_ + 1) % controllers_.size());
  }
}

void ControllerLink::begin_registration(const Step& step) {
  stage_ = Stage::registering;
  heard_ = step.now.monotonic;
  due_ = step.now.monotonic;
  back_off_ = config_.retry_backoff;
}

bool ControllerLink::on_registered(const Step& step, const RegisterBrokerResponse& response) {
  if (stage_ != Stage::registering || response.error != ErrorCode::none ||
      response.broker_epoch < broker_epoch_) {
    return false;
  }
  stage_ = Stage::admitted;
  heard_ = step.now.monotonic;
  broker_epoch_ = response.broker_epoch;
  first_heartbeat_.reset();
  due_ = step.now.monotonic + config_.heartbeat_interval;
  return true;
}

bool ControllerLink::on_heartbeat(const Step& step, CorrelationId correlation,
                                  const BrokerHeartbeatResponse& response) {
  if (stage_ != Stage::admitted || !first_heartbeat_ || correlation < *first_heartbeat_) {
    return false;
  }
  heard_ = step.now.monotonic;
  if (response.error == ErrorCode::stale_broker_epoch) {
    begin_registration(step);
    return false;
  }
  released_ = released_ || (leaving_ && response.should_shut_down);
  return response.error == ErrorCode::none;
}

void ControllerLink::leave(const Step& step) {
  leaving_ = true;
  leave_by_ = step.now.monotonic + config_.controlled_shutdown_max;
  due_ = step.now.monotonic;
}

void ControllerLink::pump(const Step& step, std::int64_t metadata_version,
                          CorrelationId& next_correlation) {
  released_ = released_ || leave_by_ <= step.now.monotonic;
  if (due_ > step.now.monotonic || may_end()) {
    return;
  }
  const Duration patience = 2 * config_.heartbeat_interval;
  if (controllers_.size() > 1 && step.now.monotonic - heard_ > patience) {
    turn_to(step, (current_ + 1) % controllers_.size());
  }
  const CorrelationId correlation = next_correlation++;
  if (stage_ == Stage::registering) {
    RegisterBrokerRequest request;
    request.incarnation = incarnation_;
    step.ask(controller(), correlation, request);
    due_ = step.now.monotonic + back_off_;
    back_off_ =
        std::min(back_off_ * 2, std::max(config_.heartbeat_interval, config_.retry_backoff));
    return;
  }
  if (!first_heartbeat_) {
    first_heartbeat_ = correlation;
  }
  BrokerHeartbeatRequest request;
  request.broker_epoch = broker_epoch_;
  request.metadata_version = metadata_version;
  request.want_shut_down = leaving_;
  step.ask(controller(), correlation, request);
  due_ =
      step.now.monotonic + (leaving_ ? std::min(config_.retry_backoff, config_.heartbeat_interval)
                                     : config_.heartbeat_interval);
}

}  // namespace wavetank::log
