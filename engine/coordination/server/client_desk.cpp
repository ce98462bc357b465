#include "engine/coordination/server/client_desk.h"

#include <algorithm>
#include <utility>

#include "engine/base/sometimes.h"
#include "engine/coordination/limits.h"
#include "engine/coordination/tree/path.h"

namespace wavetank::coordination {

namespace {

/// Server and random bits: no two servers give the same.
constexpr int kSessionRandomBits = 40;

bool changes_something(const Request& request) {
  switch (request.kind) {
    case RequestKind::operation:
      return request.operations.size() == 1 && !is_read(request.operations.front().code);
    case RequestKind::multi:
    case RequestKind::sync:
    case RequestKind::close_session:
      return true;
    case RequestKind::ping:
    case RequestKind::set_watches:
      break;
  }
  return false;
}

ForwardKind forward_kind(RequestKind kind) {
  switch (kind) {
    case RequestKind::multi:
      return ForwardKind::multi;
    case RequestKind::sync:
      return ForwardKind::sync;
    case RequestKind::close_session:
      return ForwardKind::close_session;
    default:
      return ForwardKind::operation;
  }
}

/// Too much for one request, or nothing at all where one operation belongs.
bool malformed(const Request& request) {
  std::size_t bytes = 0;
  for (const Operation& operation : request.operations) {
    bytes += operation.path.size() + operation.data.size();
  }
  return bytes > limits::kRequestBytes ||
         (request.kind == RequestKind::operation && request.operations.size() != 1) ||
         (request.kind == RequestKind::multi && request.operations.size() > limits::kMultiParts);
}

}  // namespace

// --------------------------------------------------------------------------------- connections

void ClientDesk::close(const Step& step) {
  open_ = false;
  while (!connections_.empty()) {
    send_away(step, connections_.begin()->first);
  }
  touched_.clear();
}

void ClientDesk::on_connect(const Step& step, NodeId client, const Connect& connect) {
  drop(client);
  Connection connection;
  connection.out = Outbound(client, port::Lane::response, connect.connection);
  connection.in = Inbound(connect.connection);
  (void)connection.in.judge(connect.connection, 0);
  connection.heard = step.now.monotonic;
  if (!open_ || connect.last_seen > tree_.last_zxid()) {
    if (open_) {
      SOMETIMES("session/client-is-ahead-of-server");
    }
    connection.out.send(step, Disconnected{});
    return;
  }
  connection.session = connect.session;
  Connection& it = connections_.insert_or_assign(client, std::move(connection)).first->second;
  if (connect.session == kNoSession) {
    begin_session(step, it, connect.timeout);
    by_session_[it.session] = client;
    return;
  }
  // The session may have another connection here: the newer one has it.
  if (const auto older = by_session_.find(connect.session); older != by_session_.end()) {
    SOMETIMES("session/has-two-connections");
    const NodeId other = older->second;
    send_away(step, other);
  }
  by_session_[connect.session] = client;
  leader_.revalidate(step, connect.session);
}

void ClientDesk::begin_session(const Step& step, Connection& connection, Duration asked) {
  connection.session = new_session(step);
  connection.timeout = std::clamp(asked, config_.min_session_timeout, config_.max_session_timeout);
  Forward request;
  request.session = connection.session;
  request.kind = ForwardKind::create_session;
  request.timeout = connection.timeout;
  leader_.forward(step, std::move(request));
}

SessionId ClientDesk::new_session(const Step& step) const {
  const std::uint64_t server = std::uint64_t{self_.value()} + 1;
  const std::uint64_t random = step.ports.random() & ((std::uint64_t{1} << kSessionRandomBits) - 1);
  return SessionId((server << kSessionRandomBits) | random);
}

void ClientDesk::confirm(const Step& step, Connection& connection) {
  connection.open = true;
  touched_.insert(connection.session);
  connection.out.send(step, Connected{0, connection.session, connection.timeout});
}

void ClientDesk::revalidated(const Step& step, SessionId session, bool valid) {
  Connection* connection = of_session(session);
  if (connection == nullptr || connection->open) {
    return;
  }
  const auto known = tree_.sessions().find(session);
  if (valid && known != tree_.sessions().end()) {
    connection->timeout = known->second;
    confirm(step, *connection);
  } else {
    SOMETIMES("session/is-gone-when-its-client-returns");
    connection->out.send(step, Connected{0, kNoSession, {}});
    drop(connection->out.to());
  }
}

void ClientDesk::drop(NodeId client) {
  const auto found = connections_.find(client);
  if (found == connections_.end()) {
    return;
  }
  in_process_ -= found->second.waiting.size();
  std::erase_if(held_, [&](const Held& held) { return held.client == client; });
  watches_.forget(found->second.session);
  by_session_.erase(found->second.session);
  connections_.erase(found);
}

void ClientDesk::send_away(const Step& step, NodeId client) {
  connections_.at(client).out.send(step, Disconnected{});
  drop(client);
}

void ClientDesk::drop_silent(const Step& step) {
  std::vector<NodeId> silent;
  for (const auto& [client, connection] : connections_) {
    if (connection.open && step.now.monotonic - connection.heard > connection.timeout) {
      silent.push_back(client);
    }
  }
  for (const NodeId client : silent) {
    send_away(step, client);
  }
}

ClientDesk::Connection* ClientDesk::of_session(SessionId session) {
  const auto client = by_session_.find(session);
  return client == by_session_.end() ? nullptr : &connections_.at(client->second);
}

std::vector<SessionId> ClientDesk::take_touched() {
  const std::set<SessionId> touched = std::exchange(touched_, {});
  return {touched.begin(), touched.end()};
}

// ------------------------------------------------------------------------------------ requests

void ClientDesk::reset(const Step& step, NodeId client, const port::Message& message) {
  if (const auto request = port::decode<Request>(message)) {
    step.ports.send(client, port::Lane::response,
                    port::encode(Disconnected{request->connection}, 0));
  }
}

void ClientDesk::on_request(const Step& step, NodeId client, std::uint32_t number,
                            Request request) {
  Connection& connection = connections_.at(client);
  switch (connection.in.judge(request.connection, number)) {
    case Inbound::Verdict::foreign:
      return;
    case Inbound::Verdict::gap:
      send_away(step, client);
      return;
    case Inbound::Verdict::next:
      break;
  }
  connection.heard = step.now.monotonic;
  if (!connection.open) {
    send_away(step, client);  // it spoke before it was answered
    return;
  }
  touched_.insert(connection.session);
  if (request.kind == RequestKind::ping) {
    connection.out.send(step, Response{0, request.xid, tree_.last_zxid(), ErrorCode::ok, {}});
  } else if (!held_.empty() || in_process_ >= config_.global_outstanding_limit) {
    if (held_.size() >= limits::kHeldRequests) {
      send_away(step, client);
    } else {
      held_.push_back({client, std::move(request)});
    }
  } else {
    process(step, connection, std::move(request));
  }
}

void ClientDesk::take_held(const Step& step) {
  while (!held_.empty() && in_process_ < config_.global_outstanding_limit) {
    Held next = std::move(held_.front());
    held_.pop_front();
    process(step, connections_.at(next.client), std::move(next.request));
  }
}

void ClientDesk::process(const Step& step, Connection& connection, Request request) {
  const bool changes = changes_something(request);
  if (malformed(request)) {
    request.operations.clear();  // answered in its turn, as a read of nothing
    connection.waiting.push_back({std::move(request), false});
  } else if (changes) {
    Forward forward;
    forward.session = connection.session;
    forward.xid = request.xid;
    forward.kind = forward_kind(request.kind);
    forward.operations = std::move(request.operations);
    connection.waiting.push_back({std::move(request), true});
    ++in_process_;
    leader_.forward(step, std::move(forward));
    return;
  } else {
    connection.waiting.push_back({std::move(request), false});
  }
  ++in_process_;
  answer_reads(step, connection);
}

/// Answers reads up to the next change.
void ClientDesk::answer_reads(const Step& step, Connection& connection) {
  while (!connection.waiting.empty() && !connection.waiting.front().changes) {
    const Request request = std::move(connection.waiting.front().request);
    connection.waiting.pop_front();
    --in_process_;
    answer_read(step, connection, request);
  }
}

void ClientDesk::answer_read(const Step& step, Connection& connection, const Request& request) {
  Response response{0, request.xid, tree_.last_zxid(), ErrorCode::ok, {}};
  if (request.kind == RequestKind::set_watches) {
    set_watches(step, connection, request);
  } else if (request.operations.empty()) {
    response.error = ErrorCode::bad_arguments;
  } else {
    response.results.push_back(read(step, connection.session, request.operations.front()));
    response.error = response.results.front().error;
  }
  connection.out.send(step, std::move(response));
}

OperationResult ClientDesk::read(const Step& step, SessionId session, const Operation& operation) {
  step.meter().charge(port::Work::partition);
  OperationResult result;
  if (!valid_path(operation.path)) {
    result.error = ErrorCode::bad_arguments;
    return result;
  }
  const Znode* node = tree_.find(operation.path);
  const bool there = node != nullptr;
  if (operation.watch && (there || operation.code == OpCode::exists)) {
    const WatchKind kind =
        operation.code == OpCode::get_children ? WatchKind::children : WatchKind::data;
    if (!watches_.add(kind, operation.path, session)) {
      result.error = ErrorCode::bad_arguments;
      return result;
    }
  }
  if (!there) {
    result.error = ErrorCode::no_node;
    return result;
  }
  result.stat = node->stat();
  if (operation.code == OpCode::get_data) {
    result.data = node->data;
    step.meter().charge(port::Work::bytes_copied, node->data.size());
  } else if (operation.code == OpCode::get_children) {
    result.children.assign(node->children.begin(), node->children.end());
  }
  return result;
}

/// A client that comes from another server sets its watches again. What happened meanwhile fires
/// now.
void ClientDesk::set_watches(const Step& step, Connection& connection, const Request& request) {
  for (const Operation& watch : request.operations) {
    const Znode* node = tree_.find(watch.path);
    std::optional<EventType> missed;
    switch (watch.code) {
      case OpCode::exists:
        missed = node != nullptr ? std::optional(EventType::created) : std::nullopt;
        break;
      case OpCode::get_children:
        missed = node == nullptr ? std::optional(EventType::deleted)
                 : node->children_changed > request.last_seen
                     ? std::optional(EventType::children_changed)
                     : std::nullopt;
        break;
      default:
        missed = node == nullptr                      ? std::optional(EventType::deleted)
                 : node->modified > request.last_seen ? std::optional(EventType::data_changed)
                                                      : std::nullopt;
    }
    if (missed) {
      SOMETIMES("watch/was-missed-while-away");
      connection.out.send(step, WatchEvent{0, *missed, watch.path});
    } else {
      watches_.add(watch.code == OpCode::get_children ? WatchKind::children : WatchKind::data,
                   watch.path, connection.session);
    }
  }
}

// ------------------------------------------------------------------------------------- answers

/// A leader that takes the session for another server's may have heard of the client's moves in the
/// wrong order: then it would refuse for ever what comes from here. The client is sent away, and
/// whichever server it comes to claims the session anew (ZOOKEEPER-710).
void ClientDesk::delivered(const Step& step, const Transaction& transaction,
                           const std::vector<ChangeResult>& results,
                           const std::vector<TreeEvent>& events) {
  tell_watchers(step, events);
  Connection* connection = of_session(transaction.session);
  if (connection == nullptr) {
    return;
  }
  if (transaction.kind == TransactionKind::create_session) {
    if (!connection->open) {
      confirm(step, *connection);
    }
    return;
  }
  Response response{0, transaction.xid, transaction.zxid, ErrorCode::ok, {}};
  for (const ChangeResult& result : results) {
    step.meter().charge(port::Work::partition);
    response.results.push_back({result.error, result.path, {}, result.stat, {}});
    if (result.error != ErrorCode::ok &&
        (response.error == ErrorCode::ok || response.error == ErrorCode::runtime_inconsistency)) {
      response.error = result.error;
    }
  }
  const NodeId client = connection->out.to();
  const bool moved = response.error == ErrorCode::session_moved;
  if (!moved) {
    answer_change(step, *connection, std::move(response));
  }
  if (moved || transaction.kind == TransactionKind::close_session) {
    send_away(step, client);
  }
  take_held(step);
}

void ClientDesk::answer_change(const Step& step, Connection& connection, Response response) {
  if (connection.waiting.empty() || connection.waiting.front().request.xid != response.xid) {
    return;  // asked on another server, or the session's expiry
  }
  connection.waiting.pop_front();
  --in_process_;
  connection.out.send(step, std::move(response));
  answer_reads(step, connection);
}

void ClientDesk::synced(const Step& step, SessionId session, Xid xid) {
  if (Connection* connection = of_session(session); connection != nullptr) {
    answer_change(step, *connection, Response{0, xid, tree_.last_zxid(), ErrorCode::ok, {}});
    take_held(step);
  }
}

void ClientDesk::tell_watchers(const Step& step, const std::vector<TreeEvent>& events) {
  for (const TreeEvent& event : events) {
    for (const SessionId session : watches_.fire(event)) {
      if (Connection* connection = of_session(session); connection != nullptr) {
        connection->out.send(step, WatchEvent{0, event.type, event.path});
      }
    }
  }
}

}  // namespace wavetank::coordination
