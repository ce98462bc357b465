#include "engine/coordination/client/client.h"

#include <algorithm>

#include "engine/base/ensure.h"
#include "engine/coordination/limits.h"

namespace wavetank::coordination {

namespace {

/// Numbers no request: pings, and watches set again.
constexpr Xid kHousekeeping{0};
/// A server silent for this part of the timeout is given up, so that there is time for another.
constexpr std::int64_t kReadPatience_num = 2;
constexpr std::int64_t kReadPatience_den = 3;
/// A client silent for this part of the timeout pings.
constexpr std::int64_t kPingShare = 3;

}  // namespace

Client::Client(const ClientConfig& config, std::vector<NodeId> servers, port::TimerId timer,
               ClientUser& user)
    : config_(config), servers_(std::move(servers)), alarm_(timer), user_(user) {
  ENSURE(!servers_.empty(), "a client knows some server");
}

void Client::start(const Step& step) {
  if (!shuffled_) {  // clients spread over the servers
    shuffled_ = true;
    for (std::size_t i = servers_.size(); i > 1; --i) {
      std::swap(servers_[i - 1], servers_[step.ports.random() % i]);
    }
    connections_ = static_cast<std::uint32_t>(step.ports.random());
  }
  session_ = kNoSession;
  timeout_ = config_.session_timeout;
  last_seen_ = Zxid();
  watches_.clear();
  tried_ = 0;
  state_ = SessionState::connecting;
  connect_next(step);
}

// --------------------------------------------------------------------------------- connections

void Client::connect_next(const Step& step) {
  out_ = Outbound(servers_[next_server_], port::Lane::request, ++connections_);
  in_ = Inbound(connections_);
  next_server_ = (next_server_ + 1) % servers_.size();
  ++tried_;
  connect_at_ = step.now.monotonic + timeout_ / static_cast<std::int64_t>(servers_.size());
  out_.send(step, Connect{0, session_, config_.session_timeout, last_seen_});
  want_alarm(step);
}

/// What was asked and not answered may have happened or not: the application must know.
void Client::lose_connection(const Step& step) {
  const bool was_connected = state_ == SessionState::connected;
  state_ = SessionState::connecting;
  if (was_connected) {
    tried_ = 0;
    backoff_ = Duration();
    user_.session_changed(step, state_);
  }
  fail_all(step, ErrorCode::connection_loss);
  const bool all_tried = tried_ >= servers_.size();
  if (all_tried) {
    tried_ = 0;
    in_ = Inbound();  // nothing of the last one is heard any more
    connect_at_ = step.now.monotonic + next_backoff(step);
    want_alarm(step);
  } else {
    connect_next(step);
  }
}

Duration Client::next_backoff(const Step& step) {
  double ns = backoff_ == Duration()
                  ? static_cast<double>(config_.reconnect_backoff.ns())
                  : static_cast<double>(backoff_.ns()) * config_.reconnect_growth;
  if (config_.reconnect_jitter > 0) {
    const double drawn = static_cast<double>(step.ports.random() >> 11) * 0x1.0p-53;  // [0, 1)
    ns *= 1 + config_.reconnect_jitter * (2 * drawn - 1);
  }
  backoff_ = std::min(Duration(static_cast<std::int64_t>(ns)), config_.reconnect_backoff_max);
  return backoff_;
}

void Client::fail_all(const Step& step, ErrorCode error) {
  std::deque<Request> failed = std::exchange(in_flight_, {});
  for (Request& request : std::exchange(queue_, {})) {
    failed.push_back(std::move(request));
  }
  for (const Request& request : failed) {
    user_.answered(step, Response{0, request.xid, last_seen_, error, {}});
  }
}

void Client::turn(const Step& step, SessionState state) {
  state_ = state;
  connect_at_ = Time::never();
  in_ = Inbound();
  user_.session_changed(step, state);
  fail_all(step, ErrorCode::session_expired);
}

bool Client::on_message(const Step& step, NodeId from, const port::Message& message) {
  const Result<port::RawEnvelope> envelope = port::peek(message);
  const auto api = envelope ? static_cast<Api>(envelope->api) : Api::notification;
  if (api < Api::connected || api > Api::disconnected) {
    return false;
  }
  step.charge_request(message);
  const bool over = state_ == SessionState::expired || state_ == SessionState::closed;
  if (from != out_.to() || over) {
    return true;
  }
  port::FieldReader reader(message);
  reader.reader().raw(port::kEnvelopeBytes);
  std::uint32_t connection = 0;
  reader(connection);
  if (api == Api::disconnected && connection == in_.connection()) {
    lose_connection(step);  // also from a server that forgot the connection, and numbers it anew
    return true;
  }
  const Inbound::Verdict verdict = in_.judge(connection, envelope->correlation);
  if (verdict == Inbound::Verdict::gap) {
    lose_connection(step);
  }
  if (verdict != Inbound::Verdict::next) {
    return true;
  }
  heard_ = step.now.monotonic;
  if (api == Api::connected) {
    if (const auto connected = port::decode<Connected>(message)) {
      hear_connected(step, *connected);
    }
  } else if (api == Api::response) {
    if (const auto response = port::decode<Response>(message)) {
      hear_response(step, *response);
    }
  } else if (const auto event = port::decode<WatchEvent>(message)) {
    hear_watch(step, *event);
  }
  return true;
}

void Client::on_reset(const Step& step, NodeId peer) {
  const bool alive = state_ == SessionState::connected || state_ == SessionState::connecting;
  if (alive && peer == out_.to() && in_.connection() != 0) {
    lose_connection(step);
  }
}

void Client::hear_connected(const Step& step, const Connected& connected) {
  if (connected.session == kNoSession) {
    turn(step, SessionState::expired);
    return;
  }
  session_ = connected.session;
  timeout_ = connected.timeout;
  state_ = SessionState::connected;
  connect_at_ = Time::never();
  tried_ = 0;
  sent_ = step.now.monotonic;
  set_watches_again(step);
  user_.session_changed(step, state_);
  pump(step);
  want_alarm(step);
}

// ------------------------------------------------------------------------------------ requests

Xid Client::submit(const Step& step, RequestKind kind, std::vector<Operation> operations) {
  ENSURE(shuffled_, "a client was started");
  Request request{0, Xid(++next_xid_), kind, std::move(operations), {}};
  const Xid xid = request.xid;
  if (state_ == SessionState::expired || state_ == SessionState::closed) {
    user_.answered(step, Response{0, xid, last_seen_, ErrorCode::session_expired, {}});
    return xid;
  }
  queue_.push_back(std::move(request));
  pump(step);
  return xid;
}

Xid Client::submit(const Step& step, Operation operation) {
  return submit(step, RequestKind::operation, {std::move(operation)});
}

void Client::close(const Step& step) {
  submit(step, RequestKind::close_session, {});
}

void Client::pump(const Step& step) {
  while (state_ == SessionState::connected && !queue_.empty() &&
         in_flight_.size() < config_.max_outstanding) {
    in_flight_.push_back(std::move(queue_.front()));
    queue_.pop_front();
    sent_ = step.now.monotonic;
    out_.send(step, in_flight_.back());
  }
}

void Client::hear_response(const Step& step, const Response& response) {
  last_seen_ = std::max(last_seen_, response.zxid);
  if (response.xid == kHousekeeping) {
    return;
  }
  if (in_flight_.empty() || in_flight_.front().xid != response.xid) {
    lose_connection(step);  // the server lost the order
    return;
  }
  const Request request = std::move(in_flight_.front());
  in_flight_.pop_front();
  if (request.kind == RequestKind::operation && !response.results.empty()) {
    note_watch(request.operations.front(), response.results.front());
  }
  const bool ends = request.kind == RequestKind::close_session && response.error == ErrorCode::ok;
  user_.answered(step, response);
  if (ends) {
    turn(step, SessionState::closed);
  } else {
    pump(step);
  }
}

// ------------------------------------------------------------------------------------- watches

void Client::note_watch(const Operation& operation, const OperationResult& result) {
  if (!operation.watch) {
    return;
  }
  if (result.error == ErrorCode::ok) {
    watches_.insert(
        {operation.code == OpCode::get_children ? OpCode::get_children : OpCode::get_data,
         operation.path});
  } else if (result.error == ErrorCode::no_node && operation.code == OpCode::exists) {
    watches_.insert({OpCode::exists, operation.path});
  }
}

void Client::hear_watch(const Step& step, const WatchEvent& event) {
  if (event.type != EventType::children_changed) {
    watches_.erase({OpCode::get_data, event.path});
    watches_.erase({OpCode::exists, event.path});
  }
  if (event.type == EventType::children_changed || event.type == EventType::deleted) {
    watches_.erase({OpCode::get_children, event.path});
  }
  user_.watch_fired(step, event.type, event.path);
}

void Client::set_watches_again(const Step& step) {
  std::vector<Operation> watches;
  std::size_t bytes = 0;
  const auto send = [&] {
    out_.send(step, Request{0, kHousekeeping, RequestKind::set_watches, std::exchange(watches, {}),
                            last_seen_});
    bytes = 0;
  };
  for (const auto& [code, path] : watches_) {
    if (bytes + path.size() > limits::kWatchedPathsBytes) {
      send();
    }
    bytes += path.size();
    Operation watch;
    watch.code = code;
    watch.path = path;
    watch.watch = true;
    watches.push_back(std::move(watch));
  }
  if (!watches.empty()) {
    send();
  }
}

// --------------------------------------------------------------------------------------- timers

Duration Client::patience() const {
  return timeout_ * kReadPatience_num / kReadPatience_den;
}

void Client::want_alarm(const Step& step) {
  Time next = connect_at_;
  if (state_ == SessionState::connected) {
    next = std::min(heard_ + patience(), sent_ + timeout_ / kPingShare);
  }
  if (next != Time::never()) {
    alarm_.want(next, step.ports);
  }
}

bool Client::on_timer(const Step& step, port::TimerId timer) {
  if (!alarm_.rang(timer)) {
    return false;
  }
  const Time now = step.now.monotonic;
  if (state_ == SessionState::connected) {
    if (now - heard_ >= patience()) {
      lose_connection(step);
    } else if (now - sent_ >= timeout_ / kPingShare) {
      sent_ = now;
      out_.send(step, Request{0, kHousekeeping, RequestKind::ping, {}, {}});
    }
  } else if (state_ == SessionState::connecting && now >= connect_at_) {
    if (tried_ >= servers_.size()) {
      lose_connection(step);
    } else {
      connect_next(step);
    }
  }
  want_alarm(step);
  return true;
}

}  // namespace wavetank::coordination
