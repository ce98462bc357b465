#include "tests/raft/quorum.h"

#include <algorithm>

namespace wavetank::raft::test {

Lister::Lister(Membership membership, const Config& config, Oracle& oracle)
    : consensus(membership, config, port::TimerId(1), *this, oracle),
      self_(membership.self),
      oracle_(oracle) {
  oracle_.began(self_);
}

void Lister::start(port::Now now, port::Ports& ports) {
  consensus.start({now, ports});
  look();
}
void Lister::on_message(port::Now now, NodeId from, port::Lane lane, const port::Message& message,
                        port::Ports& ports) {
  EXPECT_TRUE(consensus.on_message({now, ports}, from, lane, message));
  look();
}
void Lister::on_timer(port::Now now, port::TimerId timer, port::Ports& ports) {
  EXPECT_TRUE(consensus.on_timer({now, ports}, timer));
  look();
}
void Lister::on_storage(port::Now now, port::StorageToken token, port::Ports& ports) {
  EXPECT_TRUE(consensus.on_storage({now, ports}, token));
  look();
}
void Lister::on_reset(port::Now now, NodeId peer, port::Ports& ports) {
  consensus.on_reset({now, ports}, peer);
  look();
}

void Lister::apply(const port::Step& /*step*/, LogIndex /*index*/, const Bytes& command) {
  commands.emplace_back(as_text(command));
}

Bytes Lister::snapshot() const {
  std::string all;
  for (const std::string& command : commands) {
    all += command + "\n";
  }
  return Bytes::copy_of(all);
}

bool Lister::restore(ByteView snapshot) {
  commands.clear();
  std::string_view rest = as_text(snapshot);
  while (!rest.empty()) {
    commands.emplace_back(rest.substr(0, rest.find('\n')));
    rest.remove_prefix(commands.back().size() + 1);
  }
  return true;
}

/// At the moment a server begins to lead, its log must hold all that was ever committed.
void Lister::look() {
  const bool leads = consensus.standing() == Standing::leader;
  if (leads && !led_) {
    std::vector<std::string> log;
    for (LogIndex i = consensus.log().first(); i <= consensus.log().last(); ++i) {
      log.push_back(written(consensus.log().at(i)));
    }
    oracle_.leads_with(self_, consensus.log().first().value(), log);
  }
  led_ = leads;
}

Config quick() {
  Config config;
  config.election_timeout_min = milliseconds(150);
  config.election_timeout_max = milliseconds(300);
  config.heartbeat_interval = milliseconds(50);
  return config;
}

Quorum::Quorum(std::uint32_t count, Config config, std::uint64_t seed) : host(seed) {
  for (std::uint32_t i = 0; i < count; ++i) {
    servers.push_back(NodeId(i));
  }
  for (const NodeId server : servers) {
    host.add(server, [this, server, config] {
      return std::make_unique<Lister>(Membership{server, servers}, config, oracle);
    });
  }
  set_disk_latency(milliseconds(2));
  host.start_all();
}

Quorum::~Quorum() {
  EXPECT_TRUE(oracle.violations().empty()) << oracle.violations().front();
}

std::optional<NodeId> Quorum::leader() {
  std::optional<NodeId> found;
  for (const NodeId server : servers) {
    if (host.running(server) && at(server).active() &&
        (!found || at(server).term() > at(*found).term())) {
      found = server;
    }
  }
  return found;
}

NodeId Quorum::await_leader(Duration limit) {
  EXPECT_TRUE(host.run_until([&] { return leader().has_value(); }, limit)) << "nobody leads";
  return leader().value_or(kFirst);
}

std::vector<NodeId> Quorum::followers() {
  std::vector<NodeId> others = servers;
  std::erase(others, await_leader());
  return others;
}

std::optional<LogIndex> Quorum::propose(NodeId server, const std::string& command) {
  return at(server).propose({host.clock(), host.ports(server)}, Bytes::copy_of(command));
}

void Quorum::commit(const std::string& command) {
  const NodeId to = await_leader();
  const std::optional<LogIndex> index = propose(to, command);
  ASSERT_TRUE(index);
  EXPECT_TRUE(host.run_until([&] { return at(to).applied() >= *index; }, seconds(30)));
}

void Quorum::await_applied(NodeId server, std::size_t count) {
  EXPECT_TRUE(host.run_until([&] { return commands(server).size() >= count; }, seconds(30)))
      << "a server does not catch up";
}

void Quorum::set_disk_latency(Duration latency) {
  for (const NodeId server : servers) {
    host.set_disk_latency(server, latency);
  }
}

void Quorum::restart(NodeId server) {
  host.restart(server);
}

void Quorum::cut_off(NodeId server) {
  for (const NodeId other : servers) {
    if (other != server) {
      host.cut_both(server, other);
    }
  }
}

}  // namespace wavetank::raft::test
