#include "engine/log/storage/producer_state.h"

#include <gtest/gtest.h>

#include "tests/log/batches.h"

namespace wavetank::log::test {
namespace {

constexpr ProducerId kProducer{9};

class ProducerStateTest : public testing::Test {
 protected:
  static Bytes batch(int sequence, int records = 10, int epoch = 0) {
    return make_batch({.records = records,
                       .producer = kProducer,
                       .epoch = ProducerEpoch(static_cast<std::int16_t>(epoch)),
                       .sequence = Sequence(sequence)});
  }
  /// The log takes the batch without asking.
  void note(const Bytes& bytes) {
    const BatchView view = *BatchView::parse(bytes);
    state_.note(view, end_);
    end_ += view.record_count();
  }
  void note(int sequence, int records = 10, int epoch = 0) {
    note(batch(sequence, records, epoch));
  }
  ErrorCode error(int sequence, int records = 10, int epoch = 0) const {
    const auto checked = state_.check(*BatchView::parse(batch(sequence, records, epoch)));
    return checked ? ErrorCode::none : checked.error();
  }
  bool is_new(int sequence, int records = 10, int epoch = 0) const {
    const auto checked = state_.check(*BatchView::parse(batch(sequence, records, epoch)));
    return checked && !*checked;
  }
  /// Base offset of the stored batch that this one repeats, or -1.
  std::int64_t duplicate_of(int sequence, int records = 10, int epoch = 0) const {
    const auto checked = state_.check(*BatchView::parse(batch(sequence, records, epoch)));
    return checked && *checked ? (*checked)->base_offset.value() : -1;
  }

  ProducerState state_;
  Offset end_{100};
};

TEST_F(ProducerStateTest, DoesNotLookAtBatchesWithoutProducer) {
  const Bytes plain = make_batch({.records = 3});
  note(plain);
  EXPECT_EQ(state_.producer_count(), 0U);
  EXPECT_TRUE(state_.check(*BatchView::parse(plain)));
}

TEST_F(ProducerStateTest, LetsANewProducerBeginAnywhere) {
  EXPECT_TRUE(is_new(0));
  EXPECT_TRUE(is_new(500));
}

TEST_F(ProducerStateTest, WantsTheNextSequence) {
  note(0);
  EXPECT_TRUE(is_new(10));
  EXPECT_EQ(error(11), ErrorCode::out_of_order_sequence);
  EXPECT_EQ(error(9), ErrorCode::out_of_order_sequence);
}

TEST_F(ProducerStateTest, KnowsTheLastFiveBatchesAgain) {
  for (int i = 0; i < 6; ++i) {
    note(i * 10);
  }
  for (int i = 1; i < 6; ++i) {
    EXPECT_EQ(duplicate_of(i * 10), 100 + i * 10) << i;
  }
  EXPECT_EQ(error(0), ErrorCode::out_of_order_sequence) << "the sixth last is forgotten";
}

TEST_F(ProducerStateTest, TakesABatchOfOtherLengthForNoDuplicate) {
  note(0, 10);
  EXPECT_EQ(error(0, 9), ErrorCode::out_of_order_sequence);
}

TEST_F(ProducerStateTest, CountsThroughTheWrap) {
  note(2'147'483'640, 5);
  note(2'147'483'645, 5);  // ... 2^31 - 1, 0, 1
  EXPECT_TRUE(is_new(2));
  EXPECT_EQ(error(2'147'483'646), ErrorCode::out_of_order_sequence);
  EXPECT_EQ(duplicate_of(2'147'483'645, 5), 105);
}

TEST_F(ProducerStateTest, FollowsTheGreatestSequenceByZero) {
  note(2'147'483'647, 1);
  EXPECT_TRUE(is_new(0));
  EXPECT_EQ(error(1), ErrorCode::out_of_order_sequence);
}

TEST_F(ProducerStateTest, FencesAnEarlierIncarnation) {
  note(0, 10, 3);
  EXPECT_EQ(error(10, 10, 2), ErrorCode::invalid_producer_epoch);
}

TEST_F(ProducerStateTest, BeginsANewIncarnationAtZero) {
  note(0, 10, 3);
  EXPECT_EQ(error(10, 10, 4), ErrorCode::out_of_order_sequence);
  EXPECT_TRUE(is_new(0, 10, 4));
  note(0, 10, 4);
  EXPECT_EQ(duplicate_of(0, 10, 4), 110);
  EXPECT_TRUE(is_new(10, 10, 4));
}

TEST_F(ProducerStateTest, TakesNothingOfAnEarlierIncarnationForADuplicate) {
  note(0, 10, 3);
  note(10, 10, 3);
  note(0, 5, 4);
  EXPECT_EQ(error(10, 10, 4), ErrorCode::out_of_order_sequence);
  EXPECT_EQ(error(0, 10, 4), ErrorCode::out_of_order_sequence);
}

TEST_F(ProducerStateTest, KeepsProducersApart) {
  note(0);
  note(make_batch({.records = 7, .producer = ProducerId(2), .sequence = Sequence(0)}));
  note(make_batch({.records = 7, .producer = ProducerId(20), .sequence = Sequence(0)}));
  EXPECT_EQ(state_.producer_count(), 3U);
  EXPECT_TRUE(is_new(10));
}

TEST_F(ProducerStateTest, AfterTruncationWantsWhatWasCut) {
  for (int i = 0; i < 4; ++i) {
    note(i * 10);
  }
  state_.truncate_to(Offset(120));
  EXPECT_TRUE(is_new(20));
  EXPECT_EQ(error(40), ErrorCode::out_of_order_sequence);
  EXPECT_EQ(duplicate_of(10), 110);
}

TEST_F(ProducerStateTest, StillKnowsWhatFollowsWhenAllRememberedBatchesAreCut) {
  for (int i = 0; i < 8; ++i) {
    note(i * 10);
  }
  state_.truncate_to(Offset(130));  // cuts exactly the five that are remembered
  EXPECT_TRUE(is_new(30));
  EXPECT_EQ(error(40), ErrorCode::out_of_order_sequence);
}

TEST_F(ProducerStateTest, AcceptsAnythingWhenMoreWasCutThanIsRemembered) {
  for (int i = 0; i < 8; ++i) {
    note(i * 10);
  }
  state_.truncate_to(Offset(120));
  EXPECT_TRUE(is_new(20));
  EXPECT_TRUE(is_new(70));
  EXPECT_EQ(error(0, 10, -1), ErrorCode::invalid_producer_epoch) << "the epoch is still known";
}

TEST_F(ProducerStateTest, ForgetsAProducerOfWhomNothingIsLeft) {
  note(50);
  state_.truncate_to(Offset(100));
  EXPECT_EQ(state_.producer_count(), 0U);
}

TEST_F(ProducerStateTest, SurvivesEncoding) {
  for (int i = 0; i < 8; ++i) {
    note(i * 10);
  }
  note(make_batch({.records = 7, .producer = ProducerId(2), .sequence = Sequence(3)}));
  ByteWriter bytes;
  state_.encode(bytes);
  ByteReader reader(bytes.view());
  ProducerState decoded;
  EXPECT_TRUE(decoded.decode(reader));
  EXPECT_EQ(decoded, state_);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    ByteReader cut(bytes.view().first(size));
    EXPECT_FALSE(ProducerState().decode(cut)) << size;
  }
}

}  // namespace
}  // namespace wavetank::log::test
