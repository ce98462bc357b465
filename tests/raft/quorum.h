#pragma once

// A quorum in the bare host whose state is simply the list of commands: the vocabulary of the
// tests.

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/coordination/raft/consensus.h"
#include "tests/raft/oracle.h"
#include "tests/support/bare_host.h"

namespace wavetank::raft::test {

inline constexpr NodeId kFirst{0};
inline constexpr NodeId kSecond{1};
inline constexpr NodeId kThird{2};

/// The smallest role upon a quorum.
class Lister final : public port::Role, private StateMachine {
 public:
  Lister(Membership membership, const Config& config, Oracle& oracle);

  void start(port::Now now, port::Ports& ports) override;
  void on_message(port::Now now, NodeId from, port::Lane lane, const port::Message& message,
                  port::Ports& ports) override;
  void on_timer(port::Now now, port::TimerId timer, port::Ports& ports) override;
  void on_storage(port::Now now, port::StorageToken token, port::Ports& ports) override;
  void on_reset(port::Now now, NodeId peer, port::Ports& ports) override;

  Consensus consensus;
  std::vector<std::string> commands;

 private:
  void apply(const port::Step& step, LogIndex index, const Bytes& command) override;
  [[nodiscard]] Bytes snapshot() const override;
  bool restore(ByteView snapshot) override;
  void look();

  NodeId self_;
  Oracle& oracle_;
  bool led_ = false;
};

/// Short timeouts; the rest as by default.
Config quick();

class Quorum {
 public:
  explicit Quorum(std::uint32_t servers = 3, Config config = quick(), std::uint64_t seed = 1);
  ~Quorum();

  Oracle oracle;
  wavetank::test::BareHost host;
  std::vector<NodeId> servers;

  void run(Duration span) { host.run_for(span); }
  Consensus& at(NodeId server) { return host.role<Lister>(server).consensus; }
  const std::vector<std::string>& commands(NodeId server) {
    return host.role<Lister>(server).commands;
  }
  /// The active leader of the latest term among running servers.
  std::optional<NodeId> leader();
  /// Waits for one, and says which.
  NodeId await_leader(Duration limit = seconds(30));
  std::vector<NodeId> followers();
  std::optional<LogIndex> propose(NodeId server, const std::string& command);
  /// Proposes to the leader and waits until it has applied it.
  void commit(const std::string& command);
  void await_applied(NodeId server, std::size_t commands);
  void set_disk_latency(Duration latency);
  void restart(NodeId server);
  void cut_off(NodeId server);
};

}  // namespace wavetank::raft::test
