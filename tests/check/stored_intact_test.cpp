#include "sim/check/stored_intact.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

#include "engine/log/storage/record_batch.h"

namespace wavetank::sim {
namespace {

using ::testing::HasSubstr;

/// A partition on three brokers that share what they store.
class StoredIntactTest : public testing::Test {
 protected:
  StoredIntactTest() {
    partition.name = "orders-0";
    for (std::uint32_t node = 0; node < 3; ++node) {
      StoredReplica replica;
      replica.broker = NodeId(node);
      replica.leads = node == 0;
      replica.epoch = log::LeaderEpoch(1);
      partition.replicas.push_back(replica);
    }
    for (std::int64_t base = 0; base < 30; base += 10) {
      const ByteView unit = batch_at(log::Offset(base));
      for (StoredReplica& replica : partition.replicas) {
        replica.units.push_back(unit);
      }
    }
  }

  ByteView batch_at(log::Offset base) {
    log::BatchBuilder builder;
    for (int i = 0; i < 10; ++i) {
      builder.add(0, as_bytes("key"), as_bytes("a value that may rot"));
    }
    const Bytes sent =
        builder.build(log::ProducerId(1), log::ProducerEpoch(0), log::Sequence(0), 0);
    return keep(log::stamped_copy(*log::BatchView::parse(sent), base, log::LeaderEpoch(1)));
  }
  ByteView keep(Bytes unit) { return kept.emplace_back(std::move(unit)); }
  /// A bit of one replica's copy of a unit flips.
  void rot(std::uint32_t node, std::size_t unit, std::size_t byte) {
    ByteView& it = partition.replicas[node].units[unit];
    it = keep(Bytes::build(it.size(), [&](std::uint8_t* to) {
      std::copy_n(it.data(), it.size(), to);
      to[byte] ^= 0x10;
    }));
  }
  reports::InvariantReport judged() const {
    StoredIntact checker;
    checker.look_at(partition);
    return checker.report();
  }

  StoredPartition partition;
  std::deque<Bytes> kept;
};

TEST_F(StoredIntactTest, WhatIsAsItWasWrittenPasses) {
  EXPECT_EQ(judged().verdict, reports::Verdict::pass);
  EXPECT_EQ(judged().checked, 3u);
}

TEST_F(StoredIntactTest, NamesBrokerPartitionAndOffsetOfARottenBit) {
  rot(2, 1, 100);
  const reports::InvariantReport report = judged();
  EXPECT_EQ(report.verdict, reports::Verdict::fail);
  EXPECT_THAT(report.first.value_or(""), HasSubstr("the copy of orders-0 on node 2"));
  EXPECT_THAT(report.first.value_or(""), HasSubstr("at offset 10 "));
}

TEST_F(StoredIntactTest, FindsItWhereverItIsFromTheChecksumOn) {
  const std::size_t size = partition.replicas[1].units[0].size();
  for (std::size_t byte = 16; byte < size; ++byte) {
    const ByteView sound = partition.replicas[1].units[0];
    rot(1, 0, byte);
    EXPECT_EQ(judged().verdict, reports::Verdict::fail) << byte;
    partition.replicas[1].units[0] = sound;
  }
}

TEST_F(StoredIntactTest, FindsItInTheOnlyCopy) {
  partition.replicas.resize(1);
  EXPECT_EQ(judged().verdict, reports::Verdict::pass);
  rot(0, 2, 80);
  EXPECT_EQ(judged().verdict, reports::Verdict::fail);
}

TEST_F(StoredIntactTest, WhatIsTornAtTheEndOfABrokerThatIsDownIsNotRot) {
  StoredReplica& down = partition.replicas[1];
  down.epoch = log::kNoLeaderEpoch;
  down.units[2] =
      keep(Bytes::build(40, [&](std::uint8_t* to) { std::copy_n(down.units[2].data(), 40, to); }));
  EXPECT_EQ(judged().verdict, reports::Verdict::pass);
  down.epoch = log::LeaderEpoch(1);  // one that is up would have cut it off
  EXPECT_EQ(judged().verdict, reports::Verdict::fail);
}

}  // namespace
}  // namespace wavetank::sim
