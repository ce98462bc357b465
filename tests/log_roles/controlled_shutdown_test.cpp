// Brokers that are asked to end let others lead first (KIP-631).

#include <gmock/gmock.h>

#include "engine/log/controller/cluster_registry.h"
#include "tests/log_roles/cluster.h"

namespace wavetank::log::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Not;

ClusterSpec impatient() {
  ClusterSpec spec;
  spec.broker.heartbeat_interval = milliseconds(200);
  spec.broker.controlled_shutdown_max = seconds(20);
  spec.broker.replica_lag_max = seconds(10);
  spec.broker.request_timeout = seconds(1);
  return spec;
}

void await_end(Cluster& cluster, NodeId broker, Duration limit) {
  EXPECT_TRUE(cluster.host.run_until([&] { return !cluster.host.running(broker); }, limit))
      << "it does not end";
}

TEST(ControlledShutdown, LetsOthersLeadBeforeTheProcessEnds) {
  Cluster cluster(impatient());
  ASSERT_EQ(cluster.leader(kP0), kFirst);
  bool led_by_another_before_the_end = false;
  cluster.host.terminate(kFirst);
  EXPECT_TRUE(cluster.host.run_until(
      [&] {
        led_by_another_before_the_end |=
            cluster.host.running(kFirst) && cluster.leader(kP0) == kSecond;
        return !cluster.host.running(kFirst);
      },
      seconds(2)));
  EXPECT_TRUE(led_by_another_before_the_end);
  EXPECT_THAT(cluster.in_sync(kP0), ElementsAre(kSecond, kThird));
}

TEST(ControlledShutdown, HoldsNoAcknowledgementUpThoughFollowersHaveJustKeptUp) {
  Cluster cluster(impatient());
  cluster.host.terminate(kFirst);
  await_end(cluster, kFirst, seconds(2));
  const Time before = cluster.host.now();
  EXPECT_EQ(cluster.produce(kP0, "a").error, ErrorCode::none);
  EXPECT_LT(cluster.host.now() - before, milliseconds(50))
      << "nobody waits for the lag of a broker that has said that it ends";
}

TEST(ControlledShutdown, IsNotNeededTwice) {
  Cluster cluster(impatient());
  cluster.host.terminate(kFirst);
  await_end(cluster, kFirst, seconds(2));
  const LeaderEpoch epoch = cluster.replica(kSecond, kP0)->epoch;
  cluster.run(seconds(30));  // its session would have ended by now
  EXPECT_EQ(cluster.replica(kSecond, kP0)->epoch, epoch);
  EXPECT_THAT(cluster.probe.fenced, ElementsAre(kFirst));
}

TEST(ControlledShutdown, TheNextProcessComesBackIntoSync) {
  Cluster cluster(impatient());
  cluster.produce(kP0, "a");
  cluster.host.terminate(kFirst);
  await_end(cluster, kFirst, seconds(2));
  cluster.produce(kP0, "b");
  cluster.host.restart(kFirst);
  cluster.await_in_sync(kP0, 3);
  EXPECT_THAT(cluster.stored(kFirst, kP0), ElementsAre("a", "b"));
}

TEST(ControlledShutdown, WaitsForAReplicaThatIsBehindToTakeOver) {
  ClusterSpec spec = impatient();
  spec.topics = {{"orders", 1, 2, 1}, {std::string(kOffsetsTopic), 1, 1, 1}};
  Cluster cluster(spec);
  const NodeId leader = cluster.leader(kP0);
  const NodeId other = cluster.topology.brokers[0] == leader ? kSecond : kFirst;
  cluster.host.kill(other);
  cluster.await_in_sync(kP0, 1);
  cluster.produce(kP0, "a");
  cluster.host.cut_both(leader, other);
  cluster.host.restart(other);
  cluster.run(seconds(3));
  cluster.host.terminate(leader);
  cluster.run(seconds(10));
  ASSERT_TRUE(cluster.host.running(leader)) << "it is the only one that has the record";
  cluster.host.heal_all();
  await_end(cluster, leader, seconds(5));
  EXPECT_EQ(cluster.leader(kP0), other);
  EXPECT_THAT(cluster.stored(other, kP0), ElementsAre("a"));
}

TEST(ControlledShutdown, EndsAtOnceWhereNobodyCouldTakeOver) {
  ClusterSpec spec = impatient();
  spec.topics = {{"orders", 3, 1, 1}, {std::string(kOffsetsTopic), 1, 1, 1}};
  Cluster cluster(spec);
  cluster.host.terminate(kFirst);
  await_end(cluster, kFirst, seconds(2));
  EXPECT_THAT(cluster.probe.offline, Contains(kP0));
}

TEST(ControlledShutdown, EndsAfterABoundedTimeThoughNobodyAnswers) {
  Cluster cluster(impatient());
  cluster.host.cut_both(kFirst, kController);
  const Time before = cluster.host.now();
  cluster.host.terminate(kFirst);
  await_end(cluster, kFirst, seconds(60));
  EXPECT_EQ(cluster.host.now() - before, seconds(20));
}

TEST(ControlledShutdown, IsNotAskedForWithoutTimeForIt) {
  ClusterSpec spec = impatient();
  spec.broker.controlled_shutdown_max = Duration();
  Cluster cluster(spec);
  cluster.host.terminate(kFirst);
  EXPECT_FALSE(cluster.host.running(kFirst));
  EXPECT_THAT(cluster.probe.fenced, Not(Contains(kFirst)));
}

TEST(ControlledShutdown, GoesOnUnderAnotherController) {
  ClusterSpec spec = impatient();
  spec.controllers = 3;
  Cluster cluster(spec);
  cluster.await_leader(kP0, kFirst);
  const NodeId active = cluster.await_controller();
  cluster.host.terminate(kFirst);
  cluster.run(microseconds(1500));  // it is being decided
  cluster.host.kill(active);
  await_end(cluster, kFirst, seconds(15));
  EXPECT_NE(cluster.leader(kP0), kFirst);
  EXPECT_EQ(cluster.produce(kP0, "a").error, ErrorCode::none);
}

TEST(ControlledShutdown, OfABrokerThatIsStillRecoveringIsItsEnd) {
  ClusterSpec spec = impatient();
  spec.start = false;
  Cluster cluster(spec);
  cluster.host.start(kFirst);
  cluster.host.terminate(kFirst);
  cluster.run(seconds(1));
  EXPECT_FALSE(cluster.host.running(kFirst)) << "no controller knows it";
}

// --- the rules, without messages -----------------------------------------------------------------

class Leaving : public testing::Test {
 protected:
  Leaving() {
    for (const NodeId node : topology.brokers) {
      registry.admit(node, 1);
    }
    registry.create_partitions();
  }
  [[nodiscard]] const PartitionState& state() const { return registry.partitions().front(); }
  [[nodiscard]] AlterPartitionRequest::Partition change(std::vector<NodeId> in_sync) const {
    std::vector<BrokerEpoch> epochs(in_sync.size(), BrokerEpoch(-1));
    return {kP0, state().leader_epoch, state().partition_epoch, std::move(in_sync), epochs};
  }

  Probe probe;
  static Topology one_partition_of_three() {
    Topology it;
    it.brokers = {NodeId(0), NodeId(1), NodeId(2)};
    it.racks = {0, 0, 0};
    it.topics = {{"orders", 1, 3, 1}};
    return it;
  }
  Topology topology = one_partition_of_three();
  ClusterRegistry registry{topology, probe};
};

TEST_F(Leaving, ABrokerDoesNotComeBackIntoSyncUntilItsNextProcess) {
  registry.retire(NodeId(0));
  EXPECT_THAT(state().in_sync, ElementsAre(NodeId(1), NodeId(2)));
  const auto all = change({NodeId(0), NodeId(1), NodeId(2)});
  EXPECT_EQ(registry.alter(NodeId(1), all), ErrorCode::ineligible_replica);
  registry.admit(NodeId(0), 2);
  EXPECT_EQ(registry.alter(NodeId(1), change(all.in_sync)), ErrorCode::none);
}

TEST_F(Leaving, ABrokerThatIsAloneLeadsUntilAnotherIsInSync) {
  EXPECT_EQ(registry.alter(NodeId(0), change({NodeId(0)})), ErrorCode::none);
  registry.retire(NodeId(0));
  EXPECT_EQ(state().leader, NodeId(0));
  EXPECT_TRUE(registry.is_needed(NodeId(0)));
  EXPECT_EQ(registry.alter(NodeId(0), change({NodeId(0), NodeId(2)})), ErrorCode::none);
  EXPECT_EQ(state().leader, NodeId(2));
  EXPECT_THAT(state().in_sync, ElementsAre(NodeId(2)));
  EXPECT_FALSE(registry.is_needed(NodeId(0)));
}

TEST_F(Leaving, IsPartOfASnapshot) {
  registry.retire(NodeId(0));
  ByteWriter to;
  registry.encode(to);
  ClusterRegistry read(topology, probe);
  ASSERT_TRUE(read.decode(to.view()));
  EXPECT_TRUE(read.broker(NodeId(0))->leaving);
  EXPECT_FALSE(read.broker(NodeId(1))->leaving);
  EXPECT_TRUE(read.broker(NodeId(0))->alive);
}

}  // namespace
}  // namespace wavetank::log::test
