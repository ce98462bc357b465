#include "tests/coordination/ensemble_fixture.h"

namespace wavetank::coordination::test {

// --------------------------------------------------------------------------------------- probe

void StrictProbe::standing_changed(NodeId server, Standing now) {
  standing[server] = now;
  if (now != Standing::leading) {
    reigning.erase(server);
  }
}

void StrictProbe::established(NodeId leader, Epoch epoch, Zxid history) {
  EXPECT_TRUE(leaders.emplace(epoch, leader).second) << "one leader an epoch";
  EXPECT_LT(epoch_of(history), epoch) << "a new epoch is later than all that was logged";
  reigning.insert(leader);
  if (!committed.empty()) {
    EXPECT_GE(history, committed.rbegin()->first) << "a leader knows all that was committed";
  }
}

void StrictProbe::gave_up(NodeId leader, Epoch) {
  reigning.erase(leader);
}

void StrictProbe::delivered(NodeId server, Zxid zxid, std::uint64_t hash) {
  EXPECT_EQ(committed.emplace(zxid, hash).first->second, hash)
      << "servers deliver the same in the same place";
  EXPECT_GT(zxid, last_[server]) << "in order";
  last_[server] = zxid;
}

void StrictProbe::reloaded(NodeId server, Zxid last, Epoch /*accepted*/) {
  last_[server] = last;
  ++reloads;
}

void StrictProbe::session_closed(SessionId session, bool by_expiry) {
  (by_expiry ? expired : closed).push_back(session);
}

// -------------------------------------------------------------------------------------- client

TestClient::TestClient(const ClientConfig& config, std::vector<NodeId> servers)
    : client(config, std::move(servers), port::TimerId(7), *this) {}

void TestClient::session_changed(const Step&, SessionState state) {
  states.push_back(state);
  notes.push_back({state, {}, {}});
}

void TestClient::answered(const Step&, const Response& response) {
  EXPECT_TRUE(answers.empty() || response.xid > answers.rbegin()->first)
      << "answers come in the order of the requests";
  answers[response.xid] = response;
  notes.push_back({client.state(), response, {}});
}

void TestClient::watch_fired(const Step&, EventType type, const std::string& path) {
  watches.emplace_back(type, path);
  notes.push_back({client.state(), {}, std::pair(type, path)});
}

// ------------------------------------------------------------------------------------ ensemble

EnsembleFixture::EnsembleFixture(EnsembleSpec given) : spec(given), host(given.seed) {
  for (std::uint32_t i = 0; i < spec.voters; ++i) {
    ensemble.voters.push_back(voter(i));
  }
  for (std::uint32_t i = 0; i < spec.observers; ++i) {
    ensemble.observers.push_back(observer(i));
  }
  for (const NodeId server : servers()) {
    host.add(server, [this, server] {
      return std::make_unique<Server>(server, spec.server, ensemble, probe);
    });
  }
  host.start_all();
}

std::vector<NodeId> EnsembleFixture::servers() const {
  std::vector<NodeId> all = ensemble.voters;
  all.insert(all.end(), ensemble.observers.begin(), ensemble.observers.end());
  return all;
}

NodeId EnsembleFixture::leader() {
  NodeId leader = kNoServer;
  for (const NodeId server : ensemble.voters) {
    if (host.running(server) && view(server).standing == Standing::leading && view(server).serves &&
        (leader == kNoServer || view(server).epoch > view(leader).epoch)) {
      leader = server;
    }
  }
  return leader;
}

NodeId EnsembleFixture::await_leader() {
  EXPECT_TRUE(await([&] { return leader() != kNoServer; })) << "a leader is found";
  return leader();
}

void EnsembleFixture::await_all() {
  EXPECT_TRUE(await([&] {
    return std::ranges::all_of(
        servers(), [&](NodeId server) { return !host.running(server) || view(server).serves; });
  })) << "all servers serve";
}

NodeId EnsembleFixture::follower() {
  for (const NodeId server : ensemble.voters) {
    if (host.running(server) && view(server).standing == Standing::following &&
        view(server).serves) {
      return server;
    }
  }
  ADD_FAILURE() << "nobody follows";
  return kNoServer;
}

NodeId EnsembleFixture::add_client(std::vector<NodeId> known) {
  const NodeId node(next_client_++);
  if (known.empty()) {
    known = servers();
  }
  host.add(node, [this, known] { return std::make_unique<TestClient>(spec.client, known); });
  host.start(node);
  EXPECT_TRUE(await([&] { return client(node).client.state() == SessionState::connected; }));
  return node;
}

Xid EnsembleFixture::ask(NodeId node, Operation operation) {
  return ask(node, RequestKind::operation, {std::move(operation)});
}

Xid EnsembleFixture::ask(NodeId node, RequestKind kind, std::vector<Operation> operations) {
  return client(node).client.submit({host.clock(), host.ports(node)}, kind, std::move(operations));
}

Response EnsembleFixture::answer(NodeId node, Xid xid, Duration limit) {
  const auto& answers = client(node).answers;
  if (!await([&] { return answers.contains(xid); }, limit)) {
    Response none;
    none.error = ErrorCode::connection_loss;
    return none;
  }
  return answers.at(xid);
}

Response EnsembleFixture::insist(NodeId node, const Operation& operation) {
  constexpr int kAttempts = 100;
  Response response = call(node, operation);
  for (int i = 0; i < kAttempts && response.error == ErrorCode::connection_loss; ++i) {
    run(seconds(1));
    response = call(node, operation);
  }
  return response;
}

std::string EnsembleFixture::read(NodeId node, const std::string& path) {
  const Response response = call(node, get_op(path));
  return response.error == ErrorCode::ok ? std::string(as_text(response.results.at(0).data))
                                         : std::string(name(response.error));
}

void EnsembleFixture::expect_agreement() {
  std::optional<std::pair<Zxid, std::uint64_t>> first;
  for (const NodeId server : servers()) {
    if (!host.running(server)) {
      continue;
    }
    const std::pair state(view(server).applied, host.role<Server>(server).tree().digest());
    EXPECT_EQ(first.value_or(state), state) << "server " << server.value();
    first = first.value_or(state);
  }
}

// ---------------------------------------------------------------------------------- operations

Operation create_op(std::string path, std::string data, bool ephemeral, bool sequential) {
  Operation it;
  it.code = OpCode::create;
  it.path = std::move(path);
  it.data = Bytes::copy_of(data);
  it.ephemeral = ephemeral;
  it.sequential = sequential;
  return it;
}

Operation set_op(std::string path, std::string data, std::int32_t version) {
  Operation it;
  it.code = OpCode::set_data;
  it.path = std::move(path);
  it.data = Bytes::copy_of(data);
  it.version = version;
  return it;
}

namespace {
Operation plain(OpCode code, std::string path, bool watch, std::int32_t version = kAnyVersion) {
  Operation it;
  it.code = code;
  it.path = std::move(path);
  it.watch = watch;
  it.version = version;
  return it;
}
}  // namespace

Operation remove_op(std::string path, std::int32_t version) {
  return plain(OpCode::remove, std::move(path), false, version);
}
Operation check_op(std::string path, std::int32_t version) {
  return plain(OpCode::check, std::move(path), false, version);
}
Operation get_op(std::string path, bool watch) {
  return plain(OpCode::get_data, std::move(path), watch);
}
Operation exists_op(std::string path, bool watch) {
  return plain(OpCode::exists, std::move(path), watch);
}
Operation children_op(std::string path, bool watch) {
  return plain(OpCode::get_children, std::move(path), watch);
}

}  // namespace wavetank::coordination::test
