#include "sim/check/step_invariants.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace wavetank::sim {
namespace {

constexpr log::PartitionId kP{0};
constexpr NodeId kReader{7};
constexpr NodeId kOtherReader{8};
constexpr NodeId kA{1};
constexpr NodeId kB{2};

class StepInvariantsTest : public testing::Test {
 protected:
  reports::InvariantReport verdict(const std::string& name) const {
    const auto all = invariants.reports();
    const auto found = std::ranges::find(all, name, &reports::InvariantReport::name);
    return found == all.end() ? reports::InvariantReport{} : *found;
  }
  StepInvariants invariants{1};
};

TEST_F(StepInvariantsTest, SaysUnknownWhereNothingHappened) {
  EXPECT_EQ(verdict("log/one-leader-per-epoch").verdict, reports::Verdict::unknown);
}

TEST_F(StepInvariantsTest, AcceptsALeaderForEachEpoch) {
  invariants.leader_elected(kP, kA, log::LeaderEpoch(0));
  invariants.became_leader(kA, kP, log::LeaderEpoch(0), log::Offset(0));
  invariants.appended_as_leader(kA, kP, log::Offset(0), log::LeaderEpoch(0));
  invariants.leader_elected(kP, kB, log::LeaderEpoch(1));
  EXPECT_EQ(verdict("log/one-leader-per-epoch").verdict, reports::Verdict::pass);
}

TEST_F(StepInvariantsTest, CatchesTwoLeadersOfOneEpoch) {
  invariants.leader_elected(kP, kA, log::LeaderEpoch(3));
  invariants.became_leader(kB, kP, log::LeaderEpoch(3), log::Offset(0));
  EXPECT_EQ(verdict("log/one-leader-per-epoch").verdict, reports::Verdict::fail);
}

TEST_F(StepInvariantsTest, CatchesAWriteByWhoDoesNotLead) {
  invariants.leader_elected(kP, kA, log::LeaderEpoch(3));
  invariants.appended_as_leader(kB, kP, log::Offset(9), log::LeaderEpoch(3));
  EXPECT_EQ(verdict("log/one-leader-per-epoch").verdict, reports::Verdict::fail);
}

TEST_F(StepInvariantsTest, CatchesAHighWatermarkThatGoesBack) {
  invariants.became_leader(kA, kP, log::LeaderEpoch(0), log::Offset(0));
  invariants.high_watermark_advanced(kA, kP, log::Offset(5));
  invariants.high_watermark_advanced(kA, kP, log::Offset(4));
  EXPECT_EQ(verdict("log/high-watermark-monotonic").verdict, reports::Verdict::fail);
}

TEST_F(StepInvariantsTest, LetsANewLeaderKnowAnOlderHighWatermark) {
  invariants.became_leader(kA, kP, log::LeaderEpoch(0), log::Offset(0));
  invariants.high_watermark_advanced(kA, kP, log::Offset(5));
  invariants.became_leader(kB, kP, log::LeaderEpoch(1), log::Offset(6));
  invariants.high_watermark_advanced(kB, kP, log::Offset(4));
  EXPECT_EQ(verdict("log/high-watermark-monotonic").verdict, reports::Verdict::pass);
}

TEST_F(StepInvariantsTest, CatchesALeaderThatLacksCommittedRecords) {
  invariants.became_leader(kA, kP, log::LeaderEpoch(0), log::Offset(0));
  invariants.high_watermark_advanced(kA, kP, log::Offset(5));
  invariants.became_leader(kB, kP, log::LeaderEpoch(1), log::Offset(4));
  EXPECT_EQ(verdict("log/committed-stays").verdict, reports::Verdict::fail);
}

TEST_F(StepInvariantsTest, CatchesASkippedAndARepeatedOffset) {
  invariants.position_set(kReader, kP, log::Offset(10));
  invariants.delivered(kReader, kP, log::Offset(10));
  EXPECT_EQ(verdict("log/poll-order").verdict, reports::Verdict::pass);
  invariants.delivered(kReader, kP, log::Offset(12));
  EXPECT_EQ(verdict("log/poll-order").verdict, reports::Verdict::fail);
}

TEST_F(StepInvariantsTest, JudgesEveryMemberByWhereItBeganToRead) {
  invariants.position_set(kReader, kP, log::Offset(0));
  invariants.delivered(kReader, kP, log::Offset(0));
  invariants.position_set(kOtherReader, kP, log::Offset(0));  // the first one is a zombie now
  invariants.delivered(kOtherReader, kP, log::Offset(0));
  invariants.delivered(kReader, kP, log::Offset(1));
  EXPECT_EQ(verdict("log/poll-order").verdict, reports::Verdict::pass);
  EXPECT_EQ(invariants.positions().at(0), log::Offset(2));
}

TEST_F(StepInvariantsTest, LetsAConsumerResumeWhereItCommitted) {
  invariants.position_set(kReader, kP, log::Offset(0));
  invariants.delivered(kReader, kP, log::Offset(0));
  invariants.delivered(kReader, kP, log::Offset(1));
  invariants.position_set(kReader, kP, log::Offset(1));
  invariants.delivered(kReader, kP, log::Offset(1));
  EXPECT_EQ(verdict("log/poll-order").verdict, reports::Verdict::pass);
}

}  // namespace
}  // namespace wavetank::sim
