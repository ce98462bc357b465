// What is acknowledged after it has been forced to the disk (flush.messages) survives a loss of
// power everywhere; what is not, does not.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/log_roles/cluster.h"

namespace wavetank::log::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

ClusterSpec flushing(std::optional<std::uint64_t> messages, std::uint32_t replication = 3) {
  ClusterSpec spec;
  spec.topics[0].replication = replication;
  spec.topics[0].min_insync = 1;
  spec.topics[0].flush_messages = messages;
  return spec;
}

void lose_power_everywhere(Cluster& cluster) {
  for (const NodeId broker : cluster.topology.brokers) {
    cluster.host.crash(broker);
    cluster.host.storage(broker).lose_unsynced();
  }
  for (const NodeId broker : cluster.topology.brokers) {
    cluster.host.restart(broker);
  }
  cluster.run(seconds(30));
}

TEST(FlushMessages, KeepWhatWasAcknowledgedWhenAllLoseTheirPower) {
  Cluster cluster(flushing(1));
  for (const NodeId broker : cluster.topology.brokers) {
    cluster.host.set_disk_latency(broker, milliseconds(20));
  }
  ASSERT_EQ(cluster.produce(kP0, "a").error, ErrorCode::none);
  lose_power_everywhere(cluster);
  for (const NodeId broker : cluster.topology.brokers) {
    EXPECT_THAT(cluster.stored(broker, kP0), ElementsAre("a"));
  }
}

TEST(FlushMessages, AreWhatKeepsIt) {
  Cluster cluster(flushing(std::nullopt));
  ASSERT_EQ(cluster.produce(kP0, "a").error, ErrorCode::none);
  lose_power_everywhere(cluster);
  for (const NodeId broker : cluster.topology.brokers) {
    EXPECT_THAT(cluster.stored(broker, kP0), IsEmpty());
  }
}

TEST(FlushMessages, HoldBackTheAnswerOfALeaderAlone) {
  Cluster cluster(flushing(1));
  cluster.host.set_disk_latency(kFirst, seconds(1));
  const CorrelationId id = cluster.send(kFirst, kP0, {"a"}, Acks::leader);
  cluster.run(milliseconds(900));
  EXPECT_FALSE(cluster.answer<ProduceResponse>(id).has_value());
  cluster.run(milliseconds(200));
  ASSERT_TRUE(cluster.answer<ProduceResponse>(id).has_value());
  EXPECT_EQ(cluster.answer<ProduceResponse>(id)->partitions.at(0).error, ErrorCode::none);
  EXPECT_EQ(cluster.answer<ProduceResponse>(id)->partitions.at(0).base_offset, Offset(0));
}

TEST(FlushMessages, OfAFollowerHoldBackTheHighWatermark) {
  Cluster cluster(flushing(1));
  cluster.host.set_disk_latency(kThird, seconds(1));
  const CorrelationId id = cluster.send(kFirst, kP0, {"a"});
  cluster.run(milliseconds(900));
  EXPECT_THAT(cluster.stored(kThird, kP0), ElementsAre("a"));
  EXPECT_EQ(cluster.high_watermark(kP0), Offset(0));
  cluster.run(milliseconds(300));
  EXPECT_EQ(cluster.high_watermark(kP0), Offset(1));
  EXPECT_TRUE(cluster.answer<ProduceResponse>(id).has_value());
}

TEST(FlushMessages, AnswerARequestThatWaitsForBothOnce) {
  Cluster cluster(flushing(1));
  cluster.host.set_disk_latency(kFirst, seconds(2));
  cluster.host.set_disk_latency(kThird, seconds(1));
  const CorrelationId id = cluster.send(kFirst, kP0, {"a"});
  cluster.run(milliseconds(1'500));
  EXPECT_EQ(cluster.high_watermark(kP0), Offset(1));
  EXPECT_FALSE(cluster.answer<ProduceResponse>(id).has_value());
  const auto answer = cluster.await<ProduceResponse>(id, seconds(1));
  EXPECT_EQ(answer.partitions.at(0).error, ErrorCode::none);
}

TEST(FlushInterval, ForcesTheLogFromTimeToTime) {
  ClusterSpec spec = flushing(std::nullopt);
  spec.topics[0].flush_interval = seconds(5);
  Cluster cluster(spec);
  ASSERT_EQ(cluster.produce(kP0, "a").error, ErrorCode::none);
  cluster.run(seconds(7));
  ASSERT_EQ(cluster.produce(kP0, "b").error, ErrorCode::none);
  lose_power_everywhere(cluster);
  for (const NodeId broker : cluster.topology.brokers) {
    EXPECT_THAT(cluster.stored(broker, kP0), ElementsAre("a"));
  }
}

TEST(MaxMessageBytes, OfATopicTakePrecedence) {
  ClusterSpec spec;
  spec.broker.message_max_bytes = 1'000;
  spec.topics[0].max_message_bytes = 3'000;
  Cluster cluster(spec);
  EXPECT_EQ(cluster.produce(kP0, std::string(2'000, 'x')).error, ErrorCode::none);
  EXPECT_EQ(cluster.produce(kP0, std::string(4'000, 'x')).error, ErrorCode::message_too_large);
  EXPECT_EQ(cluster.probe.refusals[ErrorCode::message_too_large], 1);
}

}  // namespace
}  // namespace wavetank::log::test
