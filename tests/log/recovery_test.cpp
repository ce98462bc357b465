// What a log is after its machine has lost power, and how much it reads to find out.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/base/ensure.h"
#include "engine/base/random.h"
#include "engine/log/storage/partition_log.h"
#include "tests/log/log_fixture.h"

namespace wavetank::log::test {
namespace {

using testing::ElementsAre;
using Progress = PartitionLog::Progress;

constexpr std::string_view kFirst = "orders-7/00000000000000000000.log";
constexpr std::string_view kSecond = "orders-7/00000000000000000003.log";
constexpr std::string_view kThird = "orders-7/00000000000000000006.log";

/// Segments of three batches of one record each; segments 0 and 3 are rolled, 6 is active.
class RecoveryTest : public LogFixture {
 protected:
  RecoveryTest() {
    config_.segment_bytes = 3 * one_;
    open();
    append(8);
  }

  const std::uint64_t one_ = make_batch().size();
};

TEST_F(RecoveryTest, FindsEverythingAfterTheProcessEnded) {
  open();
  EXPECT_EQ(log_->end_offset(), Offset(8));
  EXPECT_EQ(log_->size_bytes(), 8 * one_);
  EXPECT_THAT(all_bases(), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
}

TEST_F(RecoveryTest, LosesWhatWasNeverSynced) {
  crash_and_reopen();
  EXPECT_EQ(log_->end_offset(), Offset(6));
  EXPECT_THAT(all_bases(), ElementsAre(0, 1, 2, 3, 4, 5));
  append(1);
  EXPECT_EQ(log_->end_offset(), Offset(7));
}

TEST_F(RecoveryTest, CutsATornLastBatchWhereverItIsTorn) {
  for (std::uint64_t kept = 1; kept < one_; ++kept) {
    open();
    append(static_cast<int>(9 - log_->end_offset().value()));
    storage_.cut(kThird, 2 * one_ + kept);
    open();
    ASSERT_EQ(log_->end_offset(), Offset(8)) << kept;
    ASSERT_EQ(storage_.size_of(kThird), 2 * one_) << kept;
  }
}

TEST_F(RecoveryTest, CutsAtTheFirstCorruptBatchAndDropsWhatFollows) {
  storage_.corrupt(kSecond, one_ + kBatchHeaderBytes + 3);
  open();
  EXPECT_EQ(log_->end_offset(), Offset(4));
  EXPECT_EQ(log_->size_bytes(), 4 * one_);
  EXPECT_THAT(segment_files(), ElementsAre(kFirst, kSecond));
  append(3);
  EXPECT_THAT(all_bases(), ElementsAre(0, 1, 2, 3, 4, 5, 6));
}

TEST_F(RecoveryTest, NoticesAFlippedBitAnywhereInABatch) {
  for (std::uint64_t at = 0; at < one_; ++at) {
    // A greater leader epoch is as good as the true one: the checksum does not cover it.
    if (at >= kLeaderEpochAt && at < kMagicAt) {
      continue;
    }
    open();
    append(static_cast<int>(8 - log_->end_offset().value()));
    storage_.corrupt(kThird, at, 0x10);
    open();
    ASSERT_EQ(log_->end_offset(), Offset(6)) << at;
  }
}

TEST_F(RecoveryTest, RefusesABatchWithALowerEpochThanTheOneBefore) {
  truncate(7);
  append(1, {}, 0x12);
  append(1, {}, 0x13);
  storage_.corrupt(kThird, 2 * one_ + kLeaderEpochAt + 3, 0x10);
  open();
  EXPECT_EQ(log_->end_offset(), Offset(8));
}

TEST_F(RecoveryTest, DropsSegmentsBehindOneThatLostItsEnd) {
  storage_.cut(kFirst, 2 * one_);
  open();
  EXPECT_EQ(log_->end_offset(), Offset(2));
  EXPECT_THAT(segment_files(), ElementsAre(kFirst));
}

TEST_F(RecoveryTest, BeginsAgainWhenTheFilesAreEmpty) {
  storage_.cut(kFirst, 0);
  open();
  EXPECT_EQ(log_->end_offset(), Offset(0));
  append(2);
  EXPECT_THAT(all_bases(), ElementsAre(0, 1));
}

TEST_F(RecoveryTest, WaitsForEachFileThatIsNotInMemory) {
  storage_.evict();
  open_unrecovered();
  int waits = 0;
  while (log_->recover(kToken, meter_) == Progress::loading) {
    EXPECT_THAT(storage_.take_completed(), testing::Contains(kToken));
    ASSERT_LT(++waits, 10);
  }
  EXPECT_EQ(waits, 3);
  EXPECT_EQ(log_->end_offset(), Offset(8));
}

TEST_F(RecoveryTest, IsDoneAtOnceWhenDone) {
  open();
  storage_.forget_accesses();
  EXPECT_EQ(log_->recover(kToken, meter_), Progress::done);
  EXPECT_EQ(storage_.accesses().reads, 0U);
}

TEST_F(RecoveryTest, MustComeBeforeAnythingElse) {
  open_unrecovered();
  EXPECT_THROW(read(0, 1), EnsureFailure);
  EXPECT_THROW(lead(make_batch()), EnsureFailure);
  EXPECT_THROW(truncate(1), EnsureFailure);
}

TEST_F(RecoveryTest, ChargesForEveryByteItChecks) {
  meter_.clear();
  open();
  EXPECT_EQ(meter_.units(port::Work::bytes_checksummed), 8 * one_);
  EXPECT_EQ(meter_.units(port::Work::batch), 8U);
}

TEST_F(RecoveryTest, ReadsOnlyWhatIsAboveTheRecoveryPoint) {
  settle();
  storage_.forget_accesses();
  open();
  EXPECT_EQ(log_->recovery_point(), Offset(6));
  EXPECT_EQ(log_->end_offset(), Offset(8));
  EXPECT_EQ(log_->size_bytes(), 8 * one_);
  EXPECT_EQ(storage_.accesses().bytes_read, 2 * one_);
  EXPECT_THAT(all_bases(), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
}

TEST_F(RecoveryTest, TakesUpTheRecoveryPointWhenTheActiveSegmentIsGone) {
  settle();
  storage_.remove(storage_.open(kThird));
  open();
  EXPECT_EQ(log_->end_offset(), Offset(6));
  append(1);
  EXPECT_THAT(segment_files(), ElementsAre(kFirst, kSecond, kThird));
}

TEST_F(RecoveryTest, TrustsNothingIfATrustedSegmentIsNotWhole) {
  settle();
  storage_.cut(kFirst, one_);
  open();
  EXPECT_EQ(log_->end_offset(), Offset(1));
  EXPECT_EQ(log_->recovery_point(), Offset(0));
}

TEST_F(RecoveryTest, TrustsNothingWithoutAnIndex) {
  settle();
  storage_.remove(storage_.open("orders-7/00000000000000000003.index"));
  storage_.forget_accesses();
  open();
  EXPECT_EQ(log_->end_offset(), Offset(8));
  EXPECT_EQ(storage_.accesses().bytes_read, 8 * one_);
}

TEST_F(RecoveryTest, TrustsNothingOnTheWordOfADamagedCheckpoint) {
  settle();
  storage_.corrupt("orders-7/checkpoint", 4);
  storage_.forget_accesses();
  open();
  EXPECT_EQ(log_->end_offset(), Offset(8));
  EXPECT_EQ(storage_.accesses().bytes_read, 8 * one_);
}

TEST_F(RecoveryTest, AdvancesTheRecoveryPointForSegmentsThatItHasRead) {
  open();
  EXPECT_EQ(log_->recovery_point(), Offset(0));
  settle();
  EXPECT_EQ(log_->recovery_point(), Offset(6));
}

TEST_F(RecoveryTest, ReadsEverythingAfterATruncationBelowTheRecoveryPoint) {
  settle();
  truncate(4);
  append(2, {}, 9);
  storage_.forget_accesses();
  open();
  EXPECT_EQ(log_->end_offset(), Offset(6));
  EXPECT_EQ(log_->latest_epoch(), LeaderEpoch(9));
  EXPECT_EQ(storage_.accesses().bytes_read, 6 * one_);
}

TEST_F(RecoveryTest, RestoresEpochsAndSequencesFromBatchesAndFromTheCheckpoint) {
  const Bytes old = make_batch({.producer = ProducerId(5), .sequence = Sequence(0)});
  const Bytes recent = make_batch({.producer = ProducerId(5), .sequence = Sequence(1)});
  ASSERT_TRUE(lead(old, 3));  // the last batch of segment 6
  ASSERT_TRUE(lead(recent, 4));
  for (const bool from_checkpoint : {false, true}) {
    if (from_checkpoint) {
      settle();
    }
    open();
    EXPECT_EQ(log_->recovery_point(), Offset(from_checkpoint ? 9 : 0));
    EXPECT_EQ(log_->end_of_epoch(LeaderEpoch(0)), (EpochEnd{LeaderEpoch(0), Offset(8)}));
    EXPECT_EQ(log_->end_of_epoch(LeaderEpoch(3)), (EpochEnd{LeaderEpoch(3), Offset(9)}));
    EXPECT_EQ(lead(old, 4)->base_offset, Offset(8));
    EXPECT_EQ(lead(recent, 4)->base_offset, Offset(9));
    EXPECT_EQ(lead(make_batch({.producer = ProducerId(5), .sequence = Sequence(3)}), 4).error(),
              ErrorCode::out_of_order_sequence);
  }
}

TEST_F(RecoveryTest, SurvivesAnyCutOfAnyFile) {
  Random random(5, "cuts");
  for (int round = 0; round < 300; ++round) {
    storage_ = wavetank::test::MemoryStorage();
    open();
    append(8);
    if (random.chance(0.5)) {
      settle();
    }
    for (const std::string& name : storage_.list("orders-7/")) {
      if (random.chance(0.4)) {
        storage_.cut(name, random.below(storage_.size_of(name) + 1));
      }
    }
    open();
    const std::int64_t end = log_->end_offset().value();
    ASSERT_LE(end, 8);
    ASSERT_EQ(all_bases().size(), static_cast<std::size_t>(end));
    append(4);
    ASSERT_EQ(all_bases().size(), static_cast<std::size_t>(end) + 4);
    open();
    ASSERT_EQ(log_->end_offset(), Offset(end + 4));
  }
}

TEST_F(RecoveryTest, FindsItsWayInUnitsOfSeveralBatches) {
  storage_ = wavetank::test::MemoryStorage();
  const port::FileId file = storage_.open(kFirst);
  for (const std::int64_t base : {0, 3}) {
    storage_.append(file, joined({stamped(make_batch(), Offset(base), LeaderEpoch(0)),
                                  stamped(make_batch(), Offset(base + 1), LeaderEpoch(0)),
                                  stamped(make_batch(), Offset(base + 2), LeaderEpoch(0))}));
  }
  storage_.cut(kFirst, 6 * one_ - 5);
  config_.segment_bytes = 1 << 20;
  open();
  EXPECT_EQ(log_->end_offset(), Offset(5));
  for (std::int64_t from = 0; from < 5; ++from) {
    ASSERT_EQ(read(from, 5, 1), ReadStatus::ok);
    EXPECT_THAT(bases(), ElementsAre(from));
  }
  read(1, 4);
  EXPECT_THAT(bases(), ElementsAre(1, 2, 3));
  EXPECT_EQ(truncate(4), Progress::done);
  append(2);
  EXPECT_THAT(all_bases(), ElementsAre(0, 1, 2, 3, 4, 5));
}

}  // namespace
}  // namespace wavetank::log::test
