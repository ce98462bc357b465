#include "sim/observe/stage_ledger.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "models/record_source.h"

namespace wavetank::sim {
namespace {

constexpr log::PartitionId kP{0};
/// Fewer samples than this are not split.
constexpr std::uint64_t kEnough = 1000;

Time us(std::int64_t n) {
  return Time() + microseconds(n);
}

/// The way of one record and of the batch it is alone in, in microseconds.
struct Way {
  std::int64_t intended = 1000;
  std::int64_t accepted = 1010;
  std::vector<std::int64_t> sent = {1030};
  std::int64_t request_released = 1034;
  std::int64_t request_arrived = 1134;
  std::int64_t append_begun = 1140;
  std::int64_t append_cost = 7;
  std::int64_t visible = 1347;
  std::int64_t fetch_begun = 1358;
  std::int64_t fetch_released = 1361;
  std::int64_t fetch_arrived = 1461;
  std::int64_t delivered = 1472;
};

class StageLedgerTest : public testing::Test {
 protected:
  static EventId sample(std::uint64_t i) { return EventId(models::make_event_id(2, i)); }
  void append(log::Offset offset, const Way& way) { append(offset, offset, way); }
  void append(log::Offset offset, log::Offset last, const Way& way) {
    const Journey request{NodeId(5), us(way.sent.back()), us(way.request_released),
                          us(way.request_arrived)};
    stages.appended(kP, offset, last, {NodeId(0), us(way.append_begun), &request});
    stages.step_ended(microseconds(way.append_cost));
  }
  void deliver(EventId id, log::Offset offset, const Way& way) {
    const Journey response{NodeId(0), us(way.fetch_begun), us(way.fetch_released),
                           us(way.fetch_arrived)};
    stages.delivered(id, us(way.intended), kP, offset, {NodeId(6), us(way.delivered), &response});
  }
  void send(EventId id, const Way& way) {
    stages.accepted(id, us(way.accepted));
    for (const std::int64_t date : way.sent) {
      stages.sent(id, us(date));
    }
  }
  /// All samples go the same way.
  void all_go(const Way& way, std::uint64_t count = kEnough) {
    for (std::uint64_t i = 0; i < count; ++i) {
      const log::Offset offset(static_cast<std::int64_t>(i));
      send(sample(i), way);
      append(offset, way);
      stages.high_watermark_advanced(kP, log::Offset(offset.value() + 1), us(way.visible));
      deliver(sample(i), offset, way);
    }
  }
  reports::LatencySplit median() const {
    return stages.attribution().p50.value_or(reports::LatencySplit{});
  }

  StageLedger stages{1, Time()};
};

TEST_F(StageLedgerTest, GivesEveryStageItsShare) {
  all_go(Way{});
  const reports::LatencySplit it = median();
  EXPECT_EQ(it.queue, microseconds(10 + 6 + 11 + 11)) << "producer, broker, fetch, consumer";
  EXPECT_EQ(it.batch, microseconds(20));
  EXPECT_EQ(it.service, microseconds(4 + 7 + 3));
  EXPECT_EQ(it.network, microseconds(100 + 100));
  EXPECT_EQ(it.replication, microseconds(200));
  EXPECT_EQ(it.disk, Duration());
  EXPECT_EQ(it.total, microseconds(472));
}

TEST_F(StageLedgerTest, GivesAnAnswerThatWaitedForTheRecordToReplication) {
  Way way;
  way.fetch_begun = 1347;  // the step in which the high watermark advanced answers the fetch
  all_go(way);
  EXPECT_EQ(median().replication, microseconds(200));
  EXPECT_EQ(median().service, microseconds(4 + 7 + 14));
  EXPECT_EQ(median().total, microseconds(472));
}

TEST_F(StageLedgerTest, GivesRequestsThatCameToNothingToRetry) {
  Way way;
  way.sent = {1015, 1025, 1030};
  all_go(way);
  const reports::LatencySplit it = median();
  EXPECT_EQ(it.batch, microseconds(5));
  EXPECT_EQ(it.retry, microseconds(15));
  EXPECT_EQ(it.total, microseconds(472));
}

TEST_F(StageLedgerTest, LooksAtRecordsThatAreDueWhenItIsMeasured) {
  stages = StageLedger(1, us(1001));
  all_go(Way{});
  EXPECT_FALSE(stages.attribution().p50) << "due before, and delivered after it";
  stages = StageLedger(1, us(1000));
  all_go(Way{});
  EXPECT_TRUE(stages.attribution().p50);
}

TEST_F(StageLedgerTest, SplitsNothingWithTooFewSamples) {
  all_go(Way{}, kEnough - 1);
  EXPECT_FALSE(stages.attribution().p50);
}

TEST_F(StageLedgerTest, SplitsATailByTheRecordsInIt) {
  Way slow;
  slow.visible += 5000, slow.fetch_begun += 5000, slow.fetch_released += 5000;
  slow.fetch_arrived += 5000, slow.delivered += 5000;
  for (std::uint64_t i = 0; i < kEnough; ++i) {
    const Way way = i % 50 == 0 ? slow : Way{};  // two in a hundred
    const log::Offset offset(static_cast<std::int64_t>(i));
    send(sample(i), way);
    append(offset, way);
    stages.high_watermark_advanced(kP, log::Offset(offset.value() + 1), us(way.visible));
    deliver(sample(i), offset, way);
  }
  const reports::Attribution attribution = stages.attribution();
  EXPECT_EQ(attribution.p50->replication, microseconds(200));
  EXPECT_EQ(attribution.p99->replication, microseconds(5200));
}

TEST_F(StageLedgerTest, TellsTheLeadersDiskFromItsReplicas) {
  const Way way;
  for (std::uint64_t i = 0; i < kEnough; ++i) {
    const log::Offset offset(static_cast<std::int64_t>(i));
    send(sample(i), way);
    append(offset, way);
    stages.high_watermark_advanced(kP, log::Offset(offset.value() + 1), us(way.visible), us(1297));
    deliver(sample(i), offset, way);
  }
  EXPECT_EQ(median().disk, microseconds(50));
  EXPECT_EQ(median().replication, microseconds(150));
  EXPECT_EQ(median().total, microseconds(472));
}

TEST_F(StageLedgerTest, TellsAFetchThatReadTheDiskFromOneThatCameLate) {
  const Way way;
  for (std::uint64_t i = 0; i < kEnough; ++i) {
    const log::Offset offset(static_cast<std::int64_t>(i));
    send(sample(i), way);
    append(offset, way);
    stages.high_watermark_advanced(kP, log::Offset(offset.value() + 1), us(way.visible));
    const Journey response{NodeId(0), us(way.fetch_begun), us(way.fetch_released),
                           us(way.fetch_arrived), us(way.fetch_begun - 8)};
    stages.delivered(sample(i), us(way.intended), kP, offset,
                     {NodeId(6), us(way.delivered), &response});
  }
  EXPECT_EQ(median().disk, microseconds(8));
  EXPECT_EQ(median().queue, microseconds(10 + 6 + 3 + 11));
}

TEST_F(StageLedgerTest, KeepsWhereARecordWent) {
  all_go(Way{}, 1);
  ASSERT_EQ(stages.ways().size(), 1U);
  EXPECT_EQ(stages.ways()[0].event, sample(0).value());
  EXPECT_EQ(stages.ways()[0].leader, 0U);
  EXPECT_EQ(stages.ways()[0].intended, us(1000));
  EXPECT_EQ(stages.ways()[0].naive(), microseconds(462)) << "from when the producer took it";
}

TEST_F(StageLedgerTest, ThinsAFullSampleWithoutAnyRhythm) {
  constexpr std::uint64_t kMany = 4 * kMostSampled;
  const Way way;
  append(log::Offset(0), log::Offset(1), way);
  for (std::uint64_t i = 0; i < kMany; ++i) {
    if (stages.sampled(sample(i))) {
      send(sample(i), way);
      deliver(sample(i), log::Offset(0), way);
    }
  }
  const std::size_t kept = stages.ways().size();
  EXPECT_LE(kept, kMostSampled);
  EXPECT_GE(kept, kMostSampled / 4);
  for (const std::uint64_t rhythm : {8U, 48U, 100U}) {
    const auto on_the_beat = std::ranges::count_if(stages.ways(), [&](const auto& sampled) {
      return models::event_number(sampled.event) % rhythm == 0;
    });
    const double expected = static_cast<double>(kept) / static_cast<double>(rhythm);
    EXPECT_NEAR(static_cast<double>(on_the_beat), expected, 0.05 * expected);
  }
}

TEST_F(StageLedgerTest, ANewLeadersBatchTakesThePlaceOfALostOne) {
  Way lost;
  lost.append_begun = 1135;
  lost.append_cost = 1;
  for (std::uint64_t i = 0; i < kEnough; ++i) {
    append(log::Offset(static_cast<std::int64_t>(i)), lost);
  }
  all_go(Way{});
  EXPECT_EQ(median().service, microseconds(4 + 7 + 3));
}

TEST_F(StageLedgerTest, ANewLeadersBatchTakesThePlaceOfAShorterLostOne) {
  Way lost;
  lost.append_begun = 1135;
  lost.append_cost = 1;
  append(log::Offset(0), log::Offset(4), lost);
  append(log::Offset(5), log::Offset(8), lost);
  append(log::Offset(5), log::Offset(static_cast<std::int64_t>(kEnough + 5)), Way{});
  stages.high_watermark_advanced(kP, log::Offset(2000), us(1347));
  for (std::uint64_t i = 0; i < kEnough; ++i) {
    send(sample(i), Way{});
    deliver(sample(i), log::Offset(i < 500 ? 6 : 10), Way{});
  }
  EXPECT_EQ(median().service, microseconds(4 + 7 + 3));
}

TEST_F(StageLedgerTest, DoesNotSplitARecordWhoseBatchItHasForgotten) {
  constexpr std::int64_t kMoreThanItKeeps = (1 << 16) + static_cast<std::int64_t>(kEnough);
  for (std::int64_t offset = 0; offset < kMoreThanItKeeps; ++offset) {
    append(log::Offset(offset), Way{});
  }
  for (std::uint64_t i = 0; i < kEnough; ++i) {
    send(sample(i), Way{});
    deliver(sample(i), log::Offset(static_cast<std::int64_t>(i)), Way{});
  }
  EXPECT_FALSE(stages.attribution().p50) << "another batch's way says nothing of theirs";
}

}  // namespace
}  // namespace wavetank::sim
