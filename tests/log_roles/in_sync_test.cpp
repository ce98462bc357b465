// Who is in sync, by lag and by the controller's word.

#include <gmock/gmock.h>

#include "tests/log_roles/cluster.h"

namespace wavetank::log::test {
namespace {

using testing::ElementsAre;

TEST(InSyncSet, LosesAFollowerThatLagsTooLong) {
  Cluster cluster;
  cluster.host.cut_both(kFirst, kThird);  // but the controller still hears it
  const CorrelationId id = cluster.send(kFirst, kP0, {"a"}, Acks::all, {}, seconds(100));
  cluster.run(seconds(25));
  EXPECT_EQ(cluster.in_sync(kP0).size(), 3U);
  cluster.await_in_sync(kP0, 2);
  EXPECT_THAT(cluster.in_sync(kP0), ElementsAre(kFirst, kSecond));
  EXPECT_EQ(cluster.await<ProduceResponse>(id).partitions.at(0).error, ErrorCode::none);
  EXPECT_LT(cluster.host.now(), Time() + seconds(50)) << "within one and a half lag_max";
}

TEST(InSyncSet, KeepsAFollowerThatHasEverythingThoughItIsSilent) {
  Cluster cluster;
  cluster.produce(kP0, "a");
  cluster.run(seconds(2));
  cluster.host.cut_both(kFirst, kThird);
  cluster.run(seconds(100));
  EXPECT_EQ(cluster.in_sync(kP0).size(), 3U);
}

TEST(InSyncSet, AnIdleFollowerGetsTheWholeLagFromTheNextRecordOn) {
  Cluster cluster;
  cluster.run(seconds(200));
  cluster.host.cut(kFirst, kThird);
  cluster.send(kFirst, kP0, {"a"}, Acks::leader);
  cluster.run(seconds(25));
  EXPECT_EQ(cluster.in_sync(kP0).size(), 3U) << "it was caught up a moment before";
}

TEST(InSyncSet, TakesAFollowerBackOnceItHasCaughtUp) {
  Cluster cluster;
  cluster.host.cut_both(kFirst, kThird);
  cluster.produce(kP0, "a", Acks::leader);
  cluster.await_in_sync(kP0, 2);
  cluster.host.heal_all();
  cluster.await_in_sync(kP0, 3);
  EXPECT_THAT(cluster.stored(kThird, kP0), ElementsAre("a"));
  EXPECT_EQ(cluster.high_watermark(kP0), Offset(1));
}

/// How long a broker that was away while a megabyte was written takes to be in sync again.
Duration catches_up_in(std::uint64_t bytes_per_second, std::uint64_t fetch_max_bytes = 10'000) {
  ClusterSpec spec;
  spec.broker.catch_up_bytes_per_second = bytes_per_second;
  spec.broker.replica_fetch_max_bytes = fetch_max_bytes;
  Cluster cluster(spec);
  cluster.host.crash(kThird);
  cluster.await_in_sync(kP0, 2);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(cluster.produce(kP0, std::string(10'000, '.')).error, ErrorCode::none);
  }
  const Time before = cluster.host.now();
  cluster.host.restart(kThird);
  cluster.await_in_sync(kP0, 3);
  return cluster.host.now() - before;
}

TEST(InSyncSet, TakesAFollowerBackAsSoonAsItsThrottleAllows) {
  EXPECT_LT(catches_up_in(0), seconds(7));
  EXPECT_NEAR(catches_up_in(100'000).seconds(), 10.0, 1.0);
}

TEST(InSyncSet, TakesAFollowerBackThatHasAllOfItThoughItsThrottleIsUsedUp) {
  EXPECT_LT(catches_up_in(10'000, 2 << 20), seconds(7)) << "one answer, paid for a hundred seconds";
}

TEST(InSyncSet, AFollowerThatHasJoinedGetsWhatTheThrottleHeldBack) {
  ClusterSpec spec;
  spec.broker.catch_up_bytes_per_second = 10'000;
  spec.broker.request_timeout = seconds(3);
  Cluster cluster(spec);
  cluster.host.crash(kThird);
  cluster.await_in_sync(kP0, 2);
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(cluster.produce(kP0, std::string(10'000, '.')).error, ErrorCode::none);
  }
  cluster.host.restart(kThird);
  const auto has = [&](std::size_t records) {
    return [&, records] { return cluster.stored(kThird, kP0).size() == records; };
  };
  ASSERT_TRUE(cluster.host.run_until(has(50), seconds(30))) << "paid for fifty seconds";
  cluster.host.cut_both(kFirst, kController);
  cluster.send(kFirst, kP0, {"late"}, Acks::leader);
  EXPECT_FALSE(cluster.host.run_until(has(51), seconds(2)));
  cluster.host.heal_all();
  cluster.await_in_sync(kP0, 3);
  EXPECT_TRUE(cluster.host.run_until(has(51), seconds(1)));
}

TEST(InSyncSet, AThrottleOfThoseThatCatchUpHoldsNobodyBackWhoIsInSync) {
  ClusterSpec spec;
  spec.broker.catch_up_bytes_per_second = 1'000;
  Cluster cluster(spec);
  const Time before = cluster.host.now();
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(cluster.produce(kP0, std::string(10'000, '.')).error, ErrorCode::none);
  }
  EXPECT_LT(cluster.host.now() - before, seconds(3));
}

TEST(InSyncSet, ChangesThatTheControllerDoesNotAnswerAreAskedForAgain) {
  ClusterSpec spec;
  spec.broker.request_timeout = seconds(3);
  Cluster cluster(spec);
  cluster.host.cut_both(kFirst, kThird);
  cluster.produce(kP0, "a", Acks::leader);
  cluster.host.cut(kController, kFirst);  // hears the leader, but its answers are lost
  cluster.run(seconds(45));
  EXPECT_EQ(cluster.probe.in_sync[kP0].size(), 2U);
  EXPECT_EQ(cluster.in_sync(kP0).size(), 3U) << "the leader does not know, and stays careful";
  EXPECT_EQ(cluster.high_watermark(kP0), Offset(0));
  cluster.host.heal(kController, kFirst);
  cluster.await_in_sync(kP0, 2);
  EXPECT_EQ(cluster.high_watermark(kP0), Offset(1));
}

TEST(InSyncSet, TheWatermarkWaitsForAFollowerAboutToJoin) {
  Cluster cluster;
  cluster.host.cut_both(kFirst, kThird);
  cluster.produce(kP0, "a", Acks::leader);
  cluster.await_in_sync(kP0, 2);
  cluster.host.cut(kController, kFirst);  // the third asks to join, but no answer comes
  cluster.host.heal(kFirst, kThird);
  cluster.host.heal(kThird, kFirst);
  cluster.run(seconds(31));  // until its request in flight is given up
  EXPECT_EQ(cluster.probe.in_sync[kP0].size(), 3U);
  cluster.host.cut_both(kFirst, kThird);
  cluster.send(kFirst, kP0, {"b"}, Acks::leader);
  cluster.run(seconds(1));
  EXPECT_EQ(cluster.high_watermark(kP0), Offset(1)) << "it may be a member by now";
  cluster.run(seconds(60));
  cluster.send(kFirst, kP0, {"c"}, Acks::leader);
  cluster.run(seconds(1));
  EXPECT_EQ(cluster.high_watermark(kP0), Offset(1)) << "however long that stays unknown";
}

TEST(InSyncSet, AFollowerThatLeftByAStaleWishJoinsAgainThoughNothingIsWritten) {
  Cluster cluster;
  cluster.host.kill(kFirst);
  cluster.await_leader(kP0, kSecond);
  cluster.host.kill(kController);  // before the third has heard of its new leader
  cluster.send(kSecond, kP0, {"a"}, Acks::leader);
  cluster.run(seconds(100));
  cluster.host.restart(kController);
  cluster.host.restart(kFirst);
  cluster.await_in_sync(kP0, 3);
}

TEST(InSyncSet, NobodyJoinsWithoutWhatItsLeaderBeganWith) {
  ClusterSpec spec;
  spec.brokers = 4;
  spec.topics = {{"orders", 1, 4, 2}};
  spec.broker.replica_fetch_max_bytes = 1;  // one batch a fetch
  Cluster cluster(spec);
  const NodeId fourth(4);
  cluster.host.cut_both(kFirst, fourth);
  for (int i = 0; i < 20; ++i) {
    cluster.send(kFirst, kP0, {"r"}, Acks::leader);
  }
  // The moment the fourth is out, all is committed, but only the first knows; then it dies.
  cluster.host.run_until([&] { return cluster.in_sync(kP0).size() == 3; }, seconds(60));
  EXPECT_EQ(cluster.high_watermark(kP0), Offset(20));
  cluster.host.kill(kFirst);
  cluster.host.cut_both(kSecond, kThird);  // so the next leader cannot learn it
  cluster.host.heal(kFirst, fourth);
  cluster.host.heal(fourth, kFirst);
  const auto joined = [&] {
    const auto& set = cluster.probe.in_sync[kP0];
    return cluster.leader(kP0) == kSecond && std::ranges::find(set, fourth) != set.end();
  };
  EXPECT_TRUE(cluster.host.run_until(joined, seconds(60)));
  EXPECT_EQ(cluster.stored(fourth, kP0).size(), 20U);
}

AlterPartitionRequest change_of(Cluster& cluster, std::vector<NodeId> in_sync) {
  AlterPartitionRequest request;
  request.broker_epoch = cluster.probe.registered.at(0).second;
  EXPECT_EQ(cluster.probe.registered.at(0).first, kFirst);
  AlterPartitionRequest::Partition change;
  change.partition = kP0;
  change.leader_epoch = LeaderEpoch(0);
  change.partition_epoch = PartitionEpoch(0);
  change.broker_epochs.assign(in_sync.size(), BrokerEpoch(-1));
  change.in_sync = std::move(in_sync);
  request.partitions.push_back(change);
  return request;
}

/// As if the first broker, whose link is cut, asked the controller itself.
class AlterPartition : public testing::Test {
 protected:
  AlterPartitionResponse ask(const AlterPartitionRequest& request) {
    std::optional<AlterPartitionResponse> answer;
    cluster.host.on_delivery = [&](NodeId, NodeId to, port::Lane lane, const port::Message& m) {
      const bool ours =
          to == kFirst && lane == port::Lane::response && log::peek(m)->correlation == 4711;
      if (ours) {
        answer = *log::decode<AlterPartitionResponse>(m);
      }
    };
    cluster.host.ports(kFirst).send(kController, port::Lane::request, encode(request, 4711));
    EXPECT_TRUE(cluster.host.run_until([&] { return answer.has_value(); }, seconds(1)));
    cluster.host.on_delivery = nullptr;
    return answer.value_or(AlterPartitionResponse{});
  }
  ErrorCode error_of(const AlterPartitionRequest& request) {
    return ask(request).partitions.at(0).error;
  }

  Cluster cluster;
};

TEST_F(AlterPartition, IsTakenFromTheLeaderAndToldToAll) {
  const auto answer = ask(change_of(cluster, {kThird, kFirst, kFirst}));
  EXPECT_EQ(answer.partitions.at(0).error, ErrorCode::none);
  EXPECT_THAT(answer.partitions.at(0).state.in_sync, ElementsAre(kFirst, kThird));
  EXPECT_EQ(answer.partitions.at(0).state.partition_epoch, PartitionEpoch(1));
}

TEST_F(AlterPartition, IsRefusedOnAnotherVersionOrEpoch) {
  AlterPartitionRequest request = change_of(cluster, {kFirst});
  request.partitions[0].partition_epoch = PartitionEpoch(5);
  EXPECT_EQ(error_of(request), ErrorCode::invalid_update_version);
  request.partitions[0].leader_epoch = LeaderEpoch(1);
  EXPECT_EQ(error_of(request), ErrorCode::unknown_leader_epoch);
  request.partitions[0].leader_epoch = LeaderEpoch(-1);
  EXPECT_EQ(error_of(request), ErrorCode::fenced_leader_epoch);
  request.broker_epoch = BrokerEpoch(99);
  EXPECT_EQ(ask(request).error, ErrorCode::stale_broker_epoch);
}

TEST_F(AlterPartition, IsRefusedToWhoDoesNotLead) {
  AlterPartitionRequest request = change_of(cluster, {kFirst});
  request.partitions[0].partition = PartitionId(1);
  EXPECT_EQ(error_of(request), ErrorCode::not_leader_or_follower);
}

TEST_F(AlterPartition, IsRefusedForTheDeadTheReincarnatedAndStrangers) {
  EXPECT_EQ(error_of(change_of(cluster, {kFirst, NodeId(9)})), ErrorCode::ineligible_replica);
  EXPECT_EQ(error_of(change_of(cluster, {kSecond})), ErrorCode::ineligible_replica);
  AlterPartitionRequest other_life = change_of(cluster, {kFirst, kSecond});
  other_life.partitions[0].broker_epochs[1] = BrokerEpoch(1'000);
  EXPECT_EQ(error_of(other_life), ErrorCode::ineligible_replica);
  cluster.host.crash(kThird);
  cluster.run(seconds(12));
  AlterPartitionRequest dead = change_of(cluster, {kFirst, kThird});
  dead.partitions[0].partition_epoch = PartitionEpoch(1);
  EXPECT_EQ(error_of(dead), ErrorCode::ineligible_replica);
}

TEST(InSyncSet, ABrokerThatWasGivenUpButLivesJoinsAgainUnderItsNewEpoch) {
  Cluster cluster;
  cluster.host.cut_both(kThird, kController);
  cluster.await_in_sync(kP0, 2);
  cluster.host.heal_all();
  cluster.await_in_sync(kP0, 3);
  EXPECT_EQ(cluster.probe.registered.size(), 4U);
  EXPECT_EQ(cluster.produce(kP0, "a").error, ErrorCode::none);
}

}  // namespace
}  // namespace wavetank::log::test
