#pragma once

// The clients of one server: their connections, and each one's requests in order. A read is
// answered at once, unless something its client asked for before is still under way; a change waits
// for its transaction to come back. Only so many requests are in process at a time: beyond that the
// server reads no more.

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "engine/coordination/config.h"
#include "engine/coordination/protocol/connection.h"
#include "engine/coordination/protocol/peer_messages.h"
#include "engine/coordination/tree/watches.h"

namespace wavetank::coordination {

/// Where a desk's requests go on to: the leader, here or elsewhere.
class ToLeader {
 public:
  virtual ~ToLeader() = default;
  virtual void forward(const Step& step, Forward request) = 0;
  /// The answer comes by `ClientDesk::revalidated`.
  virtual void revalidate(const Step& step, SessionId session) = 0;
};

class ClientDesk {
 public:
  ClientDesk(NodeId self, const ServerConfig& config, const DataTree& tree, ToLeader& leader)
      : self_(self), config_(config), tree_(tree), leader_(leader) {}

  /// Clients may come; or all are sent away.
  void open() { open_ = true; }
  void close(const Step& step);

  void on_connect(const Step& step, NodeId client, const Connect& connect);
  /// REQUIRES: has(client).
  void on_request(const Step& step, NodeId client, std::uint32_t number, Request request);
  /// There is a connection of this client.
  [[nodiscard]] bool has(NodeId client) const { return connections_.contains(client); }
  /// To a request on a connection that is closed here: it is the system that says so, and the
  /// server never reads it. Costs nothing.
  static void reset(const Step& step, NodeId client, const port::Message& message);
  /// The client is gone; its session is not, for a while.
  void drop(NodeId client);

  void delivered(const Step& step, const Transaction& transaction,
                 const std::vector<ChangeResult>& results, const std::vector<TreeEvent>& events);
  void revalidated(const Step& step, SessionId session, bool valid);
  void synced(const Step& step, SessionId session, Xid xid);
  /// Sessions heard of since the last call, ascending.
  std::vector<SessionId> take_touched();
  /// Sends away clients that were silent for their session's timeout.
  void drop_silent(const Step& step);

  [[nodiscard]] std::size_t clients() const { return connections_.size(); }
  [[nodiscard]] std::size_t watches() const { return watches_.size(); }
  [[nodiscard]] std::size_t in_process() const { return in_process_; }
  /// For who looks: connections and their sessions.
  void describe(port::Description& out) const;

 private:
  struct Waiting {
    Request request;
    bool changes = false;  ///< else a read behind a change
  };
  struct Connection {
    Outbound out;
    Inbound in;
    SessionId session = kNoSession;
    Duration timeout{};
    bool open = false;  ///< the session was confirmed
    std::deque<Waiting> waiting;
    Time heard;
  };
  struct Held {
    NodeId client;
    Request request;
  };

  void begin_session(const Step& step, Connection& connection, Duration asked);
  void take(const Step& step, NodeId client, Request request);
  void process(const Step& step, Connection& connection, Request request);
  void send_away(const Step& step, NodeId client);
  void confirm(const Step& step, Connection& connection);
  void answer_change(const Step& step, Connection& connection, Response response);
  void answer_reads(const Step& step, Connection& connection);
  void answer_read(const Step& step, Connection& connection, const Request& request);
  OperationResult read(const Step& step, SessionId session, const Operation& operation);
  void set_watches(const Step& step, Connection& connection, const Request& request);
  void tell_watchers(const Step& step, const std::vector<TreeEvent>& events);
  void take_held(const Step& step);
  Connection* of_session(SessionId session);
  [[nodiscard]] SessionId new_session(const Step& step) const;

  NodeId self_;
  const ServerConfig& config_;
  const DataTree& tree_;
  ToLeader& leader_;
  bool open_ = false;
  std::map<NodeId, Connection> connections_;
  std::map<SessionId, NodeId> by_session_;
  WatchTable watches_;
  std::set<SessionId> touched_;
  std::size_t in_process_ = 0;
  std::deque<Held> held_;
};

}  // namespace wavetank::coordination
