// Partitions that move to other brokers (KIP-455), and how fast they may (KIP-73).

#include "engine/log/controller/reassignment.h"

#include <gmock/gmock.h>

#include "engine/log/client/admin_client.h"
#include "engine/log/controller/cluster_registry.h"
#include "engine/log/replication/replication_quota.h"
#include "tests/log_roles/cluster.h"

namespace wavetank::log::test {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;

constexpr NodeId kFourth{4};

// --- the rules, without messages -----------------------------------------------------------------

/// One partition of two replicas, 0 and 1, on five brokers.
class Moving : public testing::Test {
 protected:
  Moving() {
    for (const NodeId node : topology.brokers) {
      registry.admit(node, 1);
    }
    registry.create_partitions();
  }
  [[nodiscard]] const PartitionState& state() const { return registry.partitions().front(); }
  ErrorCode move(std::vector<NodeId> to, std::uint64_t throttle = 0, PartitionId p = kP0) {
    return registry.reassign({throttle, {{p, std::move(to)}}}).partitions.at(0).error;
  }
  ErrorCode in_sync(std::vector<NodeId> nodes) {
    const std::vector<BrokerEpoch> epochs(nodes.size(), BrokerEpoch(-1));
    return registry.alter(state().leader, {kP0, state().leader_epoch, state().partition_epoch,
                                           std::move(nodes), epochs});
  }

  struct Ends final : Probe {
    void reassignment_ended(PartitionId /*p*/, bool completed) override {
      moved.push_back(completed);
    }
    std::vector<bool> moved;
  };
  Ends probe;
  static Topology five_brokers() {
    Topology it;
    it.brokers = {NodeId(0), NodeId(1), NodeId(2), NodeId(3), NodeId(4)};
    it.racks = {0, 0, 0, 0, 0};
    it.topics = {{"orders", 1, 2, 1}};
    return it;
  }
  Topology topology = five_brokers();
  ClusterRegistry registry{topology, probe};
};

TEST_F(Moving, NewReplicasLearnBesideTheOldOnes) {
  EXPECT_EQ(move({NodeId(2), NodeId(3)}), ErrorCode::none);
  EXPECT_THAT(state().replicas, ElementsAre(NodeId(2), NodeId(3), NodeId(0), NodeId(1)));
  EXPECT_THAT(state().adding, ElementsAre(NodeId(2), NodeId(3)));
  EXPECT_THAT(state().removing, ElementsAre(NodeId(0), NodeId(1)));
  EXPECT_THAT(state().in_sync, ElementsAre(NodeId(0), NodeId(1)));
  EXPECT_EQ(state().leader, NodeId(0));
}

TEST_F(Moving, WhenAllAreInSyncTheOldOnesGoAndAnotherLeads) {
  move({NodeId(2), NodeId(3)});
  const LeaderEpoch before = state().leader_epoch;
  EXPECT_EQ(in_sync({NodeId(0), NodeId(1), NodeId(2)}), ErrorCode::none);
  EXPECT_TRUE(is_reassigned(state()));
  EXPECT_EQ(in_sync({NodeId(0), NodeId(1), NodeId(2), NodeId(3)}), ErrorCode::none);
  EXPECT_FALSE(is_reassigned(state()));
  EXPECT_THAT(state().replicas, ElementsAre(NodeId(2), NodeId(3)));
  EXPECT_THAT(state().in_sync, ElementsAre(NodeId(2), NodeId(3)));
  EXPECT_EQ(state().leader, NodeId(2));
  EXPECT_EQ(state().leader_epoch, before + 1);
}

TEST_F(Moving, ALeaderThatStaysLeadsOnUntilThePreferredOneIsElected) {
  move({NodeId(2), NodeId(0)});
  const LeaderEpoch before = state().leader_epoch;
  in_sync({NodeId(0), NodeId(1), NodeId(2)});
  EXPECT_THAT(state().replicas, ElementsAre(NodeId(2), NodeId(0)));
  EXPECT_EQ(state().leader, NodeId(0));
  EXPECT_EQ(state().leader_epoch, before);
  registry.elect_preferred_leaders();
  EXPECT_EQ(state().leader, NodeId(2));
}

TEST_F(Moving, IsDoneAtOnceWhereNobodyMustLearn) {
  move({NodeId(1), NodeId(0)});
  EXPECT_FALSE(is_reassigned(state()));
  EXPECT_THAT(state().replicas, ElementsAre(NodeId(1), NodeId(0)));
  move({NodeId(1)});
  EXPECT_THAT(state().in_sync, ElementsAre(NodeId(1)));
  EXPECT_EQ(state().leader, NodeId(1));
}

TEST_F(Moving, ACancelledMoveLeavesWhatThereWas) {
  move({NodeId(2), NodeId(3)});
  in_sync({NodeId(0), NodeId(1), NodeId(2)});
  EXPECT_EQ(move({}), ErrorCode::none);
  EXPECT_THAT(state().replicas, ElementsAre(NodeId(0), NodeId(1)));
  EXPECT_THAT(state().in_sync, ElementsAre(NodeId(0), NodeId(1)));
  EXPECT_FALSE(is_reassigned(state()));
  EXPECT_EQ(move({}), ErrorCode::no_reassignment_in_progress);
}

TEST_F(Moving, AnotherMoveBeginsFromTheOldReplicas) {
  move({NodeId(2), NodeId(3)});
  in_sync({NodeId(0), NodeId(1), NodeId(2)});
  EXPECT_EQ(move({NodeId(1), NodeId(3)}), ErrorCode::none);
  EXPECT_THAT(state().replicas, ElementsAre(NodeId(1), NodeId(3), NodeId(0)));
  EXPECT_THAT(state().adding, ElementsAre(NodeId(3)));
  EXPECT_THAT(state().removing, ElementsAre(NodeId(0)));
  EXPECT_THAT(state().in_sync, ElementsAre(NodeId(0), NodeId(1)));
}

TEST_F(Moving, AskedForTwiceIsOneMove) {
  move({NodeId(2), NodeId(3)});
  in_sync({NodeId(0), NodeId(1), NodeId(2)});
  EXPECT_EQ(move({NodeId(2), NodeId(3)}), ErrorCode::none);
  EXPECT_THAT(state().in_sync, ElementsAre(NodeId(0), NodeId(1), NodeId(2)));
  in_sync({NodeId(0), NodeId(1), NodeId(2), NodeId(3)});
  EXPECT_THAT(probe.moved, ElementsAre(true));
}

TEST_F(Moving, IsRefusedWhereItMakesNoSense) {
  EXPECT_EQ(move({NodeId(2), NodeId(2)}), ErrorCode::invalid_replica_assignment);
  EXPECT_EQ(move({NodeId(2), NodeId(77)}), ErrorCode::invalid_replica_assignment);
  EXPECT_EQ(move({NodeId(2)}, 0, PartitionId(5)), ErrorCode::unknown_partition);
  EXPECT_FALSE(is_reassigned(state()));
}

TEST_F(Moving, IsNotGivenUpWhereOnlyTheNewReplicasHaveEverything) {
  move({NodeId(2), NodeId(3)});
  in_sync({NodeId(0), NodeId(1), NodeId(2)});
  registry.fence({NodeId(0), NodeId(1)});
  EXPECT_EQ(state().leader, NodeId(2));
  EXPECT_EQ(move({}), ErrorCode::invalid_replica_assignment);
  EXPECT_EQ(in_sync({NodeId(2), NodeId(3)}), ErrorCode::none);
  EXPECT_THAT(state().replicas, ElementsAre(NodeId(2), NodeId(3)));
}

TEST_F(Moving, IsPartOfASnapshotWithItsThrottle) {
  move({NodeId(2), NodeId(3)}, 20'000'000);
  ByteWriter to;
  registry.encode(to);
  ClusterRegistry read(topology, probe);
  ASSERT_TRUE(read.decode(to.view()));
  EXPECT_EQ(read.partitions()[0].adding, state().adding);
  EXPECT_EQ(read.partitions()[0].removing, state().removing);
  EXPECT_EQ(read.since(0).replication_throttle, 20'000'000U);
}

TEST_F(Moving, TheThrottleGoesWithTheLastMove) {
  EXPECT_EQ(move({NodeId(1), NodeId(0)}, 20'000'000), ErrorCode::none);
  EXPECT_EQ(registry.since(0).replication_throttle, 0U) << "it was done at once";
  move({NodeId(2), NodeId(3)}, 20'000'000);
  move({NodeId(2), NodeId(3)});
  const std::int64_t version = registry.version();
  EXPECT_EQ(registry.since(0).replication_throttle, 20'000'000U) << "nobody has changed it";
  in_sync({NodeId(0), NodeId(1), NodeId(2), NodeId(3)});
  EXPECT_EQ(registry.since(version).replication_throttle, 0U);
}

TEST(ReplicationQuota, LetsThroughItsRateOnAverage) {
  ReplicationQuota quota;
  quota.set_rate(1'000);
  Time now = Time() + seconds(10);
  for (int i = 0; i < 20; ++i) {
    quota.record(500, now);
    now = std::max(now, quota.free_at()) + milliseconds(100);  // nobody is at once on the spot
  }
  EXPECT_NEAR((now - Time()).seconds(), 10 + 20 * 0.5, 0.2) << "what was not used is made up for";
  EXPECT_FALSE(quota.exceeded(now));
  quota.record(2'000, now);
  EXPECT_TRUE(quota.exceeded(now));
  quota.set_rate(0);
  EXPECT_FALSE(quota.exceeded(now));
}

// --- real brokers --------------------------------------------------------------------------------

class Operator final : public AdminListener {
 public:
  void on_reassignments(const AlterPartitionReassignmentsResponse& response) override {
    for (const auto& partition : response.partitions) {
      answers.push_back(partition.error);
    }
  }
  std::vector<ErrorCode> answers;
};

constexpr NodeId kAdmin{40};

ClusterSpec four_brokers() {
  ClusterSpec spec;
  spec.brokers = 4;
  spec.topics = {{"orders", 1, 2, 1}, {std::string(kOffsetsTopic), 1, 1, 1}};
  spec.broker.heartbeat_interval = milliseconds(200);
  spec.broker.request_timeout = seconds(1);
  spec.broker.replica_lag_max = seconds(5);
  spec.broker.replica_fetch_max_bytes = 10'000;
  spec.broker.replica_fetch_response_max_bytes = 20'000;
  spec.controller.session_timeout = seconds(2);
  return spec;
}

/// "orders-0" lies on brokers 1 (leads) and 2.
class Move : public testing::Test {
 protected:
  explicit Move(ClusterSpec spec = four_brokers()) : cluster(std::move(spec)) {
    cluster.host.add(kAdmin, [this] {
      return std::make_unique<AdminClient>(AdminClient::Config{}, cluster.topology, operator_);
    });
    cluster.host.start(kAdmin);
    cluster.await_leader(kP0, kFirst);
  }
  /// Records of about `each` bytes.
  void fill(int count, std::size_t each = 10) {
    for (int i = 0; i < count; ++i) {
      values.push_back(std::to_string(values.size()) + std::string(each, '.'));
      EXPECT_EQ(cluster.produce(kP0, values.back()).error, ErrorCode::none);
    }
  }
  void ask(std::vector<NodeId> to, std::uint64_t throttle = 0) {
    cluster.host.role<AdminClient>(kAdmin).alter_reassignments(
        cluster.host.clock(), {throttle, {{kP0, std::move(to)}}}, cluster.host.ports(kAdmin));
  }
  [[nodiscard]] bool holds(NodeId broker) { return cluster.replica(broker, kP0).has_value(); }
  [[nodiscard]] std::vector<NodeId> holders() {
    std::vector<NodeId> brokers;
    for (const NodeId broker : cluster.topology.brokers) {
      if (holds(broker)) {
        brokers.push_back(broker);
      }
    }
    return brokers;
  }
  /// Runs until only these hold it; how long that took.
  Duration await(const std::vector<NodeId>& brokers, Duration limit = seconds(120)) {
    const Time before = cluster.host.now();
    EXPECT_TRUE(cluster.host.run_until([&] { return holders() == brokers; }, limit));
    return cluster.host.now() - before;
  }
  void expect_everything_on(const std::vector<NodeId>& brokers) {
    for (const NodeId broker : brokers) {
      EXPECT_THAT(cluster.stored(broker, kP0), ElementsAreArray(values));
    }
  }

  Operator operator_;
  Cluster cluster;
  std::vector<std::string> values;
};

TEST_F(Move, BringsAllRecordsToTheNewBrokersAndTakesThemFromTheOld) {
  fill(50);
  ask({kThird, kFourth});
  await({kThird, kFourth});
  cluster.await_leader(kP0, kThird);
  EXPECT_THAT(operator_.answers, ElementsAre(ErrorCode::none));
  expect_everything_on({kThird, kFourth});
  EXPECT_THAT(cluster.in_sync(kP0), ElementsAre(kThird, kFourth));
  fill(5);
  expect_everything_on({kThird, kFourth});
  for (const NodeId old : {kFirst, kSecond}) {
    for (const std::string& file : cluster.host.storage(old).list("orders-0/")) {
      if (file.ends_with(".log")) {
        EXPECT_EQ(cluster.host.storage(old).size(cluster.host.storage(old).open(file)), 0U) << file;
      }
    }
  }
}

TEST_F(Move, NobodyWaitsForThoseWhoLearn) {
  fill(5);
  cluster.host.cut_both(kFirst, kThird);
  ask({kFirst, kThird});
  cluster.run(seconds(1));
  const Time before = cluster.host.now();
  fill(5);
  EXPECT_LT(cluster.host.now() - before, milliseconds(20));
  EXPECT_THAT(cluster.in_sync(kP0), ElementsAre(kFirst, kSecond));
}

TEST_F(Move, TakesTheTimeThatItsThrottleAllows) {
  fill(100, 10'000);
  ask({kFirst, kThird}, 100'000);  // a megabyte
  EXPECT_NEAR(await({kFirst, kThird}).seconds(), 10.0, 1.0);
  expect_everything_on({kThird});
}

TEST_F(Move, OfTwoReplicasIsThrottledByTheLeaderThatServesBoth) {
  fill(100, 10'000);
  ask({kThird, kFourth}, 100'000);
  EXPECT_NEAR(await({kThird, kFourth}).seconds(), 20.0, 2.0);
}

TEST_F(Move, WithoutAThrottleIsQuick) {
  fill(100, 10'000);
  ask({kThird, kFourth});
  EXPECT_LT(await({kThird, kFourth}), seconds(2));
}

TEST_F(Move, NeverThrottlesWhoIsInSync) {
  fill(100, 10'000);
  ask({kFirst, kThird}, 100'000);
  cluster.run(seconds(3));
  const Time before = cluster.host.now();
  fill(10, 5'000);
  EXPECT_LT(cluster.host.now() - before, milliseconds(50));
  EXPECT_TRUE(holds(kSecond)) << "it is still under way";
}

TEST_F(Move, IsCancelledOnDemand) {
  fill(100, 10'000);
  ask({kThird, kFourth}, 100'000);
  cluster.run(seconds(3));
  EXPECT_THAT(holders(), ElementsAre(kFirst, kSecond, kThird, kFourth));
  ask({});
  await({kFirst, kSecond}, seconds(2));
  EXPECT_THAT(operator_.answers, ElementsAre(ErrorCode::none, ErrorCode::none));
  expect_everything_on({kFirst, kSecond});
}

TEST_F(Move, OutlivesTheCrashOfATarget) {
  fill(100, 10'000);
  ask({kFirst, kThird}, 100'000);
  cluster.run(seconds(3));
  cluster.host.kill(kThird);
  cluster.run(seconds(5));
  fill(5);
  cluster.host.restart(kThird);
  EXPECT_LT(await({kFirst, kThird}), seconds(9)) << "it goes on where it was";
  expect_everything_on({kFirst, kThird});
}

TEST_F(Move, OutlivesTheCrashOfItsSource) {
  fill(100, 10'000);
  ask({kThird, kFourth}, 100'000);
  cluster.run(seconds(3));
  cluster.host.kill(kFirst);
  cluster.await_leader(kP0, kSecond);
  fill(5);
  await({kThird, kFourth});
  expect_everything_on({kThird, kFourth});
}

TEST_F(Move, ARemovedBrokerThatWasDownForgetsItsCopyWhenItReturns) {
  fill(20);
  cluster.host.kill(kSecond);
  cluster.await_in_sync(kP0, 1);
  ask({kFirst, kThird});
  cluster.run(seconds(2));
  EXPECT_THAT(cluster.in_sync(kP0), ElementsAre(kFirst, kThird));
  cluster.host.restart(kSecond);
  await({kFirst, kThird}, seconds(5));
}

TEST_F(Move, BackToABrokerThatOnceHeldThePartition) {
  fill(20);
  ask({kFirst, kThird});
  await({kFirst, kThird});
  fill(20);
  ask({kSecond, kFirst});
  await({kFirst, kSecond});
  expect_everything_on({kFirst, kSecond});
}

/// Where a controller that dies is replaced.
enum class Upon { quorum, ensemble };

class MoveUpon : public Move, public testing::WithParamInterface<Upon> {
 protected:
  static ClusterSpec spec() {
    ClusterSpec it = four_brokers();
    it.controllers = 3;
    it.ensemble = GetParam() == Upon::ensemble;
    return it;
  }
  MoveUpon() : Move(spec()) {}
  /// It is a broker, too, upon an ensemble: perhaps one that takes part in the move.
  void replace_controller() {
    const NodeId killed = cluster.await_controller();
    cluster.host.kill(killed);
    cluster.run(seconds(3));
    EXPECT_NE(cluster.await_controller(), killed);
    cluster.host.restart(killed);
  }
};
INSTANTIATE_TEST_SUITE_P(, MoveUpon, testing::Values(Upon::quorum, Upon::ensemble),
                         [](const auto& it) {
                           return it.param == Upon::quorum ? "AQuorum" : "AnEnsemble";
                         });

TEST_P(MoveUpon, BringsAllRecordsToTheNewBrokers) {
  fill(50);
  ask({kThird, kFourth});
  await({kThird, kFourth});
  cluster.await_leader(kP0, kThird);
  EXPECT_THAT(operator_.answers, ElementsAre(ErrorCode::none));
  EXPECT_THAT(cluster.in_sync(kP0), ElementsAre(kThird, kFourth));
  expect_everything_on({kThird, kFourth});
}

TEST_P(MoveUpon, GoesOnUnderAnotherController) {
  fill(100, 10'000);
  ask({kThird, kFourth}, 100'000);
  cluster.run(seconds(3));
  EXPECT_THAT(operator_.answers, ElementsAre(ErrorCode::none)) << "whoever was active was found";
  replace_controller();
  const Duration rest = await({kThird, kFourth});
  EXPECT_GT(rest, seconds(10)) << "its throttle holds on";
  expect_everything_on({kThird, kFourth});
}

TEST_P(MoveUpon, IsCancelledByAnotherControllerThanBeganIt) {
  fill(100, 10'000);
  ask({kThird, kFourth}, 100'000);
  cluster.run(seconds(3));
  replace_controller();
  ask({});
  await({kFirst, kSecond}, seconds(20));
  EXPECT_THAT(operator_.answers, ElementsAre(ErrorCode::none, ErrorCode::none));
  expect_everything_on({kFirst, kSecond});
}

TEST_P(MoveUpon, IsAskedForUntilSomebodyAnswers) {
  const NodeId killed = cluster.await_controller();
  cluster.host.kill(killed);
  ask({kThird, kFourth});
  cluster.run(seconds(5));
  EXPECT_THAT(operator_.answers, ElementsAre(ErrorCode::none));
  cluster.host.restart(killed);
  await({kThird, kFourth});
}

}  // namespace
}  // namespace wavetank::log::test
