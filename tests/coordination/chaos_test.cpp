// Random faults, fixed seeds: servers agree on what is committed (the fixture's probe judges that
// at every step), nothing acknowledged is lost, sessions see their own writes, ephemeral nodes end
// with their session and only then.

#include "engine/base/random.h"
#include "tests/coordination/ensemble_fixture.h"

namespace wavetank::coordination::test {
namespace {

constexpr int kClients = 4;

class Chaos {
 public:
  explicit Chaos(std::uint64_t seed) : random_(seed, "chaos"), it_(quick(seed)) {
    it_.await_all();
    for (int c = 0; c < kClients; ++c) {
      clients_.push_back(it_.add_client());
      own_.push_back({});
    }
  }

  void rage(int rounds) {
    for (int round = 0; round < rounds; ++round) {
      fault();
      for (int i = 0; i < 20; ++i) {
        for (std::size_t c = 0; c < clients_.size(); ++c) {
          work(c);
        }
        it_.run(milliseconds(static_cast<std::int64_t>(10 + random_.below(150))));
        note_answers();
      }
    }
  }

  void calm() {
    it_.host.heal_all();
    for (const NodeId server : it_.servers()) {
      if (!it_.host.running(server)) {
        it_.host.restart(server);
      }
    }
    it_.run(seconds(60));
    it_.await_all();
    it_.run(seconds(5));
    note_answers();
  }

  void verify() {
    it_.expect_agreement();
    const DataTree& tree = it_.host.role<Server>(it_.await_leader()).tree();
    std::size_t acknowledged = 0;
    for (const Own& own : own_) {
      acknowledged += own.created.size();
      for (const std::string& path : own.created) {
        EXPECT_NE(tree.find(path), nullptr) << path << " is lost";
      }
    }
    EXPECT_GT(acknowledged, 100U) << "something got through";
    EXPECT_GT(it_.probe.leaders.size(), 1U) << "faults had an effect";
    for (std::size_t c = 0; c < clients_.size(); ++c) {
      const bool lives = it_.client(clients_[c]).client.state() == SessionState::connected;
      for (const auto& [session, path] : own_[c].ephemerals) {
        const bool own_session = lives && session == it_.client(clients_[c]).client.session();
        EXPECT_EQ(tree.find(path) != nullptr, own_session)
            << path << " ends with its session, and only then";
      }
    }
    for (const auto& [path, owner] : ephemerals(tree)) {
      EXPECT_TRUE(tree.sessions().contains(owner)) << path << " outlived its session";
    }
  }

 private:
  struct Own {
    std::map<Xid, std::string> asked;
    std::map<Xid, std::string> asked_ephemeral;
    std::vector<std::string> created;
    std::vector<std::pair<SessionId, std::string>> ephemerals;
    int counter = 0;
  };

  static EnsembleSpec quick(std::uint64_t seed) {
    EnsembleSpec spec;
    spec.voters = 3 + 2 * (seed % 2);
    spec.observers = static_cast<std::uint32_t>(seed % 3 == 0);
    spec.seed = seed;
    spec.server.tick_time = milliseconds(200);
    spec.server.min_session_timeout = seconds(1);
    spec.server.commit_log_count = 50;
    spec.server.snap_count = 100;
    spec.client.session_timeout = seconds(3);
    return spec;
  }

  NodeId any_server() {
    const std::vector<NodeId> all = it_.servers();
    return all[random_.below(all.size())];
  }

  /// Each choice undoes itself the next time it comes to the same server.
  void fault() {
    const NodeId server = any_server();
    switch (random_.below(8)) {
      case 0:
        toggle(server, [&] { it_.host.kill(server); });
        break;
      case 1:
      case 2:
        toggle(server, [&] {
          it_.host.crash(server);
          it_.host.storage(server).lose_unsynced();
        });
        break;
      case 3:
        it_.host.cut_both(server, any_server());
        break;
      case 4:
        it_.host.cut(server, any_server());
        break;
      case 5:
        it_.host.cut_both(server, clients_[random_.below(clients_.size())]);
        break;
      case 6:
        if (const NodeId leader = it_.leader(); leader != kNoServer) {
          toggle(leader, [&] { it_.host.crash(leader); });
        }
        break;
      default:
        it_.host.heal_all();
        for (const NodeId down : it_.servers()) {
          if (!it_.host.running(down)) {
            it_.host.restart(down);
          }
        }
    }
  }

  template <class Stop>
  void toggle(NodeId server, const Stop& stop) {
    if (it_.host.running(server)) {
      stop();
    } else {
      it_.host.restart(server);
    }
  }

  void work(std::size_t c) {
    Own& own = own_[c];
    const NodeId node = clients_[c];
    if (it_.client(node).client.state() == SessionState::expired) {
      it_.client(node).client.start({it_.host.clock(), it_.host.ports(node)});
    }
    if (it_.client(node).client.state() != SessionState::connected) {
      return;
    }
    const std::string path = "/c" + std::to_string(c) + "-" + std::to_string(own.counter++);
    if (random_.chance(0.2)) {
      own.asked_ephemeral[it_.ask(node, create_op(path, "", true))] = path;
    } else {
      own.asked[it_.ask(node, create_op(path))] = path;
    }
  }

  void note_answers() {
    for (std::size_t c = 0; c < clients_.size(); ++c) {
      TestClient& client = it_.client(clients_[c]);
      for (const auto& [xid, response] : client.answers) {
        if (response.error != ErrorCode::ok) {
          continue;
        }
        if (const auto asked = own_[c].asked.find(xid); asked != own_[c].asked.end()) {
          own_[c].created.push_back(asked->second);
        } else if (const auto mine = own_[c].asked_ephemeral.find(xid);
                   mine != own_[c].asked_ephemeral.end()) {
          own_[c].ephemerals.emplace_back(response.results.at(0).stat.ephemeral_owner,
                                          mine->second);
        }
      }
      client.answers.clear();
    }
  }

  static std::vector<std::pair<std::string, SessionId>> ephemerals(const DataTree& tree) {
    std::vector<std::pair<std::string, SessionId>> found;
    for (const std::string& name : tree.find("/")->children) {
      const Znode* node = tree.find("/" + name);
      if (node->ephemeral_owner != kNoSession) {
        found.emplace_back("/" + name, node->ephemeral_owner);
      }
    }
    return found;
  }

  Random random_;
  EnsembleFixture it_;
  std::vector<NodeId> clients_;
  std::vector<Own> own_;
};

class ChaosOfSeed : public testing::TestWithParam<std::uint64_t> {};

TEST_P(ChaosOfSeed, LosesNothingAcknowledgedAndNeverDisagrees) {
  Chaos chaos(GetParam());
  chaos.rage(25);
  chaos.calm();
  chaos.verify();
}

INSTANTIATE_TEST_SUITE_P(Seeds, ChaosOfSeed, testing::Range<std::uint64_t>(1, 11));

}  // namespace
}  // namespace wavetank::coordination::test
