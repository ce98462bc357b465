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
constexpr Time kNow{1'500'000'000};

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
  invariants.high_watermark().advanced(kA, kP, log::Offset(5));
  invariants.high_watermark().advanced(kA, kP, log::Offset(4));
  EXPECT_EQ(verdict("log/high-watermark-monotonic").verdict, reports::Verdict::fail);
}

TEST_F(StepInvariantsTest, LetsANewLeaderKnowAnOlderHighWatermark) {
  invariants.became_leader(kA, kP, log::LeaderEpoch(0), log::Offset(0));
  invariants.high_watermark().advanced(kA, kP, log::Offset(5));
  invariants.became_leader(kB, kP, log::LeaderEpoch(1), log::Offset(6));
  invariants.high_watermark().advanced(kB, kP, log::Offset(4));
  EXPECT_EQ(verdict("log/high-watermark-monotonic").verdict, reports::Verdict::pass);
}

TEST_F(StepInvariantsTest, LetsABrokerHearLateThatItWasElected) {
  invariants.became_leader(kA, kP, log::LeaderEpoch(2), log::Offset(4));
  invariants.high_watermark().advanced(kA, kP, log::Offset(5));
  invariants.became_leader(kB, kP, log::LeaderEpoch(1), log::Offset(4));
  EXPECT_EQ(verdict("log/committed-stays").verdict, reports::Verdict::pass);
}

TEST_F(StepInvariantsTest, CatchesAReplicaWhoseHighWatermarkGoesBackUnannounced) {
  invariants.became_leader(kA, kP, log::LeaderEpoch(0), log::Offset(0));
  invariants.high_watermark().advanced(kA, kP, log::Offset(5));
  invariants.high_watermark().inspected(kB, kP, log::Offset(5), log::Offset(8));
  EXPECT_EQ(verdict("log/high-watermark-monotonic").verdict, reports::Verdict::pass);
  invariants.high_watermark().inspected(kB, kP, log::Offset(4), log::Offset(8));
  EXPECT_EQ(verdict("log/high-watermark-monotonic").verdict, reports::Verdict::fail);
}

TEST_F(StepInvariantsTest, LetsItGoBackWithARestartOrATruncation) {
  invariants.high_watermark().advanced(kA, kP, log::Offset(9));
  invariants.high_watermark().inspected(kB, kP, log::Offset(9), log::Offset(9));
  invariants.high_watermark().recovered(kB, kP);
  invariants.high_watermark().inspected(kB, kP, log::Offset(6), log::Offset(9));
  invariants.high_watermark().truncated(kB, kP, log::Offset(4));
  invariants.high_watermark().inspected(kB, kP, log::Offset(4), log::Offset(4));
  invariants.high_watermark().registered(kB);  // its disk is empty
  invariants.high_watermark().inspected(kB, kP, log::Offset(0), log::Offset(0));
  EXPECT_EQ(verdict("log/high-watermark-monotonic").verdict, reports::Verdict::pass);
}

TEST_F(StepInvariantsTest, CatchesAHighWatermarkBeyondTheLogOrBeyondWhatLeadersSaid) {
  StepInvariants other{1};
  other.high_watermark().advanced(kA, kP, log::Offset(9));
  other.high_watermark().inspected(kB, kP, log::Offset(9), log::Offset(8));
  EXPECT_EQ(other.high_watermark().monotonic().verdict, reports::Verdict::fail);
  invariants.high_watermark().advanced(kA, kP, log::Offset(5));
  invariants.high_watermark().inspected(kB, kP, log::Offset(6), log::Offset(8));
  EXPECT_EQ(verdict("log/high-watermark-monotonic").verdict, reports::Verdict::fail);
}

TEST_F(StepInvariantsTest, CatchesALeaderThatLacksCommittedRecords) {
  invariants.became_leader(kA, kP, log::LeaderEpoch(0), log::Offset(0));
  invariants.high_watermark().advanced(kA, kP, log::Offset(5));
  invariants.became_leader(kB, kP, log::LeaderEpoch(1), log::Offset(4));
  EXPECT_EQ(verdict("log/committed-stays").verdict, reports::Verdict::fail);
}

TEST_F(StepInvariantsTest, CatchesARepeatedOffset) {
  invariants.position_set(kReader, kP, log::Offset(10));
  invariants.delivered(kReader, kP, log::Offset(10), kNow);
  EXPECT_EQ(verdict("log/nonmonotonic-poll").verdict, reports::Verdict::pass);
  invariants.delivered(kReader, kP, log::Offset(10), kNow);
  EXPECT_EQ(verdict("log/nonmonotonic-poll").verdict, reports::Verdict::fail);
  EXPECT_EQ(verdict("log/nonmonotonic-poll").first,
            "partition 0 offset 10 was handed to node 7 at 1.500000 s, where 11 was next");
}

TEST_F(StepInvariantsTest, LeavesAGapToTheAudit) {
  invariants.position_set(kReader, kP, log::Offset(10));
  invariants.delivered(kReader, kP, log::Offset(12), kNow);
  EXPECT_EQ(verdict("log/nonmonotonic-poll").verdict, reports::Verdict::pass);
  PollSkip skips = invariants.skips();
  skips.stored(EventId(1), true, true, kP, "orders-0", log::Offset(11));
  EXPECT_EQ(skips.report().verdict, reports::Verdict::fail);
}

TEST_F(StepInvariantsTest, JudgesEveryMemberByWhereItBeganToRead) {
  invariants.position_set(kReader, kP, log::Offset(0));
  invariants.delivered(kReader, kP, log::Offset(0), kNow);
  invariants.position_set(kOtherReader, kP, log::Offset(0));  // the first one is a zombie now
  invariants.delivered(kOtherReader, kP, log::Offset(0), kNow);
  invariants.delivered(kReader, kP, log::Offset(1), kNow);
  EXPECT_EQ(verdict("log/nonmonotonic-poll").verdict, reports::Verdict::pass);
  EXPECT_EQ(invariants.positions().at(0), log::Offset(2));
}

TEST_F(StepInvariantsTest, KeepsWhatAGroupPassesOverByChoice) {
  invariants.delivered(kReader, kP, log::Offset(0), kNow);
  invariants.position_set(kReader, kP, log::Offset(0));
  EXPECT_EQ(invariants.records_passed_over(), 0U) << "back to what it has had";
  invariants.position_set(kReader, kP, log::Offset(5));
  EXPECT_EQ(invariants.records_passed_over(), 0U) << "nobody has chosen that";
  invariants.position_set(kReader, kP, log::Offset(5), PassedOver::Why::began);
  EXPECT_EQ(invariants.records_passed_over(), 4U);
  ASSERT_EQ(invariants.passed_over()[kP.value()].size(), 1U);
  EXPECT_EQ(invariants.passed_over()[kP.value()][0].from, log::Offset(1));
}

TEST_F(StepInvariantsTest, CountsWhatAGapOfACompactedLogSparesItsReader) {
  invariants.delivered(kReader, kP, log::Offset(3), kNow);
  EXPECT_EQ(invariants.records_passed_over(), 0U);
  invariants.expect_gaps(kP);
  invariants.delivered(kReader, kP, log::Offset(6), kNow);
  EXPECT_EQ(invariants.records_passed_over(), 2U);
  invariants.delivered(kReader, kP, log::Offset(5), kNow);
  invariants.delivered(kReader, kP, log::Offset(7), kNow);
  EXPECT_EQ(invariants.records_passed_over(), 2U) << "a gap is counted once";
}

TEST_F(StepInvariantsTest, LetsAConsumerResumeWhereItCommitted) {
  invariants.position_set(kReader, kP, log::Offset(0));
  invariants.delivered(kReader, kP, log::Offset(0), kNow);
  invariants.delivered(kReader, kP, log::Offset(1), kNow);
  invariants.position_set(kReader, kP, log::Offset(1));
  invariants.delivered(kReader, kP, log::Offset(1), kNow);
  EXPECT_EQ(verdict("log/nonmonotonic-poll").verdict, reports::Verdict::pass);
}

class InSyncSetTest : public testing::Test {
 protected:
  static Time at(std::int64_t s) { return Time() + seconds(s); }
  void decide(NodeId leader, std::vector<NodeId> in_sync, std::int64_t s) {
    set.leader_elected(kP, leader, at(s));
    set.changed(kP, in_sync, at(s));
  }
  reports::Verdict verdict(std::vector<NodeId> in_sync = {}, std::vector<NodeId> holders = {}) {
    StoredPartition partition;
    partition.id = kP;
    partition.name = "orders-0";
    for (const NodeId broker : holders) {
      partition.replicas.push_back({broker, broker == holders.front(), {}, {}, {}, in_sync});
    }
    set.stored(partition);
    return set.report().verdict;
  }
  InSyncSet set{1};
};

TEST_F(InSyncSetTest, HasTheLeaderInIt) {
  decide(kA, {kA, kB}, 1);
  set.changed(kP, std::vector<NodeId>{kB}, at(2));  // the leader has died,
  set.leader_elected(kP, kB, at(2));                // and another is elected at the same instant
  EXPECT_EQ(verdict(), reports::Verdict::pass);
  set.changed(kP, std::vector<NodeId>{kA}, at(3));
  EXPECT_EQ(verdict(), reports::Verdict::fail);
}

TEST_F(InSyncSetTest, IsJudgedAlsoWhereItDidNotLast) {
  decide(kA, {kB}, 1);
  decide(kA, {kA, kB}, 2);
  EXPECT_EQ(verdict(), reports::Verdict::fail);
}

TEST_F(InSyncSetTest, NamesNobodyTwice) {
  decide(kA, {kA, kB, kA}, 1);
  EXPECT_EQ(verdict(), reports::Verdict::fail);
}

TEST_F(InSyncSetTest, MayKeepItsMembersWhileNobodyLeads) {
  decide(kA, {kA}, 1);
  set.went_offline(kP, at(2));
  EXPECT_EQ(verdict(), reports::Verdict::pass);
}

TEST_F(InSyncSetTest, HasNoMemberWithoutAReplica) {
  decide(kA, {kA, kB}, 1);
  EXPECT_EQ(verdict({kA, kB}, {kA, kB}), reports::Verdict::pass);
  EXPECT_EQ(verdict({kA, kB}, {kA}), reports::Verdict::fail);
}

}  // namespace
}  // namespace wavetank::sim
