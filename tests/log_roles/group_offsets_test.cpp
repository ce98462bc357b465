// Committed offsets of consumer groups.

#include <gmock/gmock.h>

#include "engine/log/groups/group_records.h"
#include "tests/log_roles/cluster.h"

namespace wavetank::log::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

NodeId coordinator(Cluster& cluster, const std::string& group, NodeId asked = kThird) {
  FindCoordinatorRequest request;
  request.group = group;
  return cluster.await<FindCoordinatorResponse>(cluster.ask(asked, request)).coordinator;
}

OffsetFetchResponse offsets_of(Cluster& cluster, NodeId broker, const std::string& group) {
  OffsetFetchRequest request;
  request.group = group;
  return cluster.await<OffsetFetchResponse>(cluster.ask(broker, request));
}

TEST(Coordinator, IsTheSameForEveryBrokerAsked) {
  Cluster cluster;
  const NodeId found = coordinator(cluster, "readers", kFirst);
  EXPECT_NE(found, kNoNode);
  EXPECT_EQ(coordinator(cluster, "readers", kSecond), found);
  for (const NodeId broker : cluster.topology.brokers) {
    if (broker != found) {
      EXPECT_EQ(cluster.commit(broker, "readers", kP0, Offset(1)), ErrorCode::not_coordinator);
      EXPECT_EQ(offsets_of(cluster, broker, "readers").error, ErrorCode::not_coordinator);
    }
  }
}

TEST(Commit, IsWhatAFetchOfOffsetsGives) {
  Cluster cluster;
  const NodeId broker = coordinator(cluster, "readers");
  EXPECT_THAT(offsets_of(cluster, broker, "readers").offsets, IsEmpty());
  EXPECT_EQ(cluster.commit(broker, "readers", PartitionId(2), Offset(7)), ErrorCode::none);
  EXPECT_EQ(cluster.commit(broker, "readers", kP0, Offset(5)), ErrorCode::none);
  EXPECT_EQ(cluster.commit(broker, "readers", kP0, Offset(6)), ErrorCode::none);
  const auto answer = offsets_of(cluster, broker, "readers");
  ASSERT_EQ(answer.offsets.size(), 2U);
  EXPECT_EQ(answer.offsets[0].partition, kP0);
  EXPECT_EQ(answer.offsets[0].offset, Offset(6));
  EXPECT_EQ(answer.offsets[1].offset, Offset(7));
}

TEST(Commit, SurvivesItsCoordinator) {
  Cluster cluster;
  const NodeId before = coordinator(cluster, "readers");
  EXPECT_EQ(cluster.commit(before, "readers", kP0, Offset(42)), ErrorCode::none);
  cluster.host.kill(before);
  cluster.run(seconds(15));
  const NodeId asked = before == kThird ? kFirst : kThird;
  const NodeId after = coordinator(cluster, "readers", asked);
  ASSERT_NE(after, before);
  const auto answer = offsets_of(cluster, after, "readers");
  EXPECT_EQ(answer.error, ErrorCode::none);
  ASSERT_EQ(answer.offsets.size(), 1U);
  EXPECT_EQ(answer.offsets[0].offset, Offset(42));
}

TEST(Commit, SurvivesARestartOfAllThoughItsFilesAreCold) {
  Cluster cluster;
  const NodeId before = coordinator(cluster, "readers");
  EXPECT_EQ(cluster.commit(before, "readers", kP0, Offset(42)), ErrorCode::none);
  for (const NodeId node : {kFirst, kSecond, kThird}) {
    cluster.host.kill(node);
    cluster.host.storage(node).evict();
  }
  cluster.host.start_all();
  cluster.run(seconds(15));
  const auto answer = offsets_of(cluster, coordinator(cluster, "readers"), "readers");
  ASSERT_EQ(answer.offsets.size(), 1U);
  EXPECT_EQ(answer.offsets[0].offset, Offset(42));
}

TEST(Commit, IsRefusedWhileTheCoordinatorReadsTheTopic) {
  Cluster cluster;
  const NodeId before = coordinator(cluster, "readers");
  EXPECT_EQ(cluster.commit(before, "readers", kP0, Offset(42)), ErrorCode::none);
  const NodeId next = before == kThird ? kFirst : NodeId(before.value() + 1);
  ErrorCode during = ErrorCode::none;
  cluster.host.storage(next).evict();
  cluster.host.kill(before);
  const bool seen = cluster.host.run_until(
      [&] {
        cluster.host.storage(next).evict();
        during = offsets_of(cluster, next, "readers").error;
        return during == ErrorCode::coordinator_loading || during == ErrorCode::none;
      },
      seconds(30));
  EXPECT_TRUE(seen);
  cluster.run(seconds(1));
  EXPECT_EQ(offsets_of(cluster, next, "readers").error, ErrorCode::none);
}

TEST(Commit, NeedsTheReplicas) {
  Cluster cluster;
  const NodeId broker = coordinator(cluster, "readers");
  for (const NodeId other : cluster.topology.brokers) {
    if (other != broker) {
      cluster.host.cut_both(broker, other);
    }
  }
  EXPECT_EQ(cluster.commit(broker, "readers", kP0, Offset(1)), ErrorCode::request_timed_out);
  EXPECT_THAT(offsets_of(cluster, broker, "readers").offsets, IsEmpty());
  cluster.run(seconds(60));
  EXPECT_EQ(cluster.commit(broker, "readers", kP0, Offset(1)), ErrorCode::not_enough_replicas);
}

TEST(Commit, OfNothingOrForNobody) {
  Cluster cluster;
  const NodeId broker = coordinator(cluster, "readers");
  EXPECT_EQ(cluster.commit(broker, "readers", PartitionId(99), Offset(1)), ErrorCode::none);
  const std::string endless(300, 'g');
  EXPECT_EQ(cluster.commit(coordinator(cluster, endless), endless, kP0, Offset(1)),
            ErrorCode::invalid_group_id);
}

TEST(Commit, OfALostCoordinatorSaysSo) {
  Cluster cluster;
  const NodeId broker = coordinator(cluster, "readers");
  for (const NodeId other : {kController, kFirst, kSecond, kThird}) {
    if (other != broker) {
      cluster.host.cut_both(broker, other);
    }
  }
  cluster.run(seconds(12));
  OffsetCommitRequest request;
  request.group = "readers";
  request.offsets.push_back({kP0, Offset(1)});
  const CorrelationId id = cluster.ask(broker, request);
  cluster.run(milliseconds(10));
  cluster.host.heal_all();
  EXPECT_EQ(cluster.await<OffsetCommitResponse>(id).error, ErrorCode::not_coordinator);
}

TEST(Commit, WithASingleReplicaIsAnsweredAtOnce) {
  ClusterSpec spec;
  spec.brokers = 1;
  spec.topics = {{"orders", 1, 1, 1}, {std::string(kOffsetsTopic), 1, 1, 1}};
  Cluster cluster(spec);
  EXPECT_EQ(cluster.commit(kFirst, "readers", kP0, Offset(3)), ErrorCode::none);
  EXPECT_EQ(offsets_of(cluster, kFirst, "readers").offsets.size(), 1U);
}

TEST(Coordinator, IsNobodyWithoutTheTopic) {
  ClusterSpec spec;
  spec.topics = {{"orders", 1, 1, 1}};
  Cluster cluster(spec);
  FindCoordinatorRequest request;
  request.group = "readers";
  EXPECT_EQ(cluster.await<FindCoordinatorResponse>(cluster.ask(kFirst, request)).error,
            ErrorCode::not_coordinator);
  EXPECT_EQ(cluster.commit(kFirst, "readers", kP0, Offset(3)), ErrorCode::not_coordinator);
}

TEST(OffsetRecord, IsReadAsItWasWritten) {
  const std::vector<CommittedOffset> offsets{{PartitionId(3), Offset(9)}, {kP0, Offset(1)}};
  const Bytes bytes = encode_offsets("g", offsets, 5);
  std::vector<std::int64_t> read;
  BatchView::parse(bytes)->for_each_record([&](const RecordView& record) {
    const GroupRecord decoded = decode_group_record(record);
    ASSERT_TRUE(std::holds_alternative<OffsetRecord>(decoded));
    EXPECT_EQ(std::get<OffsetRecord>(decoded).group, "g");
    read.push_back(std::get<OffsetRecord>(decoded).committed.offset.value());
  });
  EXPECT_THAT(read, ElementsAre(9, 1));
}

TEST(OffsetRecord, OfAnotherKindIsNotRead) {
  RecordView record;
  EXPECT_TRUE(std::holds_alternative<std::monostate>(decode_group_record(record)));
  record.key = record.value = as_bytes("\x03some other version");
  EXPECT_TRUE(std::holds_alternative<std::monostate>(decode_group_record(record)));
}

}  // namespace
}  // namespace wavetank::log::test
