// Brokers that compact their logs.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/log_roles/cluster.h"

namespace wavetank::log::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Segments of two or three small batches in compacted topics; cleaners look around every second.
ClusterSpec compacted() {
  ClusterSpec spec;
  for (TopicConfig& topic : spec.topics) {
    topic.segment_bytes = 200;
    topic.cleanup = Cleanup::compact;
  }
  spec.broker.cleaner_backoff = seconds(1);
  return spec;
}

/// A batch of one record; without a value, a tombstone.
void put(Cluster& cluster, std::string_view key, std::optional<std::string_view> value) {
  BatchBuilder builder;
  builder.add(cluster.host.now().ms(), as_bytes(key), value ? as_bytes(*value) : ByteView());
  ProduceRequest request;
  request.timeout = seconds(30);
  request.partitions.push_back(
      {kP0, builder.build(kNoProducerId, ProducerEpoch(-1), Sequence(-1))});
  const CorrelationId id = cluster.ask(cluster.leader(kP0), request);
  ASSERT_EQ(cluster.await<ProduceResponse>(id).partitions.at(0).error, ErrorCode::none);
}
/// What is above is not in the active segment any more.
void roll(Cluster& cluster) {
  for (int i = 0; i < 3; ++i) {
    put(cluster, "filler", "x");
  }
}
std::vector<std::string> stored(Cluster& cluster, NodeId broker) {
  std::vector<std::string> values = cluster.stored(broker, kP0);
  std::erase(values, "x");
  return values;
}

TEST(Cleaner, CompactsTheLogOfEveryReplica) {
  Cluster cluster(compacted());
  for (const char* value : {"1", "2", "3", "4"}) {
    put(cluster, "a", value);
  }
  put(cluster, "b", "5");
  roll(cluster);
  cluster.run(seconds(5));
  for (const NodeId broker : cluster.topology.brokers) {
    EXPECT_THAT(stored(cluster, broker), ElementsAre("4", "5"));
  }
  EXPECT_GE(cluster.probe.cleanings.size(), 3U);
  for (const StrictProbe::Cleaning& it : cluster.probe.cleanings) {
    EXPECT_LE(it.bytes_after, it.bytes_before);
  }
}

TEST(Cleaner, WaitsForTheDisk) {
  Cluster cluster(compacted());
  for (const char* value : {"1", "2", "3", "4"}) {
    put(cluster, "a", value);
  }
  roll(cluster);
  cluster.host.storage(kFirst).evict();
  cluster.run(seconds(5));
  EXPECT_THAT(stored(cluster, kFirst), ElementsAre("4"));
}

TEST(Cleaner, DoesNotTouchWhatIsMostlyClean) {
  ClusterSpec spec = compacted();
  spec.topics[0].min_dirty_ratio = 0.9;
  Cluster cluster(spec);
  put(cluster, "a", "1");
  put(cluster, "b", "1");
  put(cluster, "c", "1");
  roll(cluster);
  cluster.run(seconds(5));
  const std::size_t before = cluster.probe.cleanings.size();
  EXPECT_GT(before, 0U);
  put(cluster, "a", "2");
  roll(cluster);
  cluster.run(seconds(5));
  EXPECT_EQ(cluster.probe.cleanings.size(), before);
}

TEST(Cleaner, GoesNoFasterThanItMay) {
  ClusterSpec spec = compacted();
  spec.broker.cleaner_bytes_per_second = 100;
  spec.broker.cleaner_io_buffer_bytes = 64;
  Cluster cluster(spec);
  for (int i = 0; i < 20; ++i) {
    put(cluster, "a", "1");
  }
  roll(cluster);
  const std::uint64_t bytes = cluster.replica(kFirst, kP0)->log->size_bytes();
  ASSERT_GT(bytes, 1'000U);
  cluster.run(seconds(10));
  EXPECT_THAT(cluster.probe.cleanings, IsEmpty()) << "to read it twice takes twenty seconds";
  cluster.run(seconds(60));
  EXPECT_FALSE(cluster.probe.cleanings.empty());
}

TEST(Cleaner, ForgetsADeletedKeyOnEveryReplica) {
  ClusterSpec spec = compacted();
  spec.topics[0].delete_retention = seconds(5);
  spec.topics[0].min_dirty_ratio = 0;
  Cluster cluster(spec);
  put(cluster, "a", "1");
  put(cluster, "a", std::nullopt);
  put(cluster, "b", "2");
  roll(cluster);
  cluster.run(seconds(3));
  roll(cluster);
  cluster.run(seconds(10));
  roll(cluster);
  cluster.run(seconds(5));
  for (const NodeId broker : cluster.topology.brokers) {
    EXPECT_THAT(stored(cluster, broker), ElementsAre("2"));
  }
}

TEST(Cleaner, LetsAReaderFromTheStartSeeTheLastValueOfEveryKey) {
  Cluster cluster(compacted());
  for (const char* value : {"1", "2", "3", "4", "5"}) {
    put(cluster, "a", value);
    put(cluster, value, value);
  }
  roll(cluster);
  cluster.run(seconds(5));
  std::vector<std::string> seen;
  Session session(cluster, kFirst);
  Offset at;
  while (at < cluster.high_watermark(kP0)) {
    const auto answer = session.from(kP0, at).fetch();
    ASSERT_EQ(answer.partitions.size(), 1U);
    ASSERT_FALSE(answer.partitions[0].batches.empty());
    for (const Bytes& slice : answer.partitions[0].batches) {
      for (ByteView rest = slice; !rest.empty();) {
        const BatchView batch = *BatchView::parse(rest);
        batch.for_each_record([&](const RecordView& it) {
          seen.push_back(std::string(as_text(it.key)) + "=" + std::string(as_text(it.value)));
        });
        at = batch.last_offset() + 1;
        rest = rest.subspan(batch.size_bytes());
      }
    }
  }
  std::erase(seen, "filler=x");
  EXPECT_THAT(seen, ElementsAre("1=1", "2=2", "3=3", "4=4", "a=5", "5=5"));
}

TEST(Cleaner, IsFollowedByAReplicaThatComesBackLate) {
  Cluster cluster(compacted());
  put(cluster, "a", "0");
  cluster.host.kill(kThird);
  cluster.run(seconds(10));
  for (const char* value : {"1", "2", "3", "4"}) {
    put(cluster, "a", value);
  }
  roll(cluster);
  cluster.run(seconds(5));
  ASSERT_THAT(stored(cluster, kFirst), ElementsAre("4"));
  cluster.host.restart(kThird);
  cluster.await_in_sync(kP0, 3);
  roll(cluster);
  cluster.run(seconds(5));
  EXPECT_THAT(stored(cluster, kThird), ElementsAre("4"));
}

// --- the coordinators' own topics ----------------------------------------------------------------

struct Loaded {
  std::vector<CommittedOffset> offsets;
  std::uint64_t bytes = 0;  ///< of the partition that holds them
};

/// Two groups commit again and again, their coordinator dies, and the next one is asked.
Loaded load_after_failover(Cleanup cleanup) {
  ClusterSpec spec = compacted();
  spec.topics[1].segment_bytes = 4'096;
  spec.topics[1].cleanup = cleanup;
  spec.topics[1].partitions = 1;
  Cluster cluster(spec);
  FindCoordinatorRequest find;
  find.group = "readers";
  const NodeId before =
      cluster.await<FindCoordinatorResponse>(cluster.ask(kThird, find)).coordinator;
  for (int i = 1; i <= 200; ++i) {
    cluster.commit(before, "readers", PartitionId(static_cast<std::uint32_t>(i % 3)), Offset(i));
    cluster.commit(before, "others", kP0, Offset(1'000 + i));
  }
  cluster.run(seconds(5));
  cluster.host.kill(before);
  cluster.run(seconds(15));
  const NodeId asked = before == kThird ? kFirst : kThird;
  const NodeId after = cluster.await<FindCoordinatorResponse>(cluster.ask(asked, find)).coordinator;
  Loaded loaded;
  loaded.bytes = cluster.replica(after, PartitionId(6))->log->size_bytes();
  for (const char* group : {"readers", "others"}) {
    OffsetFetchRequest request;
    request.group = group;
    const auto answer = cluster.await<OffsetFetchResponse>(cluster.ask(after, request));
    EXPECT_EQ(answer.error, ErrorCode::none);
    loaded.offsets.insert(loaded.offsets.end(), answer.offsets.begin(), answer.offsets.end());
  }
  return loaded;
}

TEST(OffsetsTopic, LoadsTheSameGroupsFromFewerBytesOnceCompacted) {
  const Loaded whole = load_after_failover(Cleanup::remove);
  const Loaded compact = load_after_failover(Cleanup::compact);
  ASSERT_EQ(whole.offsets.size(), 4U);
  ASSERT_EQ(compact.offsets.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(compact.offsets[i].partition, whole.offsets[i].partition);
    EXPECT_EQ(compact.offsets[i].offset, whole.offsets[i].offset);
  }
  EXPECT_LT(compact.bytes, whole.bytes / 4);
}

}  // namespace
}  // namespace wavetank::log::test
