// Transactions in one log: markers, the last stable offset, and what was aborted.

#include <gtest/gtest.h>

#include "tests/log/log_fixture.h"

namespace wavetank::log::test {
namespace {

constexpr ProducerId kAnn{7};
constexpr ProducerId kBob{9};

class Transactions : public LogFixture {
 protected:
  Transactions() { open(); }

  static BatchSpec of(ProducerId producer, int sequence, int epoch = 0) {
    return {.records = 2,
            .producer = producer,
            .epoch = ProducerEpoch(static_cast<std::int16_t>(epoch)),
            .sequence = Sequence(sequence),
            .transactional = true};
  }
  /// Two records of the producer's transaction.
  void write(ProducerId producer, int sequence, int epoch = 0) {
    ASSERT_TRUE(lead(make_batch(of(producer, sequence, epoch))));
  }
  static EndMarker marker(ProducerId producer, Outcome outcome, int epoch = 0,
                          int coordinator = 0) {
    return {producer, ProducerEpoch(static_cast<std::int16_t>(epoch)), outcome,
            CoordinatorEpoch(coordinator)};
  }
  void commit(ProducerId producer) { ASSERT_TRUE(end(marker(producer, Outcome::commit))); }
  void abort(ProducerId producer) { ASSERT_TRUE(end(marker(producer, Outcome::abort))); }
  /// With everything replicated.
  std::int64_t stable() { return stable_at(log_->end_offset().value()); }
  std::int64_t stable_at(std::int64_t high_watermark) {
    return log_->stable_up_to(Offset(high_watermark)).value();
  }
  /// "producer@first" of the aborted transactions in [from, up_to).
  std::vector<std::string> aborted(std::int64_t from, std::int64_t up_to) const {
    std::vector<AbortedTransaction> found;
    log_->aborted_in(Offset(from), Offset(up_to), found);
    std::vector<std::string> named;
    for (const AbortedTransaction& it : found) {
      named.push_back((it.producer == kAnn ? "ann@" : "bob@") + std::to_string(it.first.value()));
    }
    return named;
  }
  using Names = std::vector<std::string>;
};

TEST_F(Transactions, AMarkerIsReadBackAsItWasWritten) {
  const EndMarker written = marker(kAnn, Outcome::commit, 3, 5);
  const Bytes bytes = encode_marker(written, 1'000);
  const BatchView batch = *BatchView::parse(bytes);
  EXPECT_TRUE(batch.is_control() && batch.is_transactional() && batch.checksum_matches());
  EXPECT_EQ(decode_marker(batch), written);
  EXPECT_FALSE(decode_marker(*BatchView::parse(make_batch(of(kAnn, 0)))));
}

TEST_F(Transactions, TheLogIsStableUpToTheFirstRecordOfTheEarliestOpenTransaction) {
  append(3);
  EXPECT_EQ(stable(), 3);
  write(kAnn, 0);  // 3, 4
  write(kBob, 0);  // 5, 6
  append(1);       // 7
  EXPECT_EQ(stable(), 3);
  commit(kAnn);  // 8
  EXPECT_EQ(stable(), 5);
  abort(kBob);  // 9
  EXPECT_EQ(stable(), 10);
}

TEST_F(Transactions, AnEndCountsOnceItsMarkerIsBelowTheHighWatermark) {
  write(kAnn, 0);
  commit(kAnn);  // 2
  EXPECT_EQ(stable_at(1), 0);
  EXPECT_EQ(stable_at(2), 0);
  EXPECT_EQ(stable_at(3), 3);
}

TEST_F(Transactions, AbortedOnesAreFoundByTheRangeTheyTouch) {
  write(kAnn, 0);  // 0, 1
  write(kBob, 0);  // 2, 3
  abort(kAnn);     // 4
  append(1);       // 5
  abort(kBob);     // 6
  write(kAnn, 2);  // 7, 8
  commit(kAnn);    // 9
  EXPECT_EQ(aborted(0, 10), (Names{"ann@0", "bob@2"}));
  EXPECT_EQ(aborted(0, 2), (Names{"ann@0"}));
  EXPECT_EQ(aborted(5, 10), (Names{"bob@2"}));
  EXPECT_EQ(aborted(7, 10), (Names{}));
}

TEST_F(Transactions, ProducersMayNotWriteMarkers) {
  const auto refused = lead(encode_marker(marker(kAnn, Outcome::commit), 1'000));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), ErrorCode::corrupt_message);
}

TEST_F(Transactions, AMarkerOfAHigherEpochFencesTheProducer) {
  write(kAnn, 0);
  ASSERT_TRUE(end(marker(kAnn, Outcome::abort, 1)));
  EXPECT_EQ(lead(make_batch(of(kAnn, 2))).error(), ErrorCode::invalid_producer_epoch);
  write(kAnn, 0, 1);
  EXPECT_EQ(end(marker(kAnn, Outcome::commit, 0)).error(), ErrorCode::invalid_producer_epoch);
}

TEST_F(Transactions, AMarkerFencesEvenAProducerThatHasWrittenNothingHere) {
  ASSERT_TRUE(end(marker(kAnn, Outcome::abort, 1)));
  EXPECT_EQ(lead(make_batch(of(kAnn, 0))).error(), ErrorCode::invalid_producer_epoch);
  EXPECT_EQ(aborted(0, 10), (Names{}));
}

TEST_F(Transactions, AnEarlierCoordinatorIsFenced) {
  ASSERT_TRUE(end(marker(kAnn, Outcome::abort, 0, 4)));
  EXPECT_EQ(end(marker(kAnn, Outcome::commit, 0, 3)).error(),
            ErrorCode::transaction_coordinator_fenced);
  EXPECT_TRUE(end(marker(kAnn, Outcome::commit, 0, 4)));
}

TEST_F(Transactions, AnOpenTransactionTakesNoOtherBatches) {
  write(kAnn, 0);
  BatchSpec plain = of(kAnn, 2);
  plain.transactional = false;
  EXPECT_EQ(lead(make_batch(plain)).error(), ErrorCode::invalid_txn_state);
  commit(kAnn);
  EXPECT_TRUE(lead(make_batch(plain)));
}

TEST_F(Transactions, SequencesGoOnAcrossTransactionsOfAnEpoch) {
  write(kAnn, 0);
  commit(kAnn);
  EXPECT_EQ(lead(make_batch(of(kAnn, 4))).error(), ErrorCode::out_of_order_sequence);
  EXPECT_TRUE(lead(make_batch(of(kAnn, 0)))->duplicate);
  write(kAnn, 2);
  EXPECT_EQ(stable(), 3);
}

TEST_F(Transactions, FollowersKeepThemToo) {
  const Bytes first = stamped(make_batch(of(kAnn, 0)), Offset(0), LeaderEpoch(0));
  const Bytes second = stamped(make_batch(of(kBob, 0)), Offset(2), LeaderEpoch(0));
  ASSERT_TRUE(follow(joined({first, second})));
  EXPECT_EQ(stable(), 0);
  ASSERT_TRUE(
      follow(stamped(encode_marker(marker(kAnn, Outcome::abort), 1), Offset(4), LeaderEpoch(0))));
  EXPECT_EQ(stable(), 2);
  EXPECT_EQ(aborted(0, 5), (Names{"ann@0"}));
}

TEST_F(Transactions, AFollowerRefusesAControlBatchThatIsNoMarker) {
  BatchBuilder builder;
  builder.add(1, as_bytes("k"), as_bytes("v"));
  const Bytes batch = builder.build(kAnn, ProducerEpoch(0), kNoSequence,
                                    kTransactionalAttribute | kControlAttribute);
  EXPECT_EQ(follow(stamped(batch, Offset(0), LeaderEpoch(0))).error(), ErrorCode::corrupt_message);
}

TEST_F(Transactions, AreFoundAgainByReadingTheLog) {
  write(kAnn, 0);
  write(kBob, 0);
  abort(kAnn);
  open();
  EXPECT_EQ(stable(), 2);
  EXPECT_EQ(aborted(0, 5), (Names{"ann@0"}));
  commit(kBob);
  EXPECT_EQ(stable(), 6);
}

TEST_F(Transactions, AreFoundAgainWithoutReadingWhatTheCheckpointCovers) {
  config_.segment_bytes = 300;
  open();
  write(kAnn, 0);
  write(kBob, 0);
  abort(kAnn);
  for (int i = 0; i < 6; ++i) {
    append(1, {.records = 4});
  }
  settle();
  ASSERT_GT(log_->recovery_point(), Offset(5));
  ASSERT_FALSE(storage_.load("orders-7/00000000000000000000.txnindex").empty());
  storage_.lose_unsynced();
  storage_.evict();
  open();
  EXPECT_EQ(stable(), 2) << "bob's is still open";
  EXPECT_EQ(aborted(0, 5), (Names{"ann@0"}));
}

TEST_F(Transactions, AreReadFromTheLogWhereTheirIndexIsDamaged) {
  config_.segment_bytes = 300;
  open();
  write(kAnn, 0);
  abort(kAnn);
  for (int i = 0; i < 6; ++i) {
    append(1, {.records = 4});
  }
  settle();
  storage_.corrupt("orders-7/00000000000000000000.txnindex", 5);
  open();
  EXPECT_EQ(log_->recovery_point(), Offset(0)) << "nothing is trusted";
  EXPECT_EQ(aborted(0, 5), (Names{"ann@0"}));
}

TEST_F(Transactions, AreOpenAgainWhenTheirMarkersAreCut) {
  write(kAnn, 0);  // 0, 1
  write(kBob, 0);  // 2, 3
  abort(kAnn);     // 4
  commit(kBob);    // 5
  ASSERT_EQ(truncate(4), PartitionLog::Progress::done);
  EXPECT_EQ(stable(), 0);
  EXPECT_EQ(aborted(0, 5), (Names{}));
  commit(kAnn);
  EXPECT_EQ(stable(), 2);
}

TEST_F(Transactions, AbortedOnesAreOpenAgainHoweverLongAgoTheyEnded) {
  write(kAnn, 0);
  abort(kAnn);  // 2
  append(5);
  EXPECT_EQ(stable(), 8);  // and so the end is forgotten
  ASSERT_EQ(truncate(2), PartitionLog::Progress::done);
  EXPECT_EQ(stable(), 0);
}

TEST_F(Transactions, EndWhereTheyAreCutWhole) {
  append(2);
  write(kAnn, 0);
  ASSERT_EQ(truncate(2), PartitionLog::Progress::done);
  EXPECT_EQ(stable(), 2);
}

TEST_F(Transactions, ACutIndexIsNotBelievedAfterTheSegmentIsRolledAgain) {
  config_.segment_bytes = 300;
  open();
  write(kAnn, 0);
  abort(kAnn);
  for (int i = 0; i < 6; ++i) {
    append(1, {.records = 4});
  }
  settle();
  ASSERT_EQ(truncate(2), PartitionLog::Progress::done);
  commit(kAnn);
  for (int i = 0; i < 6; ++i) {
    append(1, {.records = 4});
  }
  settle();
  ASSERT_GT(log_->recovery_point(), Offset(2));
  open();
  EXPECT_EQ(aborted(0, 30), (Names{}));
}

}  // namespace
}  // namespace wavetank::log::test
