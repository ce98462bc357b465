#include "engine/coordination/kv/client.h"

#include <algorithm>
#include <utility>

#include "engine/base/ensure.h"
#include "engine/coordination/kv/limits.h"

namespace wavetank::kv {

Client::Client(const ClientConfig& config, std::vector<NodeId> servers, port::TimerId timer,
               ClientUser& user)
    : config_(config), servers_(std::move(servers)), alarm_(timer), user_(user) {
  ENSURE(!servers_.empty(), "a client knows some server");
}

// --- asking --------------------------------------------------------------------------------------

std::optional<RequestId> Client::execute(const port::Step& step, Transaction transaction) {
  if (open_.size() >= limits::kOpenRequests) {
    return std::nullopt;
  }
  Request request;
  request.transaction = std::move(transaction);
  const Open it = add(step, std::move(request));
  const RequestId id = it->first;
  if (session_ == kNoSession) {
    want_session(step);
  } else {
    begin_change(it->second);
    send(step, it);
  }
  return id;
}

std::optional<RequestId> Client::read(const port::Step& step, std::vector<std::string> keys,
                                      Consistency consistency) {
  if (open_.size() >= limits::kOpenRequests) {
    return std::nullopt;
  }
  Request request;
  request.kind = consistency == Consistency::linearizable ? Kind::linearizable : Kind::serializable;
  request.keys = std::move(keys);
  const Open it = add(step, std::move(request));
  send(step, it);
  return it->first;
}

Client::Open Client::add(const port::Step& step, Request request) {
  if (!std::exchange(shuffled_, true)) {  // clients spread over the servers
    for (std::size_t i = servers_.size(); i > 1; --i) {
      std::swap(servers_[i - 1], servers_[step.ports.random() % i]);
    }
    leader_ = home_ = servers_.front();
    last_ = RequestId(port::first_correlation(step.ports));
  }
  request.deadline = request.next = step.now.monotonic + config_.timeout;
  alarm_.want(request.next, step.ports);
  ++last_;
  return open_.emplace_hint(open_.end(), last_, std::move(request));
}

void Client::want_session(const port::Step& step) {
  if (!std::exchange(opening_, true)) {
    Request request;
    request.kind = Kind::open_session;
    request.command = encode(Command{});
    const Open it = add(step, std::move(request));
    it->second.deadline = Time::never();
    send(step, it);
  }
}

/// Its place among the session's transactions is given once: however often it is sent, it is the
/// same.
void Client::begin_change(Request& request) {
  ++last_sequence_;
  unsettled_.insert(last_sequence_);
  request.session = session_;
  request.sequence = last_sequence_;
  request.command = encode(Command{CommandKind::change, session_, request.sequence,
                                   *unsettled_.begin(), std::move(request.transaction)});
}

void Client::send(const port::Step& step, Open it) {
  Request& request = it->second;
  request.asked = target(request.kind);
  ++request.attempts;
  request.next = std::min(request.deadline, step.now.monotonic + config_.attempt_timeout);
  alarm_.want(request.next, step.ports);
  step.meter().charge(port::Work::call);
  const std::uint32_t correlation = it->first.value();
  if (request.command.empty()) {
    const Consistency consistency =
        request.kind == Kind::serializable ? Consistency::serializable : Consistency::linearizable;
    step.send(request.asked, port::Lane::request,
              port::encode(ReadRequest{consistency, request.keys}, correlation));
  } else {
    step.send(request.asked, port::Lane::request,
              port::encode(ExecuteRequest{request.command}, correlation));
  }
}

/// At once, unless every server has been tried in vain.
void Client::ask_again(const port::Step& step, Open it) {
  if (it->second.attempts % servers_.size() != 0) {
    send(step, it);
  } else {
    wait(step, it);
  }
}

void Client::wait(const port::Step& step, Open it) {
  Request& request = it->second;
  request.asked = kNoServer;
  request.next = std::min(request.deadline, step.now.monotonic + config_.retry_backoff);
  alarm_.want(request.next, step.ports);
}

void Client::give_up_on(NodeId server) {
  const auto found = std::ranges::find(servers_, server);
  const auto at = static_cast<std::size_t>(found - servers_.begin());
  const NodeId next = servers_[(at + 1) % servers_.size()];
  leader_ = leader_ == server ? next : leader_;
  home_ = home_ == server ? next : home_;
}

// --- hearing -------------------------------------------------------------------------------------

bool Client::on_message(const port::Step& step, NodeId from, const port::Message& message) {
  const Result<port::RawEnvelope> envelope = port::peek(message);
  if (!envelope || envelope->api != static_cast<std::uint8_t>(Api::answer)) {
    return false;
  }
  step.charge_received(message);
  step.meter().charge(port::Work::call);
  const Result<Answer> answer = port::decode<Answer>(message);
  const Open it = open_.find(RequestId(envelope->correlation));
  if (!answer || it == open_.end()) {
    return true;  // answered before, or given up
  }
  if (answer->error == ErrorCode::ok) {
    take(step, it, *answer);
  } else if (it->second.asked == from) {  // else it has been asked elsewhere since
    take_refusal(step, it, *answer);
  }
  return true;
}

void Client::take(const port::Step& step, Open it, const Answer& answer) {
  if (it->second.kind == Kind::open_session) {
    open_.erase(it);
    session_opened(step, answer.session);
    return;
  }
  const Result<Outcome> outcome = decode_outcome(answer.outcome);
  finish(step, it, outcome ? ErrorCode::ok : ErrorCode::timed_out, outcome ? *outcome : Outcome{});
}

/// That one server has too much to do says nothing of what others were asked before.
void Client::take_refusal(const port::Step& step, Open it, const Answer& answer) {
  if (answer.error == ErrorCode::not_leader) {
    follow_hint(it->second.asked, answer.leader);
    ask_again(step, it);
  } else if (answer.error == ErrorCode::too_many_requests ||
             it->second.kind == Kind::open_session) {
    wait(step, it);
  } else {
    finish(step, it, answer.error, {});
  }
}

void Client::follow_hint(NodeId from, NodeId leader) {
  if (leader == kNoServer || std::ranges::count(servers_, leader) == 0) {
    give_up_on(from);
  } else if (leader_ == from) {
    leader_ = leader;
  }
}

void Client::session_opened(const port::Step& step, SessionId session) {
  opening_ = false;
  session_ = session;
  last_sequence_ = Sequence(0);
  unsettled_.clear();
  for (Open it = open_.begin(); it != open_.end(); ++it) {
    if (it->second.kind == Kind::change && it->second.command.empty()) {
      begin_change(it->second);
      send(step, it);
    }
  }
}

void Client::finish(const port::Step& step, Open it, ErrorCode error, const Outcome& outcome) {
  const auto [id, request] = std::move(*it);
  open_.erase(it);
  if (request.session == session_) {
    unsettled_.erase(request.sequence);
    if (error == ErrorCode::session_expired) {
      session_ = kNoSession;
    }
  }
  user_.answered(step, id, error, outcome);
}

// --- time and resets -----------------------------------------------------------------------------

bool Client::on_timer(const port::Step& step, port::TimerId timer) {
  if (!alarm_.rang(timer)) {
    return false;
  }
  step.meter().charge(port::Work::timer);
  std::vector<RequestId> due;
  for (const auto& [id, request] : open_) {
    if (request.next <= step.now.monotonic) {
      due.push_back(id);
    }
  }
  for (const RequestId id : due) {
    if (const Open it = open_.find(id); it != open_.end()) {
      serve_due(step, it);
    }
  }
  for (const auto& [id, request] : open_) {
    alarm_.want(request.next, step.ports);
  }
  return true;
}

void Client::serve_due(const port::Step& step, Open it) {
  Request& request = it->second;
  if (request.deadline <= step.now.monotonic) {
    finish(step, it, ErrorCode::timed_out, {});
    return;
  }
  if (request.asked != kNoServer) {
    give_up_on(request.asked);
    ask_again(step, it);
  } else {
    send(step, it);
  }
}

void Client::on_reset(const port::Step& step, NodeId peer) {
  give_up_on(peer);
  for (Open it = open_.begin(); it != open_.end(); ++it) {
    if (it->second.asked == peer) {
      ask_again(step, it);
    }
  }
}

}  // namespace wavetank::kv
