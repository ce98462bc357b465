// Random faults, fixed seeds: the four safety properties of the paper's figure 3 hold at every
// step, and once the faults are over the quorum agrees and goes on.

#include <gmock/gmock.h>

#include <set>

#include "engine/base/random.h"
#include "tests/raft/quorum.h"

namespace wavetank::raft::test {
namespace {

class Chaos {
 public:
  Chaos(std::uint64_t seed, std::uint32_t servers)
      : random_(seed, "chaos"), quorum_(servers, settings(seed), seed) {
    quorum_.set_disk_latency(milliseconds(10));
  }

  void rage(int rounds) {
    for (int round = 0; round < rounds; ++round) {
      fault();
      for (int i = 0; i < 20; ++i) {
        propose();
        quorum_.run(milliseconds(static_cast<std::int64_t>(random_.below(30))));
      }
    }
  }

  void calm() {
    quorum_.host.heal_all();
    for (const NodeId server : quorum_.servers) {
      if (!quorum_.host.running(server)) {
        quorum_.restart(server);
      }
    }
    quorum_.run(seconds(3));  // without pre-vote, who comes back may depose a leader first
    quorum_.commit("calm");
    const NodeId leader = quorum_.await_leader();
    for (const NodeId server : quorum_.servers) {
      EXPECT_TRUE(quorum_.host.run_until(
          [&] { return quorum_.commands(server) == quorum_.commands(leader); }, seconds(30)));
    }
    for (const auto& [command, place] : applied_) {
      EXPECT_THAT(quorum_.commands(leader), testing::Contains(command)) << "was lost";
    }
    EXPECT_GT(applied_.size(), 100U) << "something got through";
    EXPECT_GT(quorum_.oracle.elections(), 5U) << "leaders fell";
  }

 private:
  static Config settings(std::uint64_t seed) {
    Config config = quick();
    config.pre_vote = config.check_quorum = seed % 3 != 0;
    config.snapshot_entries = 40;
    config.retained_entries = 10;
    return config;
  }

  NodeId any() { return quorum_.servers[random_.below(quorum_.servers.size())]; }

  void fault() {
    const NodeId server = any();
    switch (random_.below(8)) {
      case 0:
        toggle(server, [&] { quorum_.host.kill(server); });
        break;
      case 1:
      case 2:
        toggle(server, [&] {
          quorum_.host.crash(server);
          quorum_.host.storage(server).lose_unsynced();
        });
        break;
      case 3:
        quorum_.host.cut(server, any());
        break;
      case 4:
        quorum_.cut_off(server);
        break;
      case 5:
      case 6:
        blackout();
        break;
      default:
        quorum_.host.heal_all();
    }
  }

  /// All lose power amid their writes; a bare majority, chosen by lot, comes back first.
  void blackout() {
    for (int moment = 0; moment < 8; ++moment) {
      propose();
      quorum_.run(milliseconds(static_cast<std::int64_t>(random_.below(5))));
      note_applied();
    }
    std::vector<NodeId> down = quorum_.servers;
    for (const NodeId server : down) {
      if (quorum_.host.running(server)) {
        quorum_.host.crash(server);
      }
      quorum_.host.storage(server).lose_unsynced();
    }
    quorum_.host.heal_all();
    for (std::size_t back = 0; back <= quorum_.servers.size() / 2; ++back) {
      const auto chosen = down.begin() + static_cast<std::ptrdiff_t>(random_.below(down.size()));
      quorum_.restart(*chosen);
      down.erase(chosen);
    }
    quorum_.run(seconds(1));
  }

  template <class Stop>
  void toggle(NodeId server, const Stop& stop) {
    if (quorum_.host.running(server)) {
      stop();
    } else {
      quorum_.restart(server);
    }
  }

  /// To everybody who thinks it leads: what such a one applies was acknowledged.
  void propose() {
    for (const NodeId server : quorum_.servers) {
      if (!quorum_.host.running(server)) {
        continue;
      }
      const std::string command = "c" + std::to_string(sent_++);
      if (const auto index = quorum_.propose(server, command)) {
        waiting_[command] = {server, *index};
      }
    }
    note_applied();
  }

  void note_applied() {
    for (auto it = waiting_.begin(); it != waiting_.end();) {
      const auto [server, index] = it->second;
      const bool here = quorum_.host.running(server);
      const auto& history = quorum_.oracle.history();
      const auto stands = history.find(index.value());
      if (stands != history.end()) {
        if (stands->second.substr(stands->second.find('/') + 1) == it->first) {
          applied_[it->first] = index;
        }
        it = waiting_.erase(it);
      } else {
        it = here ? std::next(it) : waiting_.erase(it);
      }
    }
  }

  Random random_;
  Quorum quorum_;
  int sent_ = 0;
  std::map<std::string, std::pair<NodeId, LogIndex>> waiting_;
  std::map<std::string, LogIndex> applied_;
};

class ChaosOfSeed : public testing::TestWithParam<std::uint64_t> {};

TEST_P(ChaosOfSeed, LosesNothingCommitted) {
  Chaos chaos(GetParam(), GetParam() % 2 == 0 ? 3 : 5);
  chaos.rage(60);
  chaos.calm();
}

INSTANTIATE_TEST_SUITE_P(Seeds, ChaosOfSeed, testing::Range<std::uint64_t>(1, 13));

}  // namespace
}  // namespace wavetank::raft::test
