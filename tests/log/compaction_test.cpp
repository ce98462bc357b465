#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "engine/log/storage/batch_filter.h"
#include "engine/log/storage/offset_map.h"
#include "tests/log/log_fixture.h"

namespace wavetank::log::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr port::StorageToken kCleaning{3};

/// Who writes a batch.
struct By {
  ProducerId producer = kNoProducerId;
  Sequence sequence{-1};
  bool transactional = false;
};

/// A compacted log whose segments have room for some small batches. `put` writes one record a
/// batch.
class CompactionTest : public LogFixture {
 protected:
  static constexpr int kPerSegment = 4;

  CompactionTest() {
    config_.cleanup = Cleanup::compact;
    config_.segment_bytes = kPerSegment * record("k", "1").size();
    config_.delete_retention = seconds(100);
    open();
  }

  static Bytes record(std::string_view key, std::string_view value, const By& by = {}) {
    BatchBuilder builder;
    // A value of "-" is none: a tombstone.
    builder.add(1'000, as_bytes(key), value == "-" ? ByteView() : as_bytes(value));
    return builder.build(by.producer, ProducerEpoch(by.producer == kNoProducerId ? -1 : 0),
                         by.sequence, by.transactional ? kTransactionalAttribute : std::int16_t{0});
  }
  void put(std::string_view key, std::string_view value, const By& by = {}) {
    ASSERT_TRUE(lead(record(key, value, by)));
  }
  /// The active segment is closed, and all before it is durable.
  void roll() {
    const Offset before = log_->end_offset();
    std::size_t segments = segment_files().size();
    while (segment_files().size() == segments) {
      put("filler", "x");
    }
    settle();
    ASSERT_GT(log_->end_offset(), before);
  }
  void begin(int second, Offset stable, std::uint64_t memory = 1 << 20) {
    log_->begin_cleaning(stable, 1'000 * second, memory);
  }
  /// One pass to its end; returns the steps it took.
  int clean(int second = 10, std::uint64_t memory = 1 << 20, std::uint64_t piece = 1 << 20) {
    begin(second, log_->end_offset(), memory);
    int steps = 0;
    while (log_->is_cleaning()) {
      ++steps;
      const auto step = log_->clean(piece, kCleaning, meter_);
      EXPECT_TRUE(step.progress != PartitionLog::CleaningProgress::waiting || completed_cleaning());
    }
    settle();
    return steps;
  }
  bool completed_cleaning() {
    const auto done = storage_.take_completed();
    const bool found = std::ranges::find(done, kCleaning) != done.end();
    for (const port::StorageToken token : done) {
      if (token == kDurable) {
        log_->on_durable();
      }
    }
    return found;
  }
  [[nodiscard]] std::uint64_t dirty_bytes(int second = 10) const {
    return log_->cleanable(log_->end_offset(), 1'000 * second).dirty_bytes;
  }

  /// "0:k=v 1:d=-" of all records below `end` whose key is not "filler".
  std::string content(std::int64_t end = 1'000'000) {
    std::string found;
    for_each_batch([&](const BatchView& batch) {
      if (batch.is_control()) {
        found += std::to_string(batch.base_offset().value()) + ":marker ";
        return;
      }
      for (const Record& it : records_of(batch)) {
        if (it.key != "filler" && it.offset < end) {
          found += std::to_string(it.offset) + ":" + it.key + "=" +
                   (it.value.empty() ? "-" : it.value) + " ";
        }
      }
    });
    return found.empty() ? found : found.substr(0, found.size() - 1);
  }
  template <class Visit>
  void for_each_batch(const Visit& visit) {
    Offset at = log_->start_offset();
    while (at < log_->end_offset()) {
      const ReadStatus status = read(at.value(), log_->end_offset().value());
      if (status == ReadStatus::loading) {
        continue;
      }
      ASSERT_EQ(status, ReadStatus::ok);
      ASSERT_FALSE(out_.empty()) << "no progress at " << at.value();
      const std::vector<Bytes> given = out_;
      for (const Bytes& slice : given) {
        for (ByteView rest = slice; !rest.empty();) {
          const auto batch = BatchView::parse(rest);
          ASSERT_TRUE(batch && batch->checksum_matches());
          visit(*batch);
          at = batch->last_offset() + 1;
          rest = rest.subspan(batch->size_bytes());
        }
      }
    }
  }
  [[nodiscard]] int batches() {
    int count = 0;
    for_each_batch([&](const BatchView&) { ++count; });
    return count;
  }
};

TEST_F(CompactionTest, KeepsTheLatestRecordOfEveryKeyAtItsOffset) {
  put("a", "1");
  put("b", "1");
  put("a", "2");
  put("c", "1");
  put("b", "2");
  roll();
  const Offset end = log_->end_offset();
  clean();
  EXPECT_EQ(content(), "2:a=2 3:c=1 4:b=2");
  EXPECT_EQ(log_->end_offset(), end);
  EXPECT_EQ(log_->start_offset(), Offset(0));
}

TEST_F(CompactionTest, KeepsWhatIsAboveTheStableOffset) {
  put("a", "1");
  put("b", "1");
  put("a", "2");
  put("b", "2");
  put("a", "3");
  roll();
  EXPECT_EQ(log_->cleanable(Offset(3), 10'000).dirty_bytes, 0U) << "its segment ends above";
  begin(10, Offset(4));
  while (log_->is_cleaning()) {
    log_->clean(1 << 20, kCleaning, meter_);
  }
  EXPECT_EQ(content(), "2:a=2 3:b=2 4:a=3");
}

TEST_F(CompactionTest, LeavesTheActiveSegmentAlone) {
  put("a", "1");
  put("a", "2");
  settle();
  EXPECT_EQ(dirty_bytes(), 0U);
}

TEST_F(CompactionTest, LeavesWhatIsNotDurableAlone) {
  for (int i = 0; i < 6; ++i) {
    put("a", std::to_string(i));
  }
  EXPECT_EQ(dirty_bytes(), 0U) << "nobody has said that the first segment is synced";
  settle();
  EXPECT_GT(dirty_bytes(), 0U);
}

TEST_F(CompactionTest, LeavesWhatIsTooYoungAlone) {
  config_.min_compaction_lag = seconds(20);
  open();
  put("a", "1");
  put("a", "2");
  roll();
  EXPECT_EQ(dirty_bytes(20), 0U);
  EXPECT_GT(dirty_bytes(21), 0U);
}

TEST_F(CompactionTest, IsOverdueWhenSomethingHasBeenDirtyForTooLong) {
  config_.max_compaction_lag = seconds(20);
  open();
  put("a", "1");
  roll();
  EXPECT_FALSE(log_->cleanable(log_->end_offset(), 21'000).overdue);
  EXPECT_TRUE(log_->cleanable(log_->end_offset(), 21'001).overdue);
}

TEST_F(CompactionTest, CountsCleanAndDirtyBytes) {
  put("a", "1");
  put("a", "2");
  roll();
  EXPECT_EQ(log_->cleanable(log_->end_offset(), 10'000).dirty_share(), 1.0);
  clean();
  EXPECT_EQ(dirty_bytes(), 0U);
  put("a", "3");
  roll();
  const auto found = log_->cleanable(log_->end_offset(), 10'000);
  EXPECT_GT(found.clean_bytes, 0U);
  EXPECT_GT(found.dirty_bytes, 0U);
}

TEST_F(CompactionTest, RemovesATombstoneAfterItsRetentionAndNotBefore) {
  put("a", "1");
  put("a", "-");
  roll();
  clean(10);
  EXPECT_EQ(content(), "1:a=-") << "the value goes at once";
  put("b", "1");
  roll();
  clean(109);
  EXPECT_EQ(content(), "1:a=- 4:b=1");
  put("c", "1");
  roll();
  clean(110);
  EXPECT_EQ(content(2), "") << "it was first met at 10 s, and is kept 100 s longer";
}

TEST_F(CompactionTest, KeepsTimestampsWhenABatchGetsItsHorizon) {
  put("a", "-");
  roll();
  clean(10);
  std::optional<std::int64_t> horizon;
  std::vector<Record> records;
  for_each_batch([&](const BatchView& batch) {
    if (batch.base_offset() == Offset(0)) {
      horizon = batch.delete_horizon_ms();
      records = records_of(batch);
    }
  });
  EXPECT_EQ(horizon, 110'000);
  ASSERT_THAT(records, SizeIs(1));
  EXPECT_EQ(records[0].timestamp_ms, 1'000);
}

TEST_F(CompactionTest, NeverBringsADeletedKeyBack) {
  put("a", "1");
  put("b", "1");
  put("b", "1");
  put("b", "1");
  put("a", "-");
  roll();
  clean(10);
  for (const int second : {200, 400}) {
    roll();
    clean(second);
  }
  EXPECT_EQ(content(), "3:b=1");
  open();
  EXPECT_EQ(content(), "3:b=1");
}

TEST_F(CompactionTest, KeepsRecordsWithoutAKey) {
  BatchBuilder builder;
  builder.add(1'000, {}, as_bytes("1"));
  builder.add(1'000, as_bytes("a"), as_bytes("1"));
  ASSERT_TRUE(lead(builder.build(kNoProducerId, ProducerEpoch(-1), Sequence(-1))));
  put("a", "2");
  roll();
  clean();
  EXPECT_EQ(content(), "0:=1 2:a=2");
}

TEST_F(CompactionTest, RewritesOnlyBatchesThatLoseSomething) {
  put("a", "1");
  put("b", "1");
  roll();
  storage_.forget_accesses();
  const auto encoded = meter_.units(port::Work::record_encoded);
  clean();
  EXPECT_EQ(meter_.units(port::Work::record_encoded), encoded);
  EXPECT_GT(storage_.accesses().bytes_read, 0U);
  EXPECT_GT(storage_.accesses().bytes_appended, 0U);
}

TEST_F(CompactionTest, JoinsSmallSegments) {
  for (int i = 0; i < 40; ++i) {
    put("a", "1");
  }
  roll();
  ASSERT_GT(segment_files().size(), 9U);
  for (int passes = 0; passes < 3; ++passes) {  // a group is what its segments were before
    clean();
    roll();
  }
  EXPECT_LE(segment_files().size(), 4U);
  EXPECT_LE(batches(), 4 * kPerSegment);
}

TEST_F(CompactionTest, DoesALittleAtATime) {
  for (int i = 0; i < 40; ++i) {
    put("a", "1");
  }
  roll();
  EXPECT_GT(clean(10, 1 << 20, record("a", "1").size()), 80);
}

TEST_F(CompactionTest, GoesNoFurtherThanItsMapReaches) {
  OffsetMap least(0);
  const auto keys = static_cast<int>(least.capacity());
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < keys + 10; ++i) {
      put(std::to_string(i), "v");
    }
  }
  roll();
  clean(10, 0);
  EXPECT_EQ(log_->cleaned_up_to(), Offset(keys));
  EXPECT_GT(dirty_bytes(), 0U);
  for (int passes = 0; dirty_bytes() > 0; ++passes) {
    ASSERT_LT(passes, 10);
    clean(10, 0);
  }
  int records = 0;
  for_each_batch([&](const BatchView& batch) {
    for (const Record& it : records_of(batch)) {
      records += it.key != "filler" ? 1 : 0;
    }
  });
  EXPECT_EQ(records, keys + 10);
}

// --- what is remembered beside records -----------------------------------------------------------

TEST_F(CompactionTest, KeepsTheLastSequenceOfAProducerInAnEmptyBatch) {
  const ProducerId producer(7);
  put("a", "1", {producer, Sequence(0)});
  put("a", "2", {producer, Sequence(1)});
  put("a", "3");
  roll();
  clean();
  EXPECT_EQ(content(), "2:a=3");
  storage_.replace("orders-7/checkpoint", {}, port::kNoNotify);
  open();  // reads everything anew
  EXPECT_TRUE(lead(record("a", "2", {producer, Sequence(1)}))->duplicate);
  EXPECT_EQ(lead(record("b", "1", {producer, Sequence(7)})).error(),
            ErrorCode::out_of_order_sequence);
  EXPECT_TRUE(lead(record("b", "1", {producer, Sequence(2)})));
}

TEST_F(CompactionTest, RemovesTheRecordsOfAbortedTransactionsAndLaterTheirMarkers) {
  config_.segment_bytes *= 2;
  open();
  const ProducerId producer(7);
  put("a", "1");
  put("a", "2", {producer, Sequence(0), true});
  ASSERT_TRUE(end({producer, ProducerEpoch(0), Outcome::abort, CoordinatorEpoch(0)}));
  put("z", "1", {producer, Sequence(1)});
  roll();
  clean(10);
  EXPECT_EQ(content(), "0:a=1 2:marker 3:z=1");
  std::vector<AbortedTransaction> aborted;
  log_->aborted_in(Offset(0), Offset(10), aborted);
  EXPECT_THAT(aborted, SizeIs(1)) << "a reader may have the records already";
  roll();
  clean(20);
  EXPECT_EQ(content(), "0:a=1 2:marker 3:z=1") << "the marker has got its horizon";
  aborted.clear();
  log_->aborted_in(Offset(0), Offset(10), aborted);
  EXPECT_THAT(aborted, IsEmpty());
  roll();
  clean(120);
  EXPECT_EQ(content(), "0:a=1 3:z=1");
}

TEST_F(CompactionTest, CountsCommittedTransactionsAndNoAbortedOnes) {
  const ProducerId producer(7);
  put("a", "1", {producer, Sequence(0), true});
  ASSERT_TRUE(end({producer, ProducerEpoch(0), Outcome::commit, CoordinatorEpoch(0)}));
  put("a", "2", {producer, Sequence(1), true});
  ASSERT_TRUE(end({producer, ProducerEpoch(0), Outcome::abort, CoordinatorEpoch(0)}));
  put("a", "3", {producer, Sequence(2), true});
  ASSERT_TRUE(end({producer, ProducerEpoch(0), Outcome::abort, CoordinatorEpoch(0)}));
  roll();
  clean(10);
  EXPECT_EQ(content(), "0:a=1 1:marker 3:marker 5:marker");
}

TEST_F(CompactionTest, KeepsTheMarkerOfATransactionWhoseRecordsRemain) {
  const ProducerId producer(7);
  put("a", "1", {producer, Sequence(0), true});
  ASSERT_TRUE(end({producer, ProducerEpoch(0), Outcome::commit, CoordinatorEpoch(0)}));
  roll();
  for (const int second : {10, 200, 400}) {
    clean(second);
    EXPECT_EQ(content(), "0:a=1 1:marker");
    roll();
  }
}

TEST_F(CompactionTest, KnowsOfAnAbortedTransactionThatBeganInWhatIsClean) {
  const ProducerId producer(7);
  for (int i = 0; i < kPerSegment - 1; ++i) {
    put("a", "1");
  }
  put("a", "2", {producer, Sequence(0), true});
  roll();
  clean(10);  // nobody asked whether the offset is stable: the record counts as committed
  put("a", "3", {producer, Sequence(1), true});
  ASSERT_TRUE(end({producer, ProducerEpoch(0), Outcome::abort, CoordinatorEpoch(0)}));
  put("a", "4", {producer, Sequence(2)});
  roll();
  clean(10);
  EXPECT_THAT(content(), testing::HasSubstr("a=4"));
  EXPECT_THAT(content(), testing::Not(testing::HasSubstr("a=3")));
}

// --- crashes and cuts ----------------------------------------------------------------------------

TEST_F(CompactionTest, IsTheSameAfterACrash) {
  put("a", "1");
  put("b", "1");
  put("a", "2");
  roll();
  clean();
  const std::string before = content(8);
  crash_and_reopen();
  EXPECT_EQ(content(8), before);
  EXPECT_EQ(dirty_bytes(), 0U) << "it knows how far it had come";
}

TEST_F(CompactionTest, IsTheSameWhenEverythingIsReadAnew) {
  put("a", "1");
  put("b", "1");
  put("b", "2");
  put("a", "2");  // the first segment loses all
  put("b", "3");
  put("a", "3");
  roll();
  clean();
  storage_.replace("orders-7/checkpoint", {}, port::kNoNotify);
  open();
  EXPECT_EQ(content(), "4:b=3 5:a=3");
}

TEST_F(CompactionTest, LosesNothingWhenAPassIsCutShort) {
  put("a", "1");
  put("b", "1");
  put("a", "2");
  roll();
  const std::string before = content();
  begin(10, log_->end_offset());
  storage_.defer();
  while (log_->clean(1 << 20, kCleaning, meter_).progress !=
         PartitionLog::CleaningProgress::waiting) {
  }
  storage_.forget_unfinished();
  ASSERT_THAT(storage_.list("orders-7/00000000000000000000.log"), SizeIs(2)) << "and one aside";
  crash_and_reopen();
  EXPECT_EQ(content(3), before.substr(0, content(3).size()));
  EXPECT_THAT(storage_.list("orders-7/00000000000000000000.log"), SizeIs(1));
}

TEST_F(CompactionTest, GivesUpWhenTheLogIsCut) {
  put("a", "1");
  put("a", "2");
  roll();
  begin(10, log_->end_offset());
  log_->clean(1 << 20, kCleaning, meter_);
  ASSERT_EQ(truncate(1), PartitionLog::Progress::done);
  EXPECT_FALSE(log_->is_cleaning());
  EXPECT_EQ(content(), "0:a=1");
}

TEST_F(CompactionTest, LeavesDamageAsItIs) {
  put("a", "1");
  put("a", "2");
  roll();
  storage_.corrupt("orders-7/00000000000000000000.log", kBatchHeaderBytes + 2);
  clean();
  EXPECT_EQ(log_->cleaned_up_to(), Offset(0));
  EXPECT_EQ(dirty_bytes(), 0U) << "it is not tried again";
}

TEST_F(CompactionTest, IsReadFromAnywhereInAGap) {
  put("a", "1");
  put("b", "1");
  put("a", "2");
  put("a", "3");
  roll();
  clean();
  ASSERT_EQ(read(2, 100), ReadStatus::ok);
  EXPECT_EQ(bases().front(), 3);
  ASSERT_EQ(read(0, 100), ReadStatus::ok);
  EXPECT_EQ(bases().front(), 1);
}

TEST_F(CompactionTest, IsCopiedByAFollowerWithItsGaps) {
  put("a", "1");
  put("b", "1");
  put("a", "2");
  roll();
  clean();
  ASSERT_EQ(read(0, 4), ReadStatus::ok);
  const std::vector<Bytes> slices = out_;
  PartitionLog follower("orders-8", config_, storage_);
  for (const Bytes& slice : slices) {
    ASSERT_TRUE(follower.append_as_follower(slice, meter_));
  }
  EXPECT_GE(follower.end_offset(), Offset(3));
}

TEST_F(CompactionTest, IsExpiredTooWhereTheTopicSaysSo) {
  config_.retention = seconds(50);
  open();
  put("a", "1");
  roll();
  EXPECT_FALSE(log_->expire(100'000, log_->end_offset(), meter_)) << "it is compacted only";
  config_.cleanup = Cleanup::compact_and_remove;
  open();
  EXPECT_TRUE(log_->expire(100'000, log_->end_offset(), meter_));
}

TEST(BatchFilter, LeavesOffsetsAndSequencesAsTheyWere) {
  const Bytes whole =
      stamped(make_batch({.records = 5, .producer = ProducerId(3), .sequence = Sequence(20)}),
              Offset(100), LeaderEpoch(2));
  const BatchView batch = *BatchView::parse(whole);
  port::Meter meter;
  const Bytes left = filtered_copy(batch, std::nullopt, meter, [](const RecordView& record) {
    return record.offset == Offset(101) || record.offset == Offset(103);
  });
  const BatchView view = *BatchView::parse(left);
  EXPECT_TRUE(view.checksum_matches());
  EXPECT_EQ(view.record_count(), 2);
  EXPECT_EQ(view.base_offset(), Offset(100));
  EXPECT_EQ(view.last_offset(), Offset(104));
  EXPECT_EQ(view.last_sequence(), Sequence(24));
  EXPECT_EQ(view.leader_epoch(), LeaderEpoch(2));
  EXPECT_EQ(view.max_timestamp_ms(), 1'003);
  const auto records = records_of(view);
  ASSERT_THAT(records, SizeIs(2));
  EXPECT_EQ(records[0].offset, 101);
  EXPECT_EQ(records[1].offset, 103);
  EXPECT_EQ(records[1].timestamp_ms, 1'003);
}

TEST(BatchFilter, LeavesABatchWithoutRecords) {
  const Bytes whole = stamped(make_batch({.records = 5}), Offset(100), LeaderEpoch(2));
  port::Meter meter;
  const Bytes left = filtered_copy(*BatchView::parse(whole), std::nullopt, meter,
                                   [](const RecordView&) { return false; });
  const auto view = BatchView::parse(left);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->size_bytes(), kBatchHeaderBytes);
  EXPECT_EQ(view->last_offset(), Offset(104));
  EXPECT_EQ(view->max_timestamp_ms(), 1'004);
}

}  // namespace
}  // namespace wavetank::log::test
