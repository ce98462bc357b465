#include "sim/observe/move_watch.h"

#include <gtest/gtest.h>

namespace wavetank::sim {
namespace {

constexpr log::PartitionId kP0{0};
constexpr log::PartitionId kP1{1};

Time at(std::int64_t s) {
  return Time() + seconds(s);
}

TEST(MoveWatch, TellsHowLongAMoveTookAndWhatItCopied) {
  MoveWatch watch;
  watch.asked(3, at(10), {kP0, kP1});
  watch.answered(3);
  watch.learned(kP0, 60'000'000);
  watch.ended(at(14), kP0, true);
  EXPECT_TRUE(watch.scalars().empty()) << "it is not over";
  watch.learned(kP1, 40'000'000);
  watch.learned(log::PartitionId(7), 1'000'000);
  watch.ended(at(15), kP1, true);
  EXPECT_EQ(watch.note(3), "2 partitions moved in 5 s, 100 MB were copied (20 MB/s)");
  EXPECT_EQ(watch.note(2), "");
  ASSERT_EQ(watch.scalars().size(), 2U);
  EXPECT_EQ(watch.scalars()[0], (reports::ScalarMetric{"move_duration", 5, "s"}));
  EXPECT_EQ(watch.scalars()[1], (reports::ScalarMetric{"move_rate", 20e6, "B/s"}));
}

TEST(MoveWatch, KnowsWhatDidNotComeToItsEnd) {
  MoveWatch watch;
  watch.asked(0, at(1), {kP0, kP1});
  watch.answered(0);
  watch.ended(at(2), kP0, false);
  EXPECT_EQ(watch.note(0),
            "0 partitions moved, 0 MB were copied; 1 were given up; "
            "1 were under way when the run ended");
  watch.refused(kP1, log::ErrorCode::invalid_replica_assignment);
  EXPECT_NE(watch.note(0).find("invalid_replica_assignment"), std::string::npos);
  EXPECT_TRUE(watch.scalars().empty());
}

TEST(MoveWatch, AMoveThatReplacesAnotherEndsIt) {
  MoveWatch watch;
  watch.asked(0, at(1), {kP0});
  watch.asked(1, at(2), {kP0});
  watch.answered(1);
  watch.ended(at(2), kP0, false);
  watch.ended(at(4), kP0, true);
  EXPECT_NE(watch.note(0).find("1 were given up"), std::string::npos);
  EXPECT_EQ(watch.note(1), "1 partitions moved in 2 s, 0 MB were copied (0 MB/s)");
}

TEST(MoveWatch, TellsThatNobodyHeardTheOperator) {
  MoveWatch watch;
  watch.asked(0, at(1), {kP0});
  EXPECT_NE(watch.note(0).find("the operator was not answered"), std::string::npos);
  watch.unheard(0);
  EXPECT_NE(watch.note(0).find("the operator's process ended"), std::string::npos);
}

TEST(MoveWatch, AMoveIsOfTheFaultThatAskedForItLast) {
  MoveWatch watch;
  watch.asked(0, at(1), {kP0, kP1});
  watch.asked(1, at(2), {kP1});
  const std::vector<log::PartitionId> both{kP0, kP1};
  EXPECT_EQ(watch.under_way(0, both), std::vector{kP0});
  EXPECT_EQ(watch.under_way(1, both), std::vector{kP1});
}

}  // namespace
}  // namespace wavetank::sim
