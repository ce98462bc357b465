// Leaders that die, return, or only believe that they lead.

#include <gmock/gmock.h>

#include "tests/log_roles/cluster.h"

namespace wavetank::log::test {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::IsEmpty;

std::vector<std::string> produce_many(Cluster& cluster, PartitionId p, int from, int count) {
  std::vector<std::string> values;
  for (int i = from; i < from + count; ++i) {
    values.push_back("r" + std::to_string(i));
    EXPECT_EQ(cluster.produce(p, values.back()).error, ErrorCode::none);
  }
  return values;
}

TEST(Failover, AnInSyncReplicaLeadsNextAndNothingAcknowledgedIsLost) {
  Cluster cluster;
  std::vector<std::string> acknowledged = produce_many(cluster, kP0, 0, 20);
  cluster.host.kill(kFirst);
  cluster.await_leader(kP0, kSecond);
  EXPECT_EQ(cluster.replica(kSecond, kP0)->epoch, LeaderEpoch(1));
  const auto more = produce_many(cluster, kP0, 20, 20);
  acknowledged.insert(acknowledged.end(), more.begin(), more.end());
  EXPECT_THAT(cluster.stored(kSecond, kP0), ElementsAreArray(acknowledged));
  EXPECT_THAT(cluster.stored(kThird, kP0), ElementsAreArray(acknowledged));
  EXPECT_THAT(cluster.probe.fenced, ElementsAre(kFirst));
}

TEST(Failover, TheDeadLeaderReturnsAsAFollowerAndCatchesUp) {
  Cluster cluster;
  produce_many(cluster, kP0, 0, 5);
  cluster.host.kill(kFirst);
  cluster.await_leader(kP0, kSecond);
  produce_many(cluster, kP0, 5, 5);
  cluster.host.restart(kFirst);
  cluster.await_in_sync(kP0, 3);
  EXPECT_EQ(cluster.leader(kP0), kSecond);
  EXPECT_EQ(cluster.stored(kFirst, kP0), cluster.stored(kSecond, kP0));
}

TEST(Failover, LeadershipGoesBackToThePreferredReplicaInTheEnd) {
  ClusterSpec spec;
  spec.controller.leader_imbalance_check = seconds(60);
  Cluster cluster(spec);
  cluster.host.kill(kFirst);
  cluster.await_leader(kP0, kSecond);
  cluster.host.restart(kFirst);
  cluster.await_leader(kP0, kFirst);
  EXPECT_EQ(cluster.produce(kP0, "a").error, ErrorCode::none);
}

TEST(Failover, WithoutThePreferenceLeadershipStays) {
  ClusterSpec spec;
  spec.controller.leader_imbalance_check = Duration();
  Cluster cluster(spec);
  cluster.host.kill(kFirst);
  cluster.await_leader(kP0, kSecond);
  cluster.host.restart(kFirst);
  cluster.run(seconds(1'000));
  EXPECT_EQ(cluster.leader(kP0), kSecond);
}

TEST(Failover, AQuickRestartIsADeathAllTheSame) {
  Cluster cluster;
  produce_many(cluster, kP0, 0, 5);
  cluster.host.kill(kFirst);
  cluster.host.restart(kFirst);
  cluster.await_leader(kP0, kSecond);
  cluster.await_in_sync(kP0, 3);
  EXPECT_EQ(cluster.probe.registered.size(), 4U);
  EXPECT_LT(cluster.probe.registered[2].second, cluster.probe.registered[3].second);
}

TEST(Failover, AReplicaThatLostItsTailIsOutOfSyncUntilItHasItAgain) {
  Cluster cluster;
  const auto values = produce_many(cluster, kP0, 0, 10);
  cluster.host.crash(kThird);
  cluster.host.storage(kThird).lose_unsynced();
  cluster.host.restart(kThird);
  // Its first breath: the others still count on what it had.
  cluster.host.run_until([&] { return cluster.probe.in_sync[kP0].size() == 2; }, seconds(1));
  EXPECT_THAT(cluster.probe.in_sync[kP0], ElementsAre(kFirst, kSecond));
  cluster.host.run_until([&] { return cluster.probe.in_sync[kP0].size() == 3; }, seconds(60));
  EXPECT_THAT(cluster.stored(kThird, kP0), ElementsAreArray(values));
}

TEST(Failover, TheDivergentTailOfADeadLeaderIsCut) {
  Cluster cluster;
  produce_many(cluster, kP0, 0, 3);
  cluster.host.cut_both(kFirst, kSecond);
  cluster.host.cut_both(kFirst, kThird);
  for (const char* value : {"lost1", "lost2"}) {
    EXPECT_EQ(cluster.produce(kP0, value, Acks::leader).error, ErrorCode::none);
  }
  cluster.host.kill(kFirst);
  cluster.host.heal_all();
  cluster.await_leader(kP0, kSecond);
  produce_many(cluster, kP0, 3, 4);
  cluster.host.restart(kFirst);
  cluster.await_in_sync(kP0, 3);
  EXPECT_THAT(cluster.stored(kFirst, kP0), ElementsAre("r0", "r1", "r2", "r3", "r4", "r5", "r6"));
  ASSERT_EQ(cluster.probe.cuts.size(), 1U);
  EXPECT_EQ(cluster.probe.cuts[0].from, Offset(5));
  EXPECT_EQ(cluster.probe.cuts[0].to, Offset(3));
}

TEST(Failover, TheTailIsCutThoughItsPlaceIsNotInMemory) {
  Cluster cluster;
  produce_many(cluster, kP0, 0, 3);
  cluster.host.cut_both(kFirst, kController);
  cluster.host.cut_both(kFirst, kSecond);
  cluster.host.cut_both(kFirst, kThird);
  cluster.send(kFirst, kP0, {"lost"}, Acks::leader);
  cluster.await_leader(kP0, kSecond);
  produce_many(cluster, kP0, 3, 1);
  cluster.host.storage(kFirst).evict();
  cluster.host.heal_all();
  cluster.await_in_sync(kP0, 3);
  EXPECT_THAT(cluster.stored(kFirst, kP0), ElementsAre("r0", "r1", "r2", "r3"));
}

TEST(Failover, AFollowerWhoseWholeLogIsForeignBeginsAnew) {
  Cluster cluster;
  cluster.host.cut_both(kFirst, kSecond);
  cluster.host.cut_both(kFirst, kThird);
  EXPECT_EQ(cluster.produce(kP0, "lost", Acks::leader).error, ErrorCode::none);
  cluster.host.kill(kFirst);
  cluster.host.heal_all();
  cluster.await_leader(kP0, kSecond);
  cluster.host.restart(kFirst);
  cluster.await_in_sync(kP0, 3);
  EXPECT_THAT(cluster.stored(kFirst, kP0), IsEmpty());
  produce_many(cluster, kP0, 0, 1);
  EXPECT_THAT(cluster.stored(kFirst, kP0), ElementsAre("r0"));
}

TEST(Zombie, ALeaderWithoutTheClusterCommitsNothing) {
  Cluster cluster;
  for (const NodeId other : {kController, kSecond, kThird}) {
    cluster.host.cut_both(kFirst, other);
  }
  const CorrelationId id = cluster.send(kFirst, kP0, {"lost"}, Acks::all, {}, seconds(20));
  cluster.await_leader(kP0, kSecond);
  EXPECT_TRUE(cluster.replica(kFirst, kP0)->leader) << "it does not know yet";
  produce_many(cluster, kP0, 0, 2);
  EXPECT_EQ(cluster.await<ProduceResponse>(id).partitions.at(0).error,
            ErrorCode::request_timed_out);
  EXPECT_EQ(cluster.replica(kFirst, kP0)->high_watermark, Offset(0));
}

TEST(Zombie, StepsDownAndFailsItsWaitersWhenItLearnsOfTheNextLeader) {
  Cluster cluster;
  for (const NodeId other : {kController, kSecond, kThird}) {
    cluster.host.cut_both(kFirst, other);
  }
  const CorrelationId id = cluster.send(kFirst, kP0, {"lost"}, Acks::all, {}, seconds(100));
  cluster.await_leader(kP0, kSecond);
  cluster.host.heal_all();
  EXPECT_EQ(cluster.await<ProduceResponse>(id).partitions.at(0).error,
            ErrorCode::not_leader_or_follower);
  cluster.await_in_sync(kP0, 3);
  EXPECT_THAT(cluster.stored(kFirst, kP0), IsEmpty());
}

TEST(Zombie, CutOffFromTheControllerOnlyServesOnBehindItsReplicas) {
  Cluster cluster;
  cluster.host.cut_both(kFirst, kController);
  cluster.run(seconds(5));
  EXPECT_EQ(cluster.produce(kP0, "a").error, ErrorCode::none) << "not given up yet";
  EXPECT_THAT(cluster.stored(kSecond, kP0), ElementsAre("a"));
  cluster.await_leader(kP0, kSecond);
  const CorrelationId id = cluster.send(kFirst, kP0, {"b"}, Acks::all, {}, seconds(3));
  EXPECT_EQ(cluster.await<ProduceResponse>(id).partitions.at(0).error,
            ErrorCode::request_timed_out);
  EXPECT_THAT(cluster.stored(kSecond, kP0), ElementsAre("a"));
}

TEST(Offline, APartitionWaitsForALastMemberOfItsInSyncSet) {
  Cluster cluster;
  produce_many(cluster, kP0, 0, 2);
  cluster.host.crash(kSecond);
  cluster.host.crash(kThird);
  cluster.await_in_sync(kP0, 1);
  EXPECT_EQ(cluster.produce(kP0, "only here", Acks::leader).error, ErrorCode::none);
  cluster.host.crash(kFirst);
  cluster.run(seconds(20));
  cluster.host.restart(kSecond);
  cluster.host.restart(kThird);
  cluster.run(seconds(20));
  EXPECT_EQ(cluster.leader(kP0), kNoNode) << "whoever is behind does not lead";
  EXPECT_THAT(cluster.probe.offline, testing::Contains(kP0));
  cluster.host.restart(kFirst);
  cluster.await_in_sync(kP0, 3);
  EXPECT_EQ(cluster.leader(kP0), kFirst);
  EXPECT_THAT(cluster.stored(kThird, kP0), ElementsAre("r0", "r1", "only here"));
}

TEST(Offline, AllBrokersDeadAtOnceKeepTheWholeInSyncSet) {
  Cluster cluster;
  produce_many(cluster, kP0, 0, 2);
  for (const NodeId broker : cluster.topology.brokers) {
    cluster.host.crash(broker);
  }
  cluster.run(seconds(30));
  cluster.host.restart(kThird);
  cluster.await_leader(kP0, kThird);
  EXPECT_THAT(cluster.stored(kThird, kP0), ElementsAre("r0", "r1"));
}

TEST(Restart, OfTheWholeClusterKeepsEveryAcknowledgedRecord) {
  Cluster cluster;
  const auto values = produce_many(cluster, kP0, 0, 5);
  for (const NodeId node : {kController, kFirst, kSecond, kThird}) {
    cluster.host.kill(node);
  }
  cluster.host.start_all();
  cluster.await_in_sync(kP0, 3);
  cluster.run(seconds(2));
  EXPECT_THAT(cluster.stored(cluster.leader(kP0), kP0), ElementsAreArray(values));
  EXPECT_EQ(cluster.high_watermark(kP0), Offset(5));
}

}  // namespace
}  // namespace wavetank::log::test
