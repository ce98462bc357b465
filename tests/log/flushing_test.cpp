#include <gtest/gtest.h>

#include "tests/log/log_fixture.h"

namespace wavetank::log::test {
namespace {

class FlushingTest : public LogFixture {
 protected:
  std::uint64_t syncs() const { return storage_.accesses().syncs; }
};

TEST_F(FlushingTest, LeavesTheDiskAloneUnlessItsTopicSays) {
  open();
  append(100);
  EXPECT_FALSE(log_->holds_back(Offset(99)));
  log_->flush_if_older(Time(1'000'000'000'000), meter_);
  EXPECT_EQ(syncs(), 0U);
  crash_and_reopen();
  EXPECT_EQ(log_->end_offset(), Offset(0));
}

TEST_F(FlushingTest, ForcesEveryAppendBeforeItIsAnswered) {
  config_.flush_messages = 1;
  open();
  append(1);
  EXPECT_TRUE(log_->holds_back(Offset(0)));
  settle();
  EXPECT_FALSE(log_->holds_back(Offset(0)));
  EXPECT_EQ(log_->flushed_offset(), Offset(1));
  crash_and_reopen();
  EXPECT_EQ(log_->end_offset(), Offset(1));
}

TEST_F(FlushingTest, CountsMessagesAndNotAppends) {
  config_.flush_messages = 10;
  open();
  append(3, {.records = 3});
  EXPECT_FALSE(log_->holds_back(Offset(8)));
  EXPECT_EQ(syncs(), 0U);
  append(1, {.records = 3});
  EXPECT_TRUE(log_->holds_back(Offset(11)));
  EXPECT_EQ(syncs(), 1U);
  settle();
  append(3, {.records = 3});
  EXPECT_EQ(syncs(), 1U);
}

TEST_F(FlushingTest, LetsWhatComesMeanwhileShareTheNextTime) {
  config_.flush_messages = 1;
  open();
  append(1);
  append(5);
  EXPECT_EQ(syncs(), 1U);
  settle();
  EXPECT_EQ(log_->flushed_offset(), Offset(1));
  EXPECT_FALSE(log_->holds_back(Offset(0)));
  EXPECT_TRUE(log_->holds_back(Offset(5)));
  EXPECT_EQ(syncs(), 2U);
  settle();
  EXPECT_FALSE(log_->holds_back(Offset(5)));
  EXPECT_EQ(syncs(), 2U);
}

TEST_F(FlushingTest, ForcesWhatAFollowerCopies) {
  config_.flush_messages = 1;
  open();
  ASSERT_TRUE(follow(stamped(make_batch(), Offset(0), LeaderEpoch(0))));
  EXPECT_TRUE(log_->holds_back(Offset(0)));
  settle();
  crash_and_reopen();
  EXPECT_EQ(log_->end_offset(), Offset(1));
}

TEST_F(FlushingTest, ForcesTheSegmentsThatHaveBeenRolledMeanwhile) {
  config_.flush_messages = 5;
  config_.segment_bytes = 2 * make_batch().size();
  storage_.defer();
  open();
  append(5);
  ASSERT_EQ(segment_files().size(), 3U);
  for (int segment = 0; segment < 3; ++segment) {
    storage_.finish(kFlushed);
  }
  settle();
  EXPECT_EQ(log_->flushed_offset(), Offset(5));
  storage_.forget_unfinished();  // what rolling has asked for
  crash_and_reopen();
  EXPECT_EQ(log_->end_offset(), Offset(5));
}

TEST_F(FlushingTest, ForcesWhatALastProcessDidNot) {
  config_.flush_messages = 1;
  storage_.defer();
  open();
  append(3);
  storage_.forget_unfinished();
  open();  // the process has ended, the system has not
  EXPECT_TRUE(log_->holds_back(Offset(2)));
  storage_.finish(kFlushed);
  settle();
  EXPECT_FALSE(log_->holds_back(Offset(2)));
}

TEST_F(FlushingTest, ForgetsWhatIsCut) {
  config_.flush_messages = 1;
  open();
  append(4);
  settle();
  settle();
  ASSERT_EQ(log_->flushed_offset(), Offset(4));
  truncate(2);
  EXPECT_EQ(log_->flushed_offset(), Offset(2));
  append(1);
  EXPECT_TRUE(log_->holds_back(Offset(2)));
}

TEST_F(FlushingTest, CountsNothingAsForcedThatWasCutWhileItWasForced) {
  config_.flush_messages = 1;
  open();
  append(4);
  settle();
  ASSERT_TRUE(log_->holds_back(Offset(3)));
  truncate(2);
  settle();
  EXPECT_EQ(log_->flushed_offset(), Offset(2));
}

TEST_F(FlushingTest, ForcesByTimeWithoutHoldingAnyoneBack) {
  config_.flush_interval = seconds(10);
  open();
  append(3);
  log_->flush_if_older(Time() + seconds(9), meter_);
  EXPECT_EQ(syncs(), 0U);
  log_->flush_if_older(Time() + seconds(10), meter_);
  EXPECT_EQ(syncs(), 1U);
  EXPECT_FALSE(log_->holds_back(Offset(2)));
  settle();
  log_->flush_if_older(Time() + seconds(20), meter_);
  EXPECT_EQ(syncs(), 1U) << "there is nothing new";
  crash_and_reopen();
  EXPECT_EQ(log_->end_offset(), Offset(3));
}

}  // namespace
}  // namespace wavetank::log::test
