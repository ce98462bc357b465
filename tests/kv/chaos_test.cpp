// Clients at work while servers die, come back, are cut off and slow to write: whatever they saw
// must be what the service promises.

#include <gmock/gmock.h>

#include "sim/check/kv_history.h"
#include "sim/load/kv_client.h"
#include "tests/kv/service.h"

namespace wavetank::kv::test {
namespace {

/// Keeps the history of what clients and servers do.
class Witness final : public sim::KvWatcher, public raft::Probe {
 public:
  explicit Witness(const wavetank::test::BareHost& host) : host_(host) {}

  void client_began(std::uint32_t client) override { history.client_began(client); }
  void asked(std::uint32_t client, RequestId request, const sim::KvCall& call,
             Duration /*late*/) override {
    history.asked(client, request, call, now());
  }
  void answered(std::uint32_t client, RequestId request, ErrorCode error,
                const Outcome& outcome) override {
    acknowledged += error == ErrorCode::ok ? 1 : 0;
    history.answered(client, request, error, outcome, now());
  }
  void shed(std::uint32_t /*client*/) override {}
  [[nodiscard]] Time now() const override { return host_.now(); }
  void elected(NodeId leader, raft::Term term) override { history.elected(leader, term); }
  void applied(NodeId server, raft::LogIndex index, const raft::Entry& entry) override {
    history.applied(server, index, entry);
  }

  sim::KvHistory history;
  std::uint64_t acknowledged = 0;

 private:
  const wavetank::test::BareHost& host_;
};

class Chaos {
 public:
  explicit Chaos(std::uint64_t seed) : host_(seed), random_(seed, "chaos"), witness(host_) {
    ServerConfig config = Service::quick();
    config.quorum.snapshot_entries = 50;
    config.quorum.retained_entries = 10;
    for (std::uint32_t i = 0; i < kServers; ++i) {
      servers_.push_back(NodeId(i));
    }
    for (const NodeId server : servers_) {
      host_.add(server, [this, server, config] {
        return std::make_unique<Server>(server, config, servers_, witness);
      });
    }
    sim::KvMix mix;
    mix.outstanding = 2;
    mix.compare_share = 0.3;
    mix.remove_share = 0.1;
    mix.serializable_share = 0.1;
    mix.keys = 3;
    mix.stop = Time() + seconds(20);
    ClientConfig client;
    client.attempt_timeout = milliseconds(200);
    client.timeout = seconds(1);
    for (std::uint32_t i = 0; i < kClients; ++i) {
      host_.add(NodeId(100 + i), [this, i, mix, client, seed] {
        return std::make_unique<sim::KvClient>(sim::KvClient::Place{i, 0, seed}, mix, client,
                                               servers_, witness);
      });
    }
    host_.set_latency(milliseconds(2));
    host_.start_all();
  }

  void play() {
    for (int round = 0; round < 40; ++round) {
      host_.run_for(milliseconds(static_cast<std::int64_t>(random_.below(500))));
      disturb();
    }
    host_.heal_all();
    for (const NodeId server : servers_) {
      restart(server);
      host_.set_disk_latency(server, Duration());
    }
    host_.run_for(seconds(30));
  }

  [[nodiscard]] const Store* store() {
    for (const NodeId server : servers_) {
      if (host_.role<Server>(server).quorum().active()) {
        return &host_.role<Server>(server).store();
      }
    }
    return nullptr;
  }

 private:
  static constexpr std::uint32_t kServers = 3;
  static constexpr std::uint32_t kClients = 4;

  wavetank::test::BareHost host_;
  Random random_;
  std::vector<NodeId> servers_;

 public:
  Witness witness;

 private:
  NodeId any() { return servers_[random_.below(kServers)]; }
  void restart(NodeId server) {
    if (!host_.running(server)) {
      host_.restart(server);
    }
  }

  void disturb() {
    const NodeId one = any();
    const NodeId other = any();
    switch (random_.below(6)) {
      case 0:
        if (host_.running(one)) {
          host_.crash(one);
          host_.storage(one).lose_unsynced();
        }
        break;
      case 1:
        if (host_.running(one)) {
          host_.kill(one);
        }
        break;
      case 2:
        restart(one);
        restart(other);
        break;
      case 3:
        host_.cut(one, other);
        break;
      case 4:
        host_.heal_all();
        break;
      default:
        host_.set_disk_latency(one, milliseconds(static_cast<std::int64_t>(random_.below(30))));
    }
  }
};

class KvChaos : public testing::TestWithParam<std::uint64_t> {};

TEST_P(KvChaos, BreaksNoPromise) {
  Chaos chaos(GetParam());
  chaos.play();
  EXPECT_GT(chaos.witness.acknowledged, 200U) << "something was done at all";
  for (const reports::InvariantReport& report : chaos.witness.history.reports(chaos.store())) {
    EXPECT_EQ(report.verdict, reports::Verdict::pass)
        << report.name << ": " << report.first.value_or("");
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, KvChaos, testing::Range<std::uint64_t>(1, 5));

}  // namespace
}  // namespace wavetank::kv::test
