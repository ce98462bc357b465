#pragma once

// A client of the key-value service, for a role to embed. Finds the leader, opens a session with
// its first transaction, and asks again whatever was not answered: the session sees to it that a
// transaction is done once. What was not answered in time has an unknown outcome, and says so.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/coordination/kv/command.h"
#include "engine/coordination/kv/config.h"
#include "engine/coordination/kv/messages.h"
#include "engine/port/alarm.h"
#include "engine/port/step.h"

namespace wavetank::kv {

/// Numbers the requests of one client process, from 1.
using RequestId = Strong<struct RequestIdTag, std::uint32_t>;

/// The application behind a client. Calls come within a step; they may ask.
class ClientUser {
 public:
  virtual ~ClientUser() = default;
  /// Once for every request, in any order. `outcome` is empty unless `error` is ok. After
  /// bad_request nothing has happened; after session_expired and timed_out nobody knows.
  virtual void answered(const port::Step& step, RequestId request, ErrorCode error,
                        const Outcome& outcome) = 0;
};

class Client {
 public:
  /// `timer` is the role's to give and nobody else's. REQUIRES: servers is not empty.
  Client(const ClientConfig& config, std::vector<NodeId> servers, port::TimerId timer,
         ClientUser& user);

  /// Both return the request's number, under which it will be answered: not before they return.
  /// Nothing if too many are open.
  std::optional<RequestId> execute(const port::Step& step, Transaction transaction);
  std::optional<RequestId> read(const port::Step& step, std::vector<std::string> keys,
                                Consistency consistency);

  /// False if the message is none of this protocol.
  bool on_message(const port::Step& step, NodeId from, const port::Message& message);
  bool on_timer(const port::Step& step, port::TimerId timer);
  void on_reset(const port::Step& step, NodeId peer);

  [[nodiscard]] std::size_t open() const { return open_.size(); }
  [[nodiscard]] SessionId session() const { return session_; }
  /// For who looks: session, and the requests that are open.
  void describe(port::Description& out) const;

 private:
  enum class Kind : std::uint8_t { open_session, change, linearizable, serializable };
  struct Request {
    Kind kind = Kind::change;
    Transaction transaction;  ///< of a change that waits for a session
    Bytes command;            ///< of a change or open_session, once it can be sent
    std::vector<std::string> keys;
    SessionId session = kNoSession;
    Sequence sequence;
    NodeId asked = kNoServer;  ///< under way to it; kNoServer: waits
    std::size_t attempts = 0;
    Time next;      ///< when something must happen with it
    Time deadline;  ///< when it is given up
  };
  using Open = std::map<RequestId, Request>::iterator;

  Open add(const port::Step& step, Request request);
  void begin_change(Request& request);
  void want_session(const port::Step& step);
  void send(const port::Step& step, Open it);
  void ask_again(const port::Step& step, Open it);
  void wait(const port::Step& step, Open it);
  void give_up_on(NodeId server);
  void follow_hint(NodeId from, NodeId leader);
  void take(const port::Step& step, Open it, const Answer& answer);
  void take_refusal(const port::Step& step, Open it, const Answer& answer);
  void finish(const port::Step& step, Open it, ErrorCode error, const Outcome& outcome);
  void session_opened(const port::Step& step, SessionId session);
  void serve_due(const port::Step& step, Open it);
  NodeId& target(Kind kind) { return kind == Kind::serializable ? home_ : leader_; }

  ClientConfig config_;
  std::vector<NodeId> servers_;
  port::Alarm alarm_;
  ClientUser& user_;
  bool shuffled_ = false;
  NodeId leader_;  ///< or who is taken for it
  NodeId home_;    ///< serves the serializable reads
  RequestId last_;
  std::map<RequestId, Request> open_;

  SessionId session_ = kNoSession;
  bool opening_ = false;
  Sequence last_sequence_;
  std::set<Sequence> unsettled_;  ///< of the session
};

}  // namespace wavetank::kv
