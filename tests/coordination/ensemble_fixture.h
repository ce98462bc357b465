#pragma once

// An ensemble of real servers in the bare host, and clients with a scripted application: the
// vocabulary of the tests. Its probe checks, at every change of state in any test, what must never
// fail.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/coordination/client/client.h"
#include "engine/coordination/server/server.h"
#include "tests/support/bare_host.h"

namespace wavetank::coordination::test {

/// Agreement on the committed prefix, and one established leader an epoch.
class StrictProbe final : public Probe {
 public:
  void standing_changed(NodeId server, Standing standing) override;
  void established(NodeId leader, Epoch epoch, Zxid history) override;
  void gave_up(NodeId leader, Epoch epoch) override;
  void delivered(NodeId server, Zxid zxid, std::uint64_t hash) override;
  void reloaded(NodeId server, Zxid last, Epoch accepted) override;
  void snapshot_taken(NodeId, Zxid) override { ++snapshots; }
  void session_opened(SessionId session) override { opened.push_back(session); }
  void session_closed(SessionId session, bool expired) override;

  std::map<NodeId, Standing> standing;
  std::map<Epoch, NodeId> leaders;
  std::set<NodeId> reigning;
  std::map<Zxid, std::uint64_t> committed;  ///< what was delivered anywhere
  int reloads = 0;
  int snapshots = 0;
  std::vector<SessionId> opened;
  std::vector<SessionId> expired;
  std::vector<SessionId> closed;

 private:
  std::map<NodeId, Zxid> last_;
};

/// A client whose application notes everything.
class TestClient final : public port::Role, public ClientUser {
 public:
  struct Note {
    SessionState state = SessionState::connecting;
    std::optional<Response> response;
    std::optional<std::pair<EventType, std::string>> watch;
  };

  TestClient(const ClientConfig& config, std::vector<NodeId> servers);

  void start(port::Now now, port::Ports& ports) override { client.start({now, ports}); }
  void on_message(port::Now now, NodeId from, port::Lane, const port::Message& message,
                  port::Ports& ports) override {
    client.on_message({now, ports}, from, message);
  }
  void on_timer(port::Now now, port::TimerId timer, port::Ports& ports) override {
    client.on_timer({now, ports}, timer);
  }
  void on_reset(port::Now now, NodeId peer, port::Ports& ports) override {
    client.on_reset({now, ports}, peer);
  }
  void session_changed(const Step& step, SessionState state) override;
  void answered(const Step& step, const Response& response) override;
  void watch_fired(const Step& step, EventType type, const std::string& path) override;

  Client client;
  std::vector<Note> notes;  ///< in order
  std::map<Xid, Response> answers;
  std::vector<std::pair<EventType, std::string>> watches;
  std::vector<SessionState> states;
};

struct EnsembleSpec {
  std::uint32_t voters = 3;
  std::uint32_t observers = 0;
  ServerConfig server;
  ClientConfig client;
  std::uint64_t seed = 1;
};

class EnsembleFixture {
 public:
  explicit EnsembleFixture(EnsembleSpec spec = {});

  static NodeId voter(std::uint32_t i) { return NodeId(i); }
  [[nodiscard]] NodeId observer(std::uint32_t i) const { return NodeId(spec.voters + i); }
  [[nodiscard]] std::vector<NodeId> servers() const;

  void run(Duration span) { host.run_for(span); }
  bool await(const std::function<bool()>& done, Duration limit = seconds(60)) {
    return host.run_until(done, limit);
  }
  ServerView view(NodeId server) { return host.role<Server>(server).view(); }
  /// The one established leader that a quorum follows; kNoServer without.
  NodeId leader();
  NodeId await_leader();
  /// All running servers serve.
  void await_all();
  /// Any running server of the ensemble that follows.
  NodeId follower();

  /// A client that knows these servers (all, if none are named), connected.
  NodeId add_client(std::vector<NodeId> known = {});
  TestClient& client(NodeId node) { return host.role<TestClient>(node); }
  /// A request without waiting for its answer.
  Xid ask(NodeId client, Operation operation);
  Xid ask(NodeId client, RequestKind kind, std::vector<Operation> operations);
  /// The answer; ConnectionLoss if none came in time.
  Response answer(NodeId client, Xid xid, Duration limit = seconds(30));
  Response call(NodeId client, Operation operation) {
    return answer(client, ask(client, operation));
  }
  /// The same, asked again until the connection holds.
  Response insist(NodeId client, const Operation& operation);
  /// The data of a node as the client reads it.
  std::string read(NodeId client, const std::string& path);

  /// All running servers hold equal trees and logs.
  void expect_agreement();

  EnsembleSpec spec;
  Ensemble ensemble;
  StrictProbe probe;
  wavetank::test::BareHost host;

 private:
  std::uint32_t next_client_ = 100;
};

Operation create_op(std::string path, std::string data = "", bool ephemeral = false,
                    bool sequential = false);
Operation set_op(std::string path, std::string data, std::int32_t version = kAnyVersion);
Operation remove_op(std::string path, std::int32_t version = kAnyVersion);
Operation check_op(std::string path, std::int32_t version);
Operation get_op(std::string path, bool watch = false);
Operation exists_op(std::string path, bool watch = false);
Operation children_op(std::string path, bool watch = false);

}  // namespace wavetank::coordination::test
