#include "engine/log/client/admin_client.h"

#include <algorithm>
#include <utility>

#include "engine/log/limits.h"
#include "engine/log/protocol/step.h"

namespace wavetank::log {

namespace {
constexpr port::TimerId kAlarm{1};
}

AdminClient::AdminClient(const Config& config, const Topology& topology, AdminListener& listener)
    : config_(config),
      controllers_(topology.controllers.empty() ? topology.brokers : topology.controllers),
      listener_(listener),
      alarm_(kAlarm) {}

bool AdminClient::alter_reassignments(port::Now now, AlterPartitionReassignmentsRequest request,
                                      port::Ports& ports) {
  if (waiting_.size() >= limits::kAdminRequests) {
    return false;
  }
  waiting_.push_back(std::move(request));
  if (waiting_.size() == 1) {
    ask(now, ports);
  }
  return true;
}

void AdminClient::start(port::Now /*now*/, port::Ports& ports) {
  next_correlation_ = port::first_correlation(ports);
}

void AdminClient::ask(port::Now now, port::Ports& ports) {
  const Step step{now, ports};
  in_flight_ = next_correlation_++;
  step.ask(controllers_[current_], *in_flight_, waiting_.front());
  due_ = now.monotonic + config_.request_timeout;
  alarm_.want(due_, ports);
}

/// After a pause.
void AdminClient::turn_to(NodeId controller, port::Now now, port::Ports& ports) {
  const auto named = std::ranges::find(controllers_, controller);
  current_ = named == controllers_.end() ? (current_ + 1) % controllers_.size()
                                         : static_cast<std::size_t>(named - controllers_.begin());
  in_flight_.reset();
  due_ = now.monotonic + config_.retry_backoff;
  alarm_.want(due_, ports);
}

void AdminClient::on_message(port::Now now, NodeId /*from*/, port::Lane lane,
                             const port::Message& message, port::Ports& ports) {
  const Step step{now, ports};
  step.charge_received(message);
  const Result<Envelope> envelope = peek(message);
  if (!envelope || lane != port::Lane::response || in_flight_ != envelope->correlation) {
    return;  // to a question that was given up
  }
  const auto response = decode<AlterPartitionReassignmentsResponse>(message);
  if (!response || response->error == ErrorCode::not_controller) {
    turn_to(response ? response->controller : kNoNode, now, ports);
    return;
  }
  in_flight_.reset();
  due_ = Time::never();
  waiting_.pop_front();
  listener_.on_reassignments(*response);
  if (!waiting_.empty()) {
    ask(now, ports);
  }
}

void AdminClient::on_timer(port::Now now, port::TimerId timer, port::Ports& ports) {
  if (!alarm_.rang(timer) || waiting_.empty()) {
    return;
  }
  ports.meter().charge(port::Work::timer);
  if (now.monotonic < due_) {
    alarm_.want(due_, ports);
  } else if (in_flight_) {
    turn_to(kNoNode, now, ports);
  } else {
    ask(now, ports);
  }
}

void AdminClient::on_reset(port::Now now, NodeId peer, port::Ports& ports) {
  if (in_flight_ && peer == controllers_[current_]) {
    turn_to(kNoNode, now, ports);
  }
}

}  // namespace wavetank::log
