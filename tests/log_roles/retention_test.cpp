#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/log_roles/cluster.h"

namespace wavetank::log::test {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

/// Every batch is a segment, and is kept for ten seconds.
ClusterSpec short_memory() {
  ClusterSpec spec;
  spec.topics[0].segment_bytes = 1;
  spec.topics[0].retention = seconds(10);
  spec.broker.retention_check_interval = seconds(1);
  return spec;
}

/// A batch of one record from now.
ErrorCode produce_now(Cluster& cluster, const std::string& value) {
  BatchBuilder builder;
  builder.add(cluster.host.now().ms(), as_bytes("key"), as_bytes(value));
  ProduceRequest request;
  request.timeout = seconds(30);
  request.partitions.push_back(
      {kP0, builder.build(kNoProducerId, ProducerEpoch(-1), Sequence(-1))});
  const CorrelationId id = cluster.ask(cluster.leader(kP0), request);
  return cluster.await<ProduceResponse>(id).partitions.at(0).error;
}

Offset start_of(Cluster& cluster, NodeId broker) {
  return cluster.replica(broker, kP0)->log->start_offset();
}

TEST(Retention, RemovesOldRecordsFromEveryReplica) {
  Cluster cluster(short_memory());
  ASSERT_EQ(produce_now(cluster, "old"), ErrorCode::none);
  cluster.run(seconds(8));
  ASSERT_EQ(produce_now(cluster, "new"), ErrorCode::none);
  cluster.run(seconds(1));
  EXPECT_EQ(start_of(cluster, kFirst), Offset(0));
  cluster.run(seconds(3));
  for (const NodeId broker : cluster.topology.brokers) {
    EXPECT_EQ(start_of(cluster, broker), Offset(1));
    EXPECT_THAT(cluster.stored(broker, kP0), ElementsAre("new"));
  }
}

TEST(Retention, TellsAReaderBelowTheStartWhereTheLogBegins) {
  Cluster cluster(short_memory());
  produce_now(cluster, "old");
  cluster.run(seconds(15));
  Session session(cluster, kFirst);
  const auto answer = session.from(kP0, Offset(0)).fetch();
  ASSERT_THAT(answer.partitions, SizeIs(1));
  EXPECT_EQ(answer.partitions[0].error, ErrorCode::offset_out_of_range);
  EXPECT_EQ(answer.partitions[0].log_start, Offset(1));
}

TEST(Retention, LetsAFollowerWhoseEndIsGoneBeginAnew) {
  Cluster cluster(short_memory());
  produce_now(cluster, "before");
  cluster.host.kill(kThird);
  cluster.run(seconds(10));
  produce_now(cluster, "while it was away");
  cluster.run(seconds(20));
  ASSERT_EQ(start_of(cluster, kFirst), Offset(2));
  produce_now(cluster, "after");
  cluster.host.restart(kThird);
  cluster.await_in_sync(kP0, 3);
  EXPECT_EQ(start_of(cluster, kThird), Offset(2));
  EXPECT_THAT(cluster.stored(kThird, kP0), ElementsAre("after"));
}

TEST(Retention, KeepsAnEmptyLogsPlaceOverAChangeOfLeader) {
  Cluster cluster(short_memory());
  produce_now(cluster, "a");
  produce_now(cluster, "b");
  cluster.run(seconds(15));
  ASSERT_EQ(start_of(cluster, kFirst), Offset(2));
  cluster.host.kill(kFirst);
  ASSERT_TRUE(cluster.host.run_until([&] { return cluster.leader(kP0) != kNoNode; }, seconds(60)));
  produce_now(cluster, "c");
  EXPECT_EQ(cluster.high_watermark(kP0), Offset(3));
  cluster.host.restart(kFirst);
  cluster.await_in_sync(kP0, 3);
  EXPECT_THAT(cluster.stored(kFirst, kP0), ElementsAre("c"));
}

class ListOffsetsTest : public testing::Test {
 protected:
  ListOffsetsTest() {
    for (int i = 0; i < 5; ++i) {
      times.push_back(cluster.host.now().ms());
      EXPECT_EQ(produce_now(cluster, "x"), ErrorCode::none);
      cluster.run(seconds(1));
    }
  }
  ListOffsetsResponse::Partition list(std::int64_t timestamp_ms, NodeId broker = kFirst,
                                      LeaderEpoch epoch = kNoLeaderEpoch) {
    ListOffsetsRequest request;
    request.partitions.push_back({kP0, epoch, timestamp_ms});
    return cluster.await<ListOffsetsResponse>(cluster.ask(broker, request)).partitions.at(0);
  }

  Cluster cluster;
  std::vector<std::int64_t> times;
};

TEST_F(ListOffsetsTest, KnowsBothEnds) {
  EXPECT_EQ(list(kEarliestTimestamp).offset, Offset(0));
  EXPECT_EQ(list(kLatestTimestamp).offset, Offset(5));
}

TEST_F(ListOffsetsTest, FindsTheFirstRecordOfATime) {
  EXPECT_EQ(list(times[2]).offset, Offset(2));
  EXPECT_EQ(list(times[2]).timestamp_ms, times[2]);
  EXPECT_EQ(list(times[2] + 1).offset, Offset(3));
  EXPECT_EQ(list(0).offset, Offset(0));
  EXPECT_EQ(list(times[4] + 1).offset, Offset(-1)) << "nothing is that late";
}

TEST_F(ListOffsetsTest, WaitsForTheDisk) {
  cluster.host.storage(kFirst).evict();
  EXPECT_EQ(list(times[3]).offset, Offset(3));
}

TEST_F(ListOffsetsTest, AsksForTheRightLeader) {
  EXPECT_EQ(list(0, kSecond).error, ErrorCode::not_leader_or_follower);
  EXPECT_EQ(list(0, kFirst, LeaderEpoch(99)).error, ErrorCode::unknown_leader_epoch);
  EXPECT_EQ(cluster.probe.refusals[ErrorCode::unknown_leader_epoch], 1);
  ListOffsetsRequest request;
  request.partitions.push_back({PartitionId(77), kNoLeaderEpoch, 0});
  const auto answer = cluster.await<ListOffsetsResponse>(cluster.ask(kFirst, request));
  EXPECT_EQ(answer.partitions.at(0).error, ErrorCode::not_leader_or_follower);
}

}  // namespace
}  // namespace wavetank::log::test
