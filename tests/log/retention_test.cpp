#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/log/log_fixture.h"

namespace wavetank::log::test {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

/// Segments of four one-record batches; record n is from second n.
class RetentionTest : public LogFixture {
 protected:
  static constexpr int kPerSegment = 4;

  RetentionTest() {
    config_.segment_bytes = kPerSegment * make_batch().size();
    config_.retention = seconds(10);
    open();
  }
  void append_seconds(int from, int to) {
    for (int s = from; s < to; ++s) {
      append(1, {.timestamp_ms = 1'000 * s});
    }
  }
  bool expire_at(int second, std::int64_t committed) {
    return log_->expire(1'000 * second, Offset(committed), meter_);
  }
};

TEST_F(RetentionTest, RemovesSegmentsWhoseLastRecordIsTooOld) {
  append_seconds(0, 12);
  EXPECT_FALSE(expire_at(13, 12)) << "record 3 is ten seconds old, and no older";
  EXPECT_TRUE(expire_at(14, 12));
  EXPECT_EQ(log_->start_offset(), Offset(4));
  EXPECT_THAT(all_bases(), ElementsAre(4, 5, 6, 7, 8, 9, 10, 11));
  EXPECT_EQ(read(3, 12), ReadStatus::out_of_range);
  EXPECT_EQ(log_->size_bytes(), 8 * make_batch().size());
}

TEST_F(RetentionTest, RemovesTheFilesWithIndexesAndAll) {
  append_seconds(0, 12);
  ASSERT_TRUE(expire_at(14, 12));
  const auto names = storage_.list("orders-7/00000000000000000000");
  EXPECT_THAT(names, SizeIs(0));
}

TEST_F(RetentionTest, KeepsWhatIsNotCommitted) {
  append_seconds(0, 12);
  EXPECT_FALSE(expire_at(100, 3));
  EXPECT_TRUE(expire_at(100, 4));
  EXPECT_EQ(log_->start_offset(), Offset(4));
}

TEST_F(RetentionTest, RollsAndRemovesTheActiveSegmentWhenAllIsTooOld) {
  append_seconds(0, 6);
  EXPECT_TRUE(expire_at(100, 6));
  EXPECT_EQ(log_->start_offset(), Offset(6));
  EXPECT_EQ(log_->end_offset(), Offset(6));
  EXPECT_EQ(log_->size_bytes(), 0U);
  EXPECT_EQ(append(1, {.timestamp_ms = 100'000}), Offset(7));
  EXPECT_FALSE(expire_at(100, 7));
}

TEST_F(RetentionTest, RemovesTheOldestBeyondItsBytes) {
  config_.retention_bytes = 9 * make_batch().size();
  config_.retention = seconds(1'000'000);
  open();
  append_seconds(0, 12);
  EXPECT_FALSE(expire_at(12, 12)) << "without its first segment the log would be too small";
  append_seconds(12, 13);
  EXPECT_TRUE(expire_at(13, 13));
  EXPECT_EQ(log_->start_offset(), Offset(4));
}

TEST_F(RetentionTest, RollsASegmentThatHasBecomeTooOld) {
  config_.segment_bytes = 1 << 20;
  config_.segment_age = seconds(5);
  open();
  append_seconds(0, 12);
  EXPECT_THAT(segment_files(), ElementsAre("orders-7/00000000000000000000.log",
                                           "orders-7/00000000000000000006.log"));
}

TEST_F(RetentionTest, StaysRemovedOverACrash) {
  append_seconds(0, 12);
  settle();
  ASSERT_TRUE(expire_at(14, 12));
  crash_and_reopen();
  EXPECT_EQ(log_->start_offset(), Offset(4));
  EXPECT_EQ(log_->end_offset(), Offset(8)) << "the active segment was never synced";
}

TEST_F(RetentionTest, RecoversWhenTheRecoveryPointWasRemoved) {
  append_seconds(0, 12);  // rolled, and nobody has said that it is durable
  ASSERT_TRUE(expire_at(19, 12));
  ASSERT_EQ(log_->start_offset(), Offset(8));
  open();
  EXPECT_EQ(log_->start_offset(), Offset(8));
  EXPECT_EQ(log_->end_offset(), Offset(12));
}

TEST_F(RetentionTest, FollowsItsLeadersStartByWholeSegments) {
  append_seconds(0, 12);
  EXPECT_FALSE(log_->advance_start(Offset(3), meter_));
  EXPECT_TRUE(log_->advance_start(Offset(9), meter_));
  EXPECT_EQ(log_->start_offset(), Offset(8));
  EXPECT_FALSE(log_->advance_start(Offset(12), meter_)) << "the active segment stays";
}

TEST_F(RetentionTest, BeginsAnewWhereItsLeaderBegins) {
  append_seconds(0, 6);
  log_->restart_at(Offset(50), meter_);
  EXPECT_EQ(log_->start_offset(), Offset(50));
  EXPECT_EQ(log_->end_offset(), Offset(50));
  EXPECT_EQ(log_->latest_epoch(), kNoLeaderEpoch);
  ASSERT_TRUE(follow(stamped(make_batch(), Offset(50), LeaderEpoch(3))));
  open();
  EXPECT_THAT(all_bases(), ElementsAre(50));
}

}  // namespace
}  // namespace wavetank::log::test
