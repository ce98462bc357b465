#pragma once

// A client of the ensemble, for a role to embed. Keeps one session alive over whatever server it
// can reach; sends requests without waiting for answers, which come in the order of the requests;
// keeps its watches when it moves (ATC 2010, sections 2 and 4.4).

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/coordination/config.h"
#include "engine/coordination/protocol/client_messages.h"
#include "engine/coordination/protocol/connection.h"
#include "engine/port/alarm.h"

namespace wavetank::coordination {

enum class SessionState : std::uint8_t {
  connecting,  ///< to some server; the session, if there is one, may live
  connected,
  expired,  ///< the ensemble has ended the session: its ephemeral nodes and its watches are gone
  closed    ///< by the client
};

/// The application behind a client. Calls come within a step; they may submit.
class ClientUser {
 public:
  virtual ~ClientUser() = default;
  virtual void session_changed(const Step& step, SessionState state) = 0;
  /// In the order of the requests. ConnectionLoss: it may have happened or not.
  virtual void answered(const Step& step, const Response& response) = 0;
  /// Before any answer that shows what was changed.
  virtual void watch_fired(const Step& step, EventType type, const std::string& path) = 0;
};

class Client {
 public:
  /// `timer` is the role's to give and nobody else's. REQUIRES: servers is not empty.
  Client(const ClientConfig& config, std::vector<NodeId> servers, port::TimerId timer,
         ClientUser& user);

  /// Opens a session; after `expired`, a new one.
  void start(const Step& step);
  /// False if the message is none of this protocol.
  bool on_message(const Step& step, NodeId from, const port::Message& message);
  bool on_timer(const Step& step, port::TimerId timer);
  void on_reset(const Step& step, NodeId peer);

  /// Queues a request and gives it its number. Without a session to come (expired, closed) it is
  /// answered at once, with SessionExpired. REQUIRES: started.
  Xid submit(const Step& step, RequestKind kind, std::vector<Operation> operations);
  Xid submit(const Step& step, Operation operation);
  void close(const Step& step);

  [[nodiscard]] SessionState state() const { return state_; }
  [[nodiscard]] SessionId session() const { return session_; }
  /// The server it is, or tries to be, connected to.
  [[nodiscard]] NodeId server() const { return out_.to(); }
  [[nodiscard]] std::size_t outstanding() const { return in_flight_.size() + queue_.size(); }
  /// For who looks: session, server, requests, watches.
  void describe(port::Description& out) const;

 private:
  void connect_next(const Step& step);
  void lose_connection(const Step& step);
  void fail_all(const Step& step, ErrorCode error);
  void turn(const Step& step, SessionState state);
  void hear_connected(const Step& step, const Connected& connected);
  void hear_response(const Step& step, const Response& response);
  void hear_watch(const Step& step, const WatchEvent& event);
  void set_watches_again(const Step& step);
  void note_watch(const Operation& operation, const OperationResult& result);
  void pump(const Step& step);
  void want_alarm(const Step& step);
  [[nodiscard]] Duration patience() const;
  /// How long to wait now that all servers were tried in vain.
  Duration next_backoff(const Step& step);

  using Watch = std::pair<OpCode, std::string>;  ///< exists: of a node that was not there

  ClientConfig config_;
  std::vector<NodeId> servers_;
  port::Alarm alarm_;
  ClientUser& user_;
  SessionState state_ = SessionState::closed;
  SessionId session_ = kNoSession;
  Duration timeout_{};
  Zxid last_seen_;
  std::uint32_t next_xid_ = 0;
  std::size_t tried_ = 0;  ///< servers, since the last connection
  std::size_t next_server_ = 0;
  bool shuffled_ = false;
  std::uint32_t connections_ = 0;
  Outbound out_;
  Inbound in_;
  std::deque<Request> in_flight_;
  std::deque<Request> queue_;
  std::set<Watch> watches_;
  Duration backoff_{};  ///< the last one, since it was connected; zero: there was none
  Time heard_;
  Time sent_;
  Time connect_at_ = Time::never();  ///< when to try the next server
};

}  // namespace wavetank::coordination
