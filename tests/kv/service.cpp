#include "tests/kv/service.h"

#include <algorithm>

namespace wavetank::kv::test {

Transaction put(const std::string& key, const std::string& value) {
  Transaction transaction;
  transaction.then.push_back({OperationKind::put, key, Bytes::copy_of(value)});
  return transaction;
}

Transaction remove(const std::string& key) {
  Transaction transaction;
  transaction.then.push_back({OperationKind::remove, key, {}});
  return transaction;
}

Transaction put_if(const std::string& key, Revision at, const std::string& value) {
  Transaction transaction = put(key, value);
  transaction.compares.push_back({key, Target::modified, at.value(), {}});
  transaction.otherwise.push_back({OperationKind::get, key, {}});
  return transaction;
}

ServerConfig Service::quick() {
  ServerConfig config;
  config.quorum.election_timeout_min = milliseconds(150);
  config.quorum.election_timeout_max = milliseconds(300);
  config.quorum.heartbeat_interval = milliseconds(50);
  return config;
}

Service::Service(std::uint32_t count, ServerConfig config, ClientConfig client)
    : config_(config), client_config_(client) {
  for (std::uint32_t i = 0; i < count; ++i) {
    servers.push_back(NodeId(i));
  }
  for (const NodeId server : servers) {
    host.add(server,
             [this, server] { return std::make_unique<Server>(server, config_, servers, probe_); });
  }
  host.start_all();
}

std::optional<NodeId> Service::leader() {
  std::optional<NodeId> found;
  for (const NodeId server : servers) {
    if (host.running(server) && at(server).quorum().active() &&
        (!found || at(server).quorum().term() > at(*found).quorum().term())) {
      found = server;
    }
  }
  return found;
}

NodeId Service::await_leader() {
  EXPECT_TRUE(host.run_until([&] { return leader().has_value(); }, seconds(30)));
  return *leader();
}

NodeId Service::follower() {
  const NodeId leads = await_leader();
  return *std::ranges::find_if(servers, [&](NodeId it) { return it != leads && host.running(it); });
}

void Service::isolate(NodeId server) {
  for (const NodeId other : servers) {
    if (other != server) {
      host.cut_both(server, other);
    }
  }
}

NodeId Service::add_client(std::vector<NodeId> known) {
  const NodeId node(next_client_++);
  if (known.empty()) {
    known = servers;
  }
  host.add(node, [this, known] { return std::make_unique<TestClient>(client_config_, known); });
  host.start(node);
  return node;
}

RequestId Service::ask(NodeId node, Transaction transaction) {
  return *client(node).execute({host.clock(), host.ports(node)}, std::move(transaction));
}

RequestId Service::ask_read(NodeId node, const std::string& key, Consistency consistency) {
  return *client(node).read({host.clock(), host.ports(node)}, {key}, consistency);
}

std::optional<TestClient::Note> Service::note(NodeId node, RequestId request) {
  const auto& notes = host.role<TestClient>(node).notes;
  const auto found = notes.find(request);
  return found == notes.end() ? std::nullopt : std::optional(found->second);
}

TestClient::Note Service::answer(NodeId node, RequestId request) {
  EXPECT_TRUE(host.run_until([&] { return note(node, request).has_value(); }, seconds(60)));
  return *note(node, request);
}

Outcome Service::done(NodeId node, Transaction transaction) {
  const auto [error, outcome] = answer(node, ask(node, std::move(transaction)));
  EXPECT_EQ(error, ErrorCode::ok);
  return outcome;
}

std::string Service::read(NodeId node, const std::string& key, Consistency consistency) {
  const auto [error, outcome] = answer(node, ask_read(node, key, consistency));
  if (error != ErrorCode::ok) {
    return std::string(name(error));
  }
  const KeyValue& shown = outcome.results.at(0);
  return shown.found ? std::string(as_text(shown.value)) : "-";
}

}  // namespace wavetank::kv::test
