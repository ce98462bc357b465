#pragma once

// A key-value service of real servers in the bare host, and clients whose application notes every
// answer: the vocabulary of the tests.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/coordination/kv/client.h"
#include "engine/coordination/kv/server.h"
#include "tests/support/bare_host.h"

namespace wavetank::kv::test {

Transaction put(const std::string& key, const std::string& value);
Transaction remove(const std::string& key);
/// Puts if the key stands at this revision; else shows how it stands.
Transaction put_if(const std::string& key, Revision at, const std::string& value);

/// A client whose application notes every answer.
class TestClient final : public port::Role, public ClientUser {
 public:
  using Note = std::pair<ErrorCode, Outcome>;

  TestClient(const ClientConfig& config, std::vector<NodeId> servers)
      : client(config, std::move(servers), port::TimerId(7), *this) {}

  void start(port::Now, port::Ports&) override {}
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
  void answered(const port::Step&, RequestId request, ErrorCode error,
                const Outcome& outcome) override {
    EXPECT_TRUE(notes.emplace(request, Note{error, outcome}).second) << "answered once";
  }

  Client client;
  std::map<RequestId, Note> notes;
};

class Service {
 public:
  explicit Service(std::uint32_t servers = 3, ServerConfig config = quick(),
                   ClientConfig client = {});

  wavetank::test::BareHost host;
  std::vector<NodeId> servers;

  /// Short timeouts.
  static ServerConfig quick();
  void run(Duration span) { host.run_for(span); }
  Server& at(NodeId server) { return host.role<Server>(server); }
  std::optional<NodeId> leader();
  NodeId await_leader();
  NodeId follower();
  /// Cuts a server from the others, not from clients.
  void isolate(NodeId server);

  /// A client that knows these servers, or all.
  NodeId add_client(std::vector<NodeId> known = {});
  Client& client(NodeId node) { return host.role<TestClient>(node).client; }
  RequestId ask(NodeId client, Transaction transaction);
  RequestId ask_read(NodeId client, const std::string& key,
                     Consistency consistency = Consistency::linearizable);
  /// What it was answered; nothing if that is yet to come.
  std::optional<TestClient::Note> note(NodeId client, RequestId request);
  /// Waits for it.
  TestClient::Note answer(NodeId client, RequestId request);
  Outcome done(NodeId client, Transaction transaction);
  /// The value as a linearizable read shows it; "-" of a key that is not there.
  std::string read(NodeId client, const std::string& key,
                   Consistency consistency = Consistency::linearizable);

 private:
  ServerConfig config_;
  ClientConfig client_config_;
  raft::Probe probe_;
  std::uint32_t next_client_ = 100;
};

}  // namespace wavetank::kv::test
