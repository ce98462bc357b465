// Random faults, fixed seeds: whatever was acknowledged by all in-sync replicas is there in the
// end, once, in the order of its offsets, on every replica.

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "engine/base/random.h"
#include "tests/log_roles/cluster.h"

namespace wavetank::log::test {
namespace {

constexpr std::uint32_t kPartitions = 6;

/// Who decides in the cluster.
enum class HeldBy : std::uint8_t { controller, quorum, ensemble };

class Chaos {
 public:
  Chaos(HeldBy held_by, std::uint64_t seed) : random_(seed, "chaos"), cluster_(quick(held_by)) {
    deciders_ =
        held_by == HeldBy::ensemble ? cluster_.ensemble.voters : cluster_.topology.controllers;
    all_.insert(all_.end(), deciders_.begin(), deciders_.end());
  }

  void rage(int rounds) {
    for (int round = 0; round < rounds; ++round) {
      fault();
      for (int i = 0; i < 40; ++i) {
        send();
        cluster_.run(milliseconds(static_cast<std::int64_t>(10 + random_.below(100))));
        note_answers();
      }
    }
  }

  void calm() {
    cluster_.host.heal_all();
    for (const NodeId node : all_) {
      if (!cluster_.host.running(node)) {
        cluster_.host.restart(node);
      }
    }
    for (std::uint32_t p = 0; p < kPartitions; ++p) {
      cluster_.await_in_sync(PartitionId(p), 3);
    }
    cluster_.run(seconds(40));
    note_answers();
  }

  void verify() {
    EXPECT_GT(acknowledged_.size(), 100U) << "something got through";
    std::map<PartitionId, std::vector<std::string>> logs;
    for (std::uint32_t p = 0; p < kPartitions; ++p) {
      const PartitionId partition(p);
      logs[partition] = cluster_.stored(kFirst, partition);
      EXPECT_EQ(logs[partition], cluster_.stored(kSecond, partition));
      EXPECT_EQ(logs[partition], cluster_.stored(kThird, partition));
      const std::set<std::string> once(logs[partition].begin(), logs[partition].end());
      EXPECT_EQ(once.size(), logs[partition].size());
    }
    for (const auto& [value, place] : acknowledged_) {
      const auto& log = logs[place.first];
      const auto at = static_cast<std::size_t>(place.second.value());
      ASSERT_LT(at, log.size()) << value << " is lost";
      EXPECT_EQ(log[at], value) << "is lost";
    }
  }

 private:
  static ClusterSpec quick(HeldBy held_by) {
    ClusterSpec spec;
    spec.controllers = held_by == HeldBy::quorum ? 3 : 1;
    spec.ensemble = held_by == HeldBy::ensemble;
    spec.controller.quorum = {milliseconds(300), milliseconds(600), milliseconds(100)};
    spec.controller.quorum.snapshot_entries = 20;
    spec.broker.replica_lag_max = seconds(4);
    spec.broker.request_timeout = seconds(2);
    spec.broker.heartbeat_interval = milliseconds(500);
    spec.controller.session_timeout = seconds(2);
    spec.controller.leader_imbalance_check = seconds(7);
    return spec;
  }

  NodeId any_decider() { return deciders_[random_.below(deciders_.size())]; }
  NodeId any_broker() { return cluster_.topology.brokers[random_.below(3)]; }

  /// Each choice undoes itself the next time it comes to the same node.
  void fault() {
    const NodeId node = any_broker();
    switch (random_.below(7)) {
      case 0:
        toggle(node, [&] { cluster_.host.kill(node); });
        break;
      case 1:
        toggle(node, [&] { cluster_.host.crash(node); });
        break;
      case 2:
        lose_tail(node);
        break;
      case 3:
        cluster_.host.cut_both(node, any_broker());
        break;
      case 4:
        cluster_.host.cut(node, any_decider());
        break;
      case 5:
        toggle_decider(any_decider());
        break;
      default:
        cluster_.host.heal_all();
    }
  }

  void toggle_decider(NodeId node) {
    toggle(node, [&] { cluster_.host.kill(node); });
  }

  template <class Stop>
  void toggle(NodeId node, const Stop& stop) {
    if (cluster_.host.running(node)) {
      stop();
    } else {
      cluster_.host.restart(node);
    }
  }

  /// Power loss. Only from a healthy cluster: replication of three cannot stand a second failure
  /// before the first is healed.
  void lose_tail(NodeId node) {
    cluster_.host.heal_all();
    for (const NodeId other : all_) {
      if (!cluster_.host.running(other)) {
        cluster_.host.restart(other);
      }
    }
    cluster_.run(seconds(5));  // until leaders know who has been away
    for (std::uint32_t p = 0; p < kPartitions; ++p) {
      cluster_.await_in_sync(PartitionId(p), 3);
    }
    cluster_.host.crash(node);
    cluster_.host.storage(node).lose_unsynced();
    cluster_.host.restart(node);
    cluster_.run(seconds(1));
  }

  void send() {
    const PartitionId p(static_cast<std::uint32_t>(random_.below(kPartitions)));
    const NodeId broker = cluster_.leader(p) == kNoNode ? any_broker() : cluster_.leader(p);
    if (!cluster_.host.running(broker)) {
      return;
    }
    const std::string value = "v" + std::to_string(sent_++);
    sent_to_[cluster_.send(broker, p, {value}, Acks::all, {}, seconds(20))] = {value, p};
  }

  void note_answers() {
    for (auto it = sent_to_.begin(); it != sent_to_.end();) {
      const auto answer = cluster_.answer<ProduceResponse>(it->first);
      if (answer && answer->partitions.at(0).error == ErrorCode::none) {
        acknowledged_[it->second.first] = {it->second.second, answer->partitions[0].base_offset};
      }
      it = answer ? sent_to_.erase(it) : std::next(it);
    }
  }

  std::vector<NodeId> deciders_;
  std::vector<NodeId> all_{kFirst, kSecond, kThird};
  Random random_;
  Cluster cluster_;
  int sent_ = 0;
  std::map<CorrelationId, std::pair<std::string, PartitionId>> sent_to_;
  std::map<std::string, std::pair<PartitionId, Offset>> acknowledged_;
};

class ChaosOfSeed : public testing::TestWithParam<std::tuple<HeldBy, std::uint64_t>> {};

TEST_P(ChaosOfSeed, LosesNothingAcknowledged) {
  const auto [held_by, seed] = GetParam();
  Chaos chaos(held_by, seed);
  chaos.rage(60);
  chaos.calm();
  chaos.verify();
}

INSTANTIATE_TEST_SUITE_P(Seeds, ChaosOfSeed,
                         testing::Combine(testing::Values(HeldBy::controller, HeldBy::quorum,
                                                          HeldBy::ensemble),
                                          testing::Range<std::uint64_t>(1, 7)));

}  // namespace
}  // namespace wavetank::log::test
