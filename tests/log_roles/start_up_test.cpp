// Registration, recovery at start, and the controller's own durability.

#include <gmock/gmock.h>

#include "tests/log_roles/cluster.h"

namespace wavetank::log::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

ClusterSpec not_started() {
  ClusterSpec spec;
  spec.start = false;
  return spec;
}

TEST(StartUp, PartitionsWaitForAllBrokers) {
  Cluster cluster(not_started());
  for (const NodeId node : {kController, kFirst, kSecond, kClient}) {
    cluster.host.start(node);
  }
  cluster.run(seconds(5));
  EXPECT_EQ(cluster.leader(kP0), kNoNode);
  cluster.host.start(kThird);
  cluster.run(seconds(1));
  EXPECT_THAT(cluster.in_sync(kP0), SizeIs(3));
}

TEST(StartUp, ABrokerThatDoesNotComeIsWaitedForOneSession) {
  Cluster cluster(not_started());
  for (const NodeId node : {kController, kSecond, kThird, kClient}) {
    cluster.host.start(node);
  }
  cluster.await_leader(kP0, kSecond);
  EXPECT_THAT(cluster.in_sync(kP0), ElementsAre(kSecond, kThird));
  EXPECT_EQ(cluster.produce(kP0, "a").error, ErrorCode::none);
  cluster.host.start(kFirst);
  cluster.await_in_sync(kP0, 3);
}

TEST(StartUp, BrokersRegisterOnceTheControllerIsThere) {
  Cluster cluster(not_started());
  for (const NodeId node : {kFirst, kSecond, kThird, kClient}) {
    cluster.host.start(node);
  }
  const auto early = cluster.await<MetadataResponse>(cluster.ask(kFirst, MetadataRequest{}));
  EXPECT_EQ(early.version, 0);
  EXPECT_EQ(early.partitions.at(0).leader, kNoNode);
  EXPECT_EQ(
      cluster.await<InitProducerIdResponse>(cluster.ask(kFirst, InitProducerIdRequest{})).error,
      ErrorCode::coordinator_loading);
  FindCoordinatorRequest find;
  EXPECT_EQ(cluster.await<FindCoordinatorResponse>(cluster.ask(kFirst, find)).error,
            ErrorCode::coordinator_loading);
  EXPECT_EQ(cluster.await<ProduceResponse>(cluster.send(kFirst, kP0, {"a"})).partitions.at(0).error,
            ErrorCode::not_leader_or_follower);
  cluster.run(seconds(30));
  cluster.host.start(kController);
  cluster.await_leader(kP0, kFirst);
  EXPECT_EQ(cluster.produce(kP0, "a").error, ErrorCode::none);
}

TEST(StartUp, ARegistrationAskedTwiceCountsOnce) {
  Cluster cluster(not_started());
  cluster.host.start(kController);
  cluster.host.cut(kController, kFirst);  // the answers are lost, so it asks again and again
  cluster.host.start(kFirst);
  cluster.run(seconds(5));
  EXPECT_THAT(cluster.probe.registered, SizeIs(1));
}

TEST(StartUp, LogsAreRecoveredBeforeTheBrokerServes) {
  Cluster cluster;
  for (int i = 0; i < 10; ++i) {
    cluster.produce(kP0, std::string(1'000, 'x'));
  }
  cluster.host.kill(kThird);
  cluster.host.storage(kThird).evict();
  cluster.host.restart(kThird);
  EXPECT_THAT(cluster.host.role<Broker>(kThird).replicas(), IsEmpty());
  EXPECT_FALSE(cluster.replica(kThird, kP0).has_value());
  Session early(cluster, kThird);
  EXPECT_EQ(early.from(kP0, Offset(0)).fetch().partitions.at(0).error,
            ErrorCode::not_leader_or_follower);
  cluster.run(seconds(1));
  EXPECT_THAT(cluster.host.role<Broker>(kThird).replicas(), SizeIs(8));
  EXPECT_GT((cluster.probe.recovered_bytes[{kThird, kP0}]), 10'000U);
}

TEST(ControllerRestart, KeepsLeadersEpochsAndSessions) {
  Cluster cluster;
  cluster.host.kill(kFirst);
  cluster.await_leader(kP0, kSecond);
  cluster.run(milliseconds(500));
  cluster.host.kill(kController);
  cluster.run(seconds(60));
  EXPECT_EQ(cluster.produce(kP0, "a").error, ErrorCode::none)
      << "the brokers need it for changes only";
  cluster.host.restart(kController);
  cluster.run(seconds(8));
  EXPECT_THAT(cluster.probe.fenced, ElementsAre(kFirst)) << "the living get a fresh session";
  EXPECT_EQ(cluster.leader(kP0), kSecond);
  cluster.host.restart(kFirst);
  cluster.await_in_sync(kP0, 3);
  EXPECT_EQ(cluster.probe.registered.back().first, kFirst);
}

TEST(ControllerRestart, ABrokerThatDiedMeanwhileIsFoundOut) {
  Cluster cluster;
  cluster.host.kill(kController);
  cluster.host.kill(kFirst);
  cluster.run(seconds(60));
  EXPECT_EQ(cluster.leader(kP0), kNoNode);
  cluster.host.restart(kController);
  cluster.await_leader(kP0, kSecond);
}

TEST(ControllerRestart, WithDamagedStateStaysSilent) {
  Cluster cluster;
  cluster.host.kill(kController);
  cluster.host.storage(kController).corrupt("raft/ballot", 3);
  cluster.host.restart(kController);
  cluster.host.kill(kFirst);
  cluster.run(seconds(60));
  EXPECT_EQ(cluster.leader(kP0), kNoNode) << "no election from an invented state";
}

TEST(ControllerRestart, WithADamagedLogStaysSilent) {
  Cluster cluster;
  cluster.host.kill(kController);
  cluster.host.storage(kController).corrupt("raft/00000000000000000001.log", 30);
  cluster.host.restart(kController);
  cluster.host.kill(kFirst);
  cluster.run(seconds(60));
  EXPECT_EQ(cluster.leader(kP0), kNoNode);
}

TEST(ControllerRestart, WithEmptyFilesIsAFirstStart) {
  Cluster cluster(not_started());
  cluster.host.storage(kController).open("raft/ballot");
  cluster.host.storage(kController).open("raft/snapshot");
  cluster.host.start_all();
  cluster.run(seconds(1));
  EXPECT_THAT(cluster.in_sync(kP0), SizeIs(3));
}

TEST(Pushes, ThatWereLostAreMadeUpForByTheNextHeartbeat) {
  Cluster cluster;
  cluster.host.cut(kController, kThird);
  cluster.host.kill(kFirst);
  cluster.await_leader(kP0, kSecond);
  EXPECT_EQ(cluster.replica(kThird, kP0)->epoch, LeaderEpoch(0));
  cluster.host.heal_all();
  cluster.run(seconds(3));
  EXPECT_EQ(cluster.replica(kThird, kP0)->epoch, LeaderEpoch(1));
}

TEST(Controller, IgnoresStrangersAndNonsense) {
  Cluster cluster;
  const CorrelationId id = cluster.ask(kController, RegisterBrokerRequest{});
  cluster.host.ports(kFirst).send(kController, port::Lane::request, encode(MetadataRequest{}, 1));
  cluster.host.ports(kFirst).send(kController, port::Lane::request, {});
  cluster.host.ports(kFirst).send(kController, port::Lane::response, encode(MetadataRequest{}, 1));
  cluster.host.ports(kClient).send(kFirst, port::Lane::request,
                                   encode(MetadataPush{{99, {}, {}}}, 0));
  cluster.host.ports(kClient).send(kFirst, port::Lane::request, encode(RegisterBrokerRequest{}, 0));
  cluster.run(seconds(1));
  EXPECT_FALSE(cluster.answer<RegisterBrokerResponse>(id).has_value());
  EXPECT_THAT(cluster.probe.registered, SizeIs(3));
  EXPECT_LT(cluster.await<MetadataResponse>(cluster.ask(kFirst, MetadataRequest{})).version, 99);
}

}  // namespace
}  // namespace wavetank::log::test
