#include "sim/observe/leaderships.h"

#include <gtest/gtest.h>

namespace wavetank::sim {
namespace {

constexpr log::PartitionId kP{3};
constexpr NodeId kFirst{1};
constexpr NodeId kSecond{2};

Time at_s(std::int64_t s) {
  return Time() + seconds(s);
}

/// One broker leads from 1 s on, another with ten records from 10 s on.
Leaderships two_reigns() {
  Leaderships leaderships;
  leaderships.began(at_s(1), kP, kFirst, log::Offset(0));
  leaderships.began(at_s(10), kP, kSecond, log::Offset(10));
  return leaderships;
}

TEST(Leaderships, NameTheFirstLeaderWithoutARecord) {
  const Leaderships::Taken second{at_s(10), kFirst};
  EXPECT_EQ(two_reigns().without(kP, log::Offset(10), at_s(5)), second);
}

TEST(Leaderships, PassOverLeadersThatStillHadIt) {
  Leaderships leaderships = two_reigns();
  leaderships.began(at_s(20), kP, kFirst, log::Offset(7));
  const Leaderships::Taken third{at_s(20), kSecond};
  EXPECT_EQ(leaderships.without(kP, log::Offset(8), at_s(5)), third);
}

TEST(Leaderships, KnowWhichOffsetsOfALeaderSomebodySinceHasNot) {
  const Leaderships leaderships = two_reigns();
  EXPECT_TRUE(leaderships.ended_before(kP, log::Offset(10), kFirst));
  EXPECT_FALSE(leaderships.ended_before(kP, log::Offset(9), kFirst));
  EXPECT_FALSE(leaderships.ended_before(kP, log::Offset(10), kSecond));
  EXPECT_FALSE(leaderships.ended_before(kP, log::Offset(10), NodeId(3))) << "it never led";
}

TEST(Leaderships, DoNotExplainWhatNoLaterLeaderLacked) {
  EXPECT_EQ(two_reigns().without(kP, log::Offset(9), at_s(5)), std::nullopt);
  EXPECT_EQ(two_reigns().without(kP, log::Offset(12), at_s(11)), std::nullopt);
}

TEST(Leaderships, KnowNothingOfAPartitionThatNobodyHasLed) {
  EXPECT_EQ(two_reigns().without(log::PartitionId(2), log::Offset(0), at_s(5)), std::nullopt);
  EXPECT_EQ(two_reigns().without(log::PartitionId(9), log::Offset(0), at_s(5)), std::nullopt);
  EXPECT_EQ(Leaderships().without(kP, log::Offset(0), at_s(5)), std::nullopt);
}

}  // namespace
}  // namespace wavetank::sim
