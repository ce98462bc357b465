#include "engine/log/storage/partition_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/base/ensure.h"
#include "engine/base/random.h"
#include "tests/log/log_fixture.h"

namespace wavetank::log::test {
namespace {

using Progress = PartitionLog::Progress;
using port::Work;
using testing::ElementsAre;
using testing::IsEmpty;

class PartitionLogTest : public LogFixture {
 protected:
  PartitionLogTest() { open(); }
};

// --- appending

TEST_F(PartitionLogTest, BeginsEmptyAtZero) {
  EXPECT_EQ(log_->start_offset(), Offset(0));
  EXPECT_EQ(log_->end_offset(), Offset(0));
  EXPECT_EQ(log_->size_bytes(), 0U);
  EXPECT_EQ(log_->latest_epoch(), kNoLeaderEpoch);
  EXPECT_EQ(log_->name(), "orders-7");
  EXPECT_THAT(segment_files(), ElementsAre("orders-7/00000000000000000000.log"));
}

TEST_F(PartitionLogTest, GivesALeadersBatchesConsecutiveOffsets) {
  const auto first = lead(make_batch({.records = 3}), 4);
  const auto second = lead(make_batch({.records = 2}), 4);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->base_offset, Offset(0));
  EXPECT_EQ(first->last_offset, Offset(2));
  EXPECT_EQ(second->base_offset, Offset(3));
  EXPECT_EQ(log_->end_offset(), Offset(5));
  EXPECT_EQ(log_->latest_epoch(), LeaderEpoch(4));
}

TEST_F(PartitionLogTest, StoresWhatWasSentUnderItsStamp) {
  const Bytes sent = make_batch({.records = 3});
  append(2, {.records = 3}, 6);
  ASSERT_EQ(read(3, 6), ReadStatus::ok);
  ASSERT_EQ(out_.size(), 1U);
  EXPECT_EQ(out_[0], stamped(sent, Offset(3), LeaderEpoch(6)));
}

TEST_F(PartitionLogTest, RefusesABatchWithAFlippedBit) {
  const Bytes good = make_batch();
  EXPECT_EQ(lead(with_byte(good, good.size() - 3, 'w')).error(), ErrorCode::corrupt_message);
  EXPECT_EQ(log_->end_offset(), Offset(0));
  EXPECT_EQ(log_->size_bytes(), 0U);
}

TEST_F(PartitionLogTest, RefusesFromAProducerWhatIsNotExactlyOneBatch) {
  const Bytes one = make_batch();
  EXPECT_EQ(lead(joined({one, one})).error(), ErrorCode::corrupt_message);
  EXPECT_EQ(lead(one.slice(0, one.size() - 1)).error(), ErrorCode::corrupt_message);
  EXPECT_EQ(lead(Bytes()).error(), ErrorCode::corrupt_message);
}

TEST_F(PartitionLogTest, RefusesAProducerWithoutSequence) {
  EXPECT_EQ(lead(make_batch({.producer = ProducerId(1), .sequence = Sequence(-1)})).error(),
            ErrorCode::corrupt_message);
}

TEST_F(PartitionLogTest, AnswersARetryWithTheOriginalOffsets) {
  const Bytes first = make_batch({.records = 3, .producer = ProducerId(5)});
  ASSERT_TRUE(lead(first));
  append(2);
  const auto retry = lead(first, 1);
  ASSERT_TRUE(retry);
  EXPECT_TRUE(retry->duplicate);
  EXPECT_EQ(retry->base_offset, Offset(0));
  EXPECT_EQ(retry->last_offset, Offset(2));
  EXPECT_EQ(log_->end_offset(), Offset(5));
}

TEST_F(PartitionLogTest, RefusesAGapInAProducersSequence) {
  ASSERT_TRUE(lead(make_batch({.records = 3, .producer = ProducerId(5)})));
  EXPECT_EQ(lead(make_batch({.producer = ProducerId(5), .sequence = Sequence(4)})).error(),
            ErrorCode::out_of_order_sequence);
}

TEST_F(PartitionLogTest, ChargesALeaderForChecksumAndOneCopy) {
  const Bytes batch = make_batch({.records = 10});
  meter_.clear();
  ASSERT_TRUE(lead(batch));
  EXPECT_EQ(meter_.units(Work::batch), 1U);
  EXPECT_EQ(meter_.units(Work::bytes_checksummed), batch.size());
  EXPECT_EQ(meter_.units(Work::bytes_copied), batch.size());
  EXPECT_EQ(meter_.units(Work::file_operation), 1U);
}

TEST_F(PartitionLogTest, DoesNotChargeForCopyingADuplicate) {
  const Bytes batch = make_batch({.producer = ProducerId(5)});
  ASSERT_TRUE(lead(batch));
  meter_.clear();
  ASSERT_TRUE(lead(batch));
  EXPECT_EQ(meter_.units(Work::bytes_copied), 0U);
  EXPECT_EQ(meter_.units(Work::file_operation), 0U);
}

TEST_F(PartitionLogTest, LetsALeaderNeverGoBackInEpochs) {
  append(1, {}, 5);
  EXPECT_THROW(lead(make_batch(), 4), EnsureFailure);
}

// --- following

TEST_F(PartitionLogTest, FollowsItsLeaderByteForByte) {
  const Bytes first = stamped(make_batch({.records = 3}), Offset(0), LeaderEpoch(1));
  const Bytes second = stamped(make_batch({.records = 2}), Offset(3), LeaderEpoch(2));
  const auto result = follow(joined({first, second}));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->base_offset, Offset(0));
  EXPECT_EQ(result->last_offset, Offset(4));
  EXPECT_EQ(log_->latest_epoch(), LeaderEpoch(2));
  ASSERT_EQ(read(0, 5), ReadStatus::ok);
  EXPECT_THAT(out_, ElementsAre(first, second));
}

TEST_F(PartitionLogTest, StoresThePayloadOnceForAllReplicas) {
  wavetank::test::MemoryStorage other_storage;
  PartitionLog follower("orders-7", config_, other_storage);
  const std::uint64_t before = Bytes::live_bytes();
  append(10, {.records = 10, .value_bytes = 1'000});
  const std::uint64_t leader_holds = Bytes::live_bytes() - before;
  ASSERT_EQ(read(0, 100), ReadStatus::ok);
  for (const Bytes& slice : out_) {
    ASSERT_TRUE(follower.append_as_follower(slice, meter_));
  }
  EXPECT_EQ(follower.size_bytes(), log_->size_bytes());
  EXPECT_EQ(leader_holds, log_->size_bytes());
  EXPECT_EQ(Bytes::live_bytes() - before, leader_holds);
}

TEST_F(PartitionLogTest, RefusesToFollowAcrossAGap) {
  EXPECT_EQ(follow(stamped(make_batch(), Offset(1), LeaderEpoch(0))).error(),
            ErrorCode::offset_out_of_range);
}

TEST_F(PartitionLogTest, RefusesToFollowBackInEpochs) {
  append(1, {}, 5);
  EXPECT_EQ(follow(stamped(make_batch(), Offset(1), LeaderEpoch(4))).error(),
            ErrorCode::corrupt_message);
}

TEST_F(PartitionLogTest, FollowsAllOfAResponseOrNothing) {
  const Bytes good = stamped(make_batch(), Offset(0), LeaderEpoch(0));
  const Bytes bad = with_byte(stamped(make_batch(), Offset(1), LeaderEpoch(0)), 70, 0);
  EXPECT_EQ(follow(joined({good, bad})).error(), ErrorCode::corrupt_message);
  EXPECT_EQ(follow(joined({good, good})).error(), ErrorCode::offset_out_of_range);
  EXPECT_EQ(follow(Bytes()).error(), ErrorCode::corrupt_message);
  EXPECT_EQ(log_->end_offset(), Offset(0));
}

TEST_F(PartitionLogTest, RefusesARetryAfterHavingFollowedTheOriginal) {
  const Bytes sent = make_batch({.records = 3, .producer = ProducerId(5)});
  ASSERT_TRUE(follow(stamped(sent, Offset(0), LeaderEpoch(0))));
  const auto retry = lead(sent, 1);
  ASSERT_TRUE(retry);
  EXPECT_TRUE(retry->duplicate);
}

// --- reading

TEST_F(PartitionLogTest, ReadsTheWholeBatchThatHoldsAnOffset) {
  append(4, {.records = 5});
  for (std::int64_t from = 5; from < 10; ++from) {
    ASSERT_EQ(read(from, 10), ReadStatus::ok);
    EXPECT_THAT(bases(), ElementsAre(5));
  }
}

TEST_F(PartitionLogTest, DoesNotGiveABatchThatEndsAboveTheLimit) {
  append(4, {.records = 5});
  read(0, 10);
  EXPECT_THAT(bases(), ElementsAre(0, 5));
  read(0, 9);
  EXPECT_THAT(bases(), ElementsAre(0));
  read(0, 4);
  EXPECT_THAT(bases(), IsEmpty());
}

TEST_F(PartitionLogTest, StaysWithinMaxBytes) {
  append(4);
  const std::uint64_t one = make_batch().size();
  read(0, 4, 2 * one);
  EXPECT_THAT(bases(), ElementsAre(0, 1));
  read(0, 4, 2 * one - 1);
  EXPECT_THAT(bases(), ElementsAre(0));
}

TEST_F(PartitionLogTest, GivesTheFirstBatchWhateverItsSize) {
  append(2, {.value_bytes = 10'000});
  read(1, 2, 1);
  EXPECT_THAT(bases(), ElementsAre(1));
}

TEST_F(PartitionLogTest, GivesNothingAtItsEnd) {
  append(2);
  storage_.forget_accesses();
  EXPECT_EQ(read(2, 2), ReadStatus::ok);
  EXPECT_EQ(read(1, 1), ReadStatus::ok);
  EXPECT_THAT(out_, IsEmpty());
  EXPECT_EQ(storage_.accesses().reads, 0U);
}

TEST_F(PartitionLogTest, RefusesToReadOutsideItself) {
  append(2);
  EXPECT_EQ(read(3, 10), ReadStatus::out_of_range);
  EXPECT_EQ(read(-1, 10), ReadStatus::out_of_range);
}

TEST_F(PartitionLogTest, TouchesAtTheTailOnlyWhatItGives) {
  append(1'000, {.records = 5, .value_bytes = 40});
  storage_.forget_accesses();
  meter_.clear();
  read(4'990, 5'000);
  EXPECT_THAT(bases(), ElementsAre(4'990, 4'995));
  EXPECT_EQ(storage_.accesses().reads, 1U);
  EXPECT_EQ(storage_.accesses().bytes_read, out_[0].size() + out_[1].size());
  EXPECT_EQ(meter_.units(Work::file_operation), 1U);
}

TEST_F(PartitionLogTest, AppendsToWhatTheReaderAlreadyHas) {
  append(3);
  read(0, 1);
  log_->read(Offset(2), Offset(3), 1 << 20, out_, kToken, meter_);
  EXPECT_THAT(bases(), ElementsAre(0, 2));
}

TEST_F(PartitionLogTest, WaitsForBytesThatAreNotInMemory) {
  append(3);
  storage_.evict();
  EXPECT_EQ(read(0, 3), ReadStatus::loading);
  EXPECT_THAT(out_, IsEmpty());
  EXPECT_THAT(storage_.take_completed(), ElementsAre(kToken));
  EXPECT_EQ(read(0, 3), ReadStatus::ok);
  EXPECT_THAT(bases(), ElementsAre(0, 1, 2));
}

TEST_F(PartitionLogTest, SaysWhenTheMediumHasChangedABatch) {
  append(3);
  const std::uint64_t one = make_batch().size();
  storage_.corrupt("orders-7/00000000000000000000.log", one + kMagicAt);
  EXPECT_EQ(read(0, 3), ReadStatus::ok);
  EXPECT_THAT(bases(), ElementsAre(0));
  EXPECT_EQ(read(1, 3), ReadStatus::corrupt);
}

TEST_F(PartitionLogTest, FindsEveryOffsetAmongBatchesOfAnySize) {
  Random random(3, "batches");
  config_.segment_bytes = 40'000;
  open();
  std::vector<std::int64_t> holder;  // base offset of the batch that holds each offset
  for (int i = 0; i < 400; ++i) {
    const int records = 1 + static_cast<int>(random.below(20));
    holder.insert(holder.end(), static_cast<std::size_t>(records), log_->end_offset().value());
    append(1, {.records = records, .value_bytes = random.below(400)});
  }
  ASSERT_GT(segment_files().size(), 10U);
  for (std::size_t from = 0; from < holder.size(); ++from) {
    // A small limit makes the log walk from the index entry in several reads.
    ASSERT_EQ(read(static_cast<std::int64_t>(from), log_->end_offset().value(), 100),
              ReadStatus::ok);
    ASSERT_FALSE(bases().empty()) << from;
    ASSERT_EQ(bases().front(), holder[from]) << from;
  }
}

// --- segments

TEST_F(PartitionLogTest, RollsBeforeASegmentWouldGrowTooLarge) {
  const std::uint64_t one = make_batch().size();
  config_.segment_bytes = 3 * one;
  open();
  append(7);
  EXPECT_THAT(segment_files(),
              ElementsAre("orders-7/00000000000000000000.log", "orders-7/00000000000000000003.log",
                          "orders-7/00000000000000000006.log"));
  EXPECT_EQ(storage_.size_of(segment_files()[0]), 3 * one);
  EXPECT_EQ(log_->size_bytes(), 7 * one);
}

TEST_F(PartitionLogTest, TakesABatchGreaterThanASegmentAlone) {
  config_.segment_bytes = 100;
  open();
  append(3, {.value_bytes = 1'000});
  EXPECT_EQ(segment_files().size(), 3U);
  EXPECT_THAT(all_bases(), ElementsAre(0, 1, 2));
}

TEST_F(PartitionLogTest, ReadsAcrossSegmentsInSteps) {
  config_.segment_bytes = 3 * make_batch().size();
  open();
  append(7);
  read(1, 7);
  EXPECT_THAT(bases(), ElementsAre(1, 2));
  EXPECT_THAT(all_bases(), ElementsAre(0, 1, 2, 3, 4, 5, 6));
}

TEST_F(PartitionLogTest, SyncsASegmentAndItsIndexWhenItRolls) {
  config_.segment_bytes = 3 * make_batch().size();
  open();
  append(3);
  EXPECT_EQ(storage_.accesses().syncs, 0U);
  append(1);
  EXPECT_EQ(storage_.accesses().syncs, 1U);
  EXPECT_TRUE(storage_.exists("orders-7/00000000000000000000.index"));
}

TEST_F(PartitionLogTest, AdvancesItsRecoveryPointWhenARolledSegmentIsDurable) {
  config_.segment_bytes = 3 * make_batch().size();
  open();
  append(4);
  EXPECT_EQ(log_->recovery_point(), Offset(0));
  settle();
  EXPECT_EQ(log_->recovery_point(), Offset(3));
  append(6);
  settle();
  EXPECT_EQ(log_->recovery_point(), Offset(9));
}

TEST_F(PartitionLogTest, AdvancesItsRecoveryPointOnlyWhenIndexesAndSegmentAreAllDurable) {
  config_.segment_bytes = 3 * make_batch().size();
  open();
  append(4);
  ASSERT_EQ(storage_.take_completed().size(), 3U);
  log_->on_durable();
  log_->on_durable();
  EXPECT_EQ(log_->recovery_point(), Offset(0));
  log_->on_durable();
  EXPECT_EQ(log_->recovery_point(), Offset(3));
  EXPECT_THROW(log_->on_durable(), EnsureFailure);
}

// --- truncation

TEST_F(PartitionLogTest, TruncatesAtABatchBoundary) {
  append(4, {.records = 5});
  const std::uint64_t size = log_->size_bytes();
  EXPECT_EQ(truncate(10), Progress::done);
  EXPECT_EQ(log_->end_offset(), Offset(10));
  EXPECT_EQ(log_->size_bytes(), size / 2);
  EXPECT_THAT(all_bases(), ElementsAre(0, 5));
}

TEST_F(PartitionLogTest, TruncatesOnlyWholeBatches) {
  append(4, {.records = 5});
  EXPECT_EQ(truncate(12), Progress::done);
  EXPECT_EQ(log_->end_offset(), Offset(10));
}

TEST_F(PartitionLogTest, IgnoresTruncationAtOrBeyondItsEnd) {
  append(2);
  EXPECT_EQ(truncate(2), Progress::done);
  EXPECT_EQ(truncate(9), Progress::done);
  EXPECT_EQ(log_->end_offset(), Offset(2));
}

TEST_F(PartitionLogTest, TruncatesToNothing) {
  append(4, {}, 3);
  EXPECT_EQ(truncate(-1), Progress::done);
  EXPECT_EQ(log_->end_offset(), Offset(0));
  EXPECT_EQ(log_->size_bytes(), 0U);
  EXPECT_EQ(log_->latest_epoch(), kNoLeaderEpoch);
  append(2, {}, 1);
  EXPECT_THAT(all_bases(), ElementsAre(0, 1));
}

TEST_F(PartitionLogTest, TruncatesAcrossSegments) {
  config_.segment_bytes = 3 * make_batch().size();
  open();
  append(9);
  EXPECT_EQ(truncate(4), Progress::done);
  EXPECT_EQ(segment_files().size(), 2U);
  append(3);
  EXPECT_THAT(all_bases(), ElementsAre(0, 1, 2, 3, 4, 5, 6));
}

TEST_F(PartitionLogTest, TruncatesToEveryOffsetAndGoesOn) {
  config_.segment_bytes = 1'000;
  for (std::int64_t cut = 0; cut <= 60; ++cut) {
    storage_ = wavetank::test::MemoryStorage();
    open();
    append(20, {.records = 3});
    ASSERT_EQ(truncate(cut), Progress::done);
    ASSERT_EQ(log_->end_offset(), Offset(cut / 3 * 3));
    append(20, {.records = 3});
    ASSERT_EQ(all_bases().size(), static_cast<std::size_t>(cut / 3 + 20));
    ASSERT_EQ(log_->size_bytes(), all_bases().size() * make_batch({.records = 3}).size());
  }
}

TEST_F(PartitionLogTest, WaitsToTruncateWhereItMustReadFirst) {
  append(100);
  storage_.evict();
  EXPECT_EQ(truncate(50), Progress::loading);
  EXPECT_EQ(log_->end_offset(), Offset(100));
  EXPECT_THAT(storage_.take_completed(), ElementsAre(kToken));
  EXPECT_EQ(truncate(50), Progress::done);
  EXPECT_EQ(log_->end_offset(), Offset(50));
}

TEST_F(PartitionLogTest, ForgetsEpochsAndSequencesWithTheirBatches) {
  const Bytes kept = make_batch({.records = 3, .producer = ProducerId(5)});
  const Bytes cut = make_batch({.records = 3, .producer = ProducerId(5), .sequence = Sequence(3)});
  ASSERT_TRUE(lead(kept, 1));
  ASSERT_TRUE(lead(cut, 2));
  truncate(3);
  EXPECT_EQ(log_->latest_epoch(), LeaderEpoch(1));
  EXPECT_EQ(log_->end_of_epoch(LeaderEpoch(2)), (EpochEnd{LeaderEpoch(1), Offset(3)}));
  EXPECT_TRUE(lead(kept, 3)->duplicate);
  EXPECT_FALSE(lead(cut, 3)->duplicate);
}

TEST_F(PartitionLogTest, WithdrawsItsRecoveryPointWhenTruncatedBelowIt) {
  config_.segment_bytes = 3 * make_batch().size();
  open();
  append(10);
  settle();
  ASSERT_EQ(log_->recovery_point(), Offset(9));
  truncate(4);
  EXPECT_EQ(log_->recovery_point(), Offset(0));
}

TEST_F(PartitionLogTest, DoesNotAdvanceItsRecoveryPointByWhatWasTruncatedMeanwhile) {
  config_.segment_bytes = 3 * make_batch().size();
  open();
  append(10);
  truncate(4);
  settle();
  EXPECT_EQ(log_->recovery_point(), Offset(0));
  append(3);
  settle();
  EXPECT_EQ(log_->recovery_point(), Offset(6));
}

TEST_F(PartitionLogTest, EndsEpochsWhereTheNextBeginOrAtItsEnd) {
  append(2, {.records = 5}, 1);
  append(1, {.records = 5}, 4);
  EXPECT_EQ(log_->end_of_epoch(LeaderEpoch(1)), (EpochEnd{LeaderEpoch(1), Offset(10)}));
  EXPECT_EQ(log_->end_of_epoch(LeaderEpoch(3)), (EpochEnd{LeaderEpoch(1), Offset(10)}));
  EXPECT_EQ(log_->end_of_epoch(LeaderEpoch(4)), (EpochEnd{LeaderEpoch(4), Offset(15)}));
  EXPECT_EQ(log_->end_of_epoch(LeaderEpoch(0)), (EpochEnd{kNoLeaderEpoch, Offset(0)}));
}

}  // namespace
}  // namespace wavetank::log::test
