// Appending through leaders, and what an acknowledgement promises.

#include <gmock/gmock.h>

#include "tests/log_roles/cluster.h"

namespace wavetank::log::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Start, BeginsEvenlyLedWithEverybodyInSync) {
  Cluster cluster;
  for (std::uint32_t p = 0; p < 3; ++p) {
    EXPECT_EQ(cluster.leader(PartitionId(p)), NodeId(p + 1));
    EXPECT_THAT(cluster.in_sync(PartitionId(p)), ElementsAre(kFirst, kSecond, kThird));
  }
  EXPECT_THAT(cluster.probe.offline, IsEmpty());
}

TEST(AcksNone, StoresWithoutAnAnswer) {
  Cluster cluster;
  const CorrelationId id = cluster.send(cluster.leader(kP0), kP0, {"a"}, Acks::none);
  cluster.run(seconds(1));
  EXPECT_FALSE(cluster.answer<ProduceResponse>(id).has_value());
  EXPECT_THAT(cluster.stored(kFirst, kP0), ElementsAre("a"));
}

TEST(AcksLeader, AnswersBeforeAnyFollowerHasTheRecord) {
  Cluster cluster;
  cluster.host.cut_both(kFirst, kSecond);
  cluster.host.cut_both(kFirst, kThird);
  const auto stored = cluster.produce(kP0, "a", Acks::leader);
  EXPECT_EQ(stored.error, ErrorCode::none);
  EXPECT_EQ(stored.base_offset, Offset(0));
  EXPECT_EQ(cluster.high_watermark(kP0), Offset(0));
}

TEST(AcksAll, AnswersWhenAllInSyncReplicasHaveTheRecord) {
  Cluster cluster;
  const auto stored = cluster.produce(kP0, "a");
  EXPECT_EQ(stored.error, ErrorCode::none);
  for (const NodeId broker : cluster.topology.brokers) {
    EXPECT_THAT(cluster.stored(broker, kP0), ElementsAre("a"));
  }
  EXPECT_EQ(cluster.high_watermark(kP0), Offset(1));
}

TEST(AcksAll, WaitsForTheSlowestInSyncReplica) {
  Cluster cluster;
  cluster.host.cut(kFirst, kThird);
  const CorrelationId id = cluster.send(kFirst, kP0, {"a"});
  cluster.run(seconds(5));
  EXPECT_FALSE(cluster.answer<ProduceResponse>(id).has_value());
  EXPECT_THAT(cluster.stored(kSecond, kP0), ElementsAre("a"));
  EXPECT_EQ(cluster.high_watermark(kP0), Offset(0));
}

TEST(AcksAll, TimesOutWhenReplicasTakeTooLong) {
  Cluster cluster;
  cluster.host.cut(kFirst, kThird);
  const CorrelationId id = cluster.send(kFirst, kP0, {"a"}, Acks::all, {}, seconds(2));
  const auto answer = cluster.await<ProduceResponse>(id, seconds(3));
  EXPECT_EQ(answer.partitions.at(0).error, ErrorCode::request_timed_out);
}

TEST(AcksAll, RefusesWhenTooFewReplicasAreInSync) {
  Cluster cluster;
  EXPECT_EQ(cluster.produce(kP0, "before").error, ErrorCode::none);
  cluster.host.crash(kSecond);
  cluster.host.crash(kThird);
  cluster.await_in_sync(kP0, 1);
  EXPECT_EQ(cluster.produce(kP0, "a").error, ErrorCode::not_enough_replicas);
  EXPECT_EQ(cluster.probe.refusals[ErrorCode::not_enough_replicas], 1);
  EXPECT_THAT(cluster.stored(kFirst, kP0), ElementsAre("before"));
  const FetchResponse read = Session(cluster, kFirst).from(kP0, Offset(0)).fetch();
  EXPECT_THAT(values_in(read.partitions.at(0).batches), ElementsAre("before")) << "reads go on";
  EXPECT_EQ(cluster.produce(kP0, "b", Acks::leader).error, ErrorCode::none);
}

TEST(AcksAll, SaysWhenReplicasLeftAfterTheAppend) {
  Cluster cluster;
  cluster.host.crash(kSecond);
  cluster.host.crash(kThird);
  const CorrelationId id = cluster.send(kFirst, kP0, {"a"});
  const auto answer = cluster.await<ProduceResponse>(id);
  EXPECT_EQ(answer.partitions.at(0).error, ErrorCode::not_enough_replicas_after_append);
}

TEST(AcksAll, AnswersARequestOnceForAllItsPartitions) {
  Cluster cluster;
  ProduceRequest request;
  request.timeout = seconds(30);
  request.partitions = {{kP0, batch_of({"a"})},
                        {PartitionId(1), batch_of({"b"})},
                        {PartitionId(99), batch_of({"c"})},
                        {kP0, Bytes::copy_of("no batch")}};
  const auto answer = cluster.await<ProduceResponse>(cluster.ask(kFirst, request));
  ASSERT_EQ(answer.partitions.size(), 4U);
  EXPECT_EQ(answer.partitions[0].error, ErrorCode::none);
  EXPECT_EQ(answer.partitions[1].error, ErrorCode::not_leader_or_follower);
  EXPECT_EQ(answer.partitions[2].error, ErrorCode::unknown_partition);
  EXPECT_EQ(answer.partitions[3].error, ErrorCode::corrupt_message);
}

TEST(AcksAll, WithASingleReplicaIsAcknowledgedAtOnce) {
  ClusterSpec spec;
  spec.topics = {{"orders", 1, 1, 1}};
  Cluster cluster(spec);
  EXPECT_EQ(cluster.produce(kP0, "a").error, ErrorCode::none);
  EXPECT_EQ(cluster.high_watermark(kP0), Offset(1));
}

TEST(Produce, RefusesABatchAboveTheGreatestSize) {
  ClusterSpec spec;
  spec.broker.message_max_bytes = 1'000;
  Cluster cluster(spec);
  EXPECT_EQ(cluster.produce(kP0, std::string(2'000, 'x')).error, ErrorCode::message_too_large);
}

TEST(Produce, IgnoresAMessageThatCannotBeRead) {
  Cluster cluster;
  cluster.host.ports(kClient).send(kFirst, port::Lane::request, {Bytes::copy_of("?"), {}});
  port::Message torn = encode(ProduceRequest{}, 77);
  torn.head = torn.head.slice(0, torn.head.size() - 1);
  cluster.host.ports(kClient).send(kFirst, port::Lane::request, torn);
  cluster.run(seconds(1));
  EXPECT_FALSE(cluster.answer<ProduceResponse>(77).has_value());
  EXPECT_EQ(cluster.produce(kP0, "a").error, ErrorCode::none);
}

TEST(Idempotence, ARetryIsAnsweredWithTheFirstOffsetAndStoredOnce) {
  Cluster cluster;
  const From first{ProducerId(7), Sequence(0)};
  EXPECT_EQ(cluster.produce(kP0, "a", Acks::all, first).base_offset, Offset(0));
  EXPECT_EQ(cluster.produce(kP0, "a", Acks::all, first).base_offset, Offset(0));
  EXPECT_THAT(cluster.stored(kFirst, kP0), ElementsAre("a"));
}

TEST(Idempotence, ARetryToTheNextLeaderIsStoredOnce) {
  Cluster cluster;
  const From first{ProducerId(7), Sequence(0)};
  EXPECT_EQ(cluster.produce(kP0, "a", Acks::all, first).error, ErrorCode::none);
  cluster.host.kill(kFirst);
  cluster.await_leader(kP0, kSecond);
  const auto retry = cluster.produce(kP0, "a", Acks::all, first);
  EXPECT_EQ(retry.error, ErrorCode::none);
  EXPECT_EQ(retry.base_offset, Offset(0));
  EXPECT_THAT(cluster.stored(kSecond, kP0), ElementsAre("a"));
}

TEST(Idempotence, ARetryOfWhatIsNotYetCommittedWaitsForIt) {
  Cluster cluster;
  cluster.host.cut(kFirst, kThird);
  const From first{ProducerId(7), Sequence(0)};
  const CorrelationId id = cluster.send(kFirst, kP0, {"a"}, Acks::all, first);
  const CorrelationId later =
      cluster.send(kFirst, kP0, {"b"}, Acks::all, {ProducerId(7), Sequence(1)});
  const CorrelationId retry = cluster.send(kFirst, kP0, {"a"}, Acks::all, first);
  cluster.run(seconds(1));
  EXPECT_FALSE(cluster.answer<ProduceResponse>(retry).has_value());
  cluster.host.heal_all();
  EXPECT_EQ(cluster.await<ProduceResponse>(retry).partitions.at(0).base_offset, Offset(0));
  EXPECT_TRUE(cluster.answer<ProduceResponse>(id).has_value());
  EXPECT_EQ(cluster.await<ProduceResponse>(later).partitions.at(0).base_offset, Offset(1));
}

TEST(ProducerIds, AreUniqueInTheCluster) {
  Cluster cluster;
  std::vector<ProducerId> ids;
  for (const NodeId broker : {kFirst, kFirst, kSecond}) {
    const auto answer =
        cluster.await<InitProducerIdResponse>(cluster.ask(broker, InitProducerIdRequest{}));
    EXPECT_EQ(answer.error, ErrorCode::none);
    EXPECT_EQ(answer.epoch, ProducerEpoch(0));
    ids.push_back(answer.producer);
  }
  cluster.host.kill(kFirst);
  cluster.host.restart(kFirst);
  cluster.run(seconds(1));
  ids.push_back(
      cluster.await<InitProducerIdResponse>(cluster.ask(kFirst, InitProducerIdRequest{})).producer);
  std::ranges::sort(ids);
  EXPECT_EQ(std::ranges::adjacent_find(ids), ids.end());
}

TEST(Metadata, TellsLeadersAndTheLiving) {
  Cluster cluster;
  const auto metadata = cluster.await<MetadataResponse>(cluster.ask(kSecond, MetadataRequest{}));
  ASSERT_EQ(metadata.partitions.size(), 8U);
  EXPECT_EQ(metadata.partitions[0].leader, kFirst);
  EXPECT_EQ(metadata.partitions[0].leader_epoch, LeaderEpoch(0));
  EXPECT_THAT(metadata.alive, ElementsAre(kFirst, kSecond, kThird));
}

}  // namespace
}  // namespace wavetank::log::test
