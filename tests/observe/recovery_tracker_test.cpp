#include "sim/observe/recovery_tracker.h"

#include <gtest/gtest.h>

#include <functional>
#include <initializer_list>

namespace wavetank::sim {
namespace {

constexpr NodeId kA{0};
constexpr NodeId kB{1};
constexpr NodeId kC{2};
constexpr log::PartitionId kP{0};
constexpr log::PartitionId kQ{1};
constexpr log::PartitionId kUnloaded{2};

Time at_s(double s) {
  return Time() + milliseconds(static_cast<std::int64_t>(s * 1000));
}
Duration for_s(double s) {
  return at_s(s) - Time();
}

/// Broker A leads p and q, B leads a partition that nobody writes to.
class RecoveryTrackerTest : public testing::Test {
 protected:
  RecoveryTrackerTest() {
    tracker.leader_elected(Time(), kP, kA);
    tracker.leader_elected(Time(), kQ, kA);
    tracker.leader_elected(Time(), kUnloaded, kB);
  }
  void in_sync(double s, log::PartitionId p, std::initializer_list<NodeId> brokers) {
    tracker.in_sync_set_changed(at_s(s), p, std::span(brokers.begin(), brokers.size()));
  }
  /// The backlog of a run that ends at `end_s`.
  void backlog(double end_s, const std::function<std::uint64_t(double)>& at) {
    for (Time t; t < at_s(end_s); t += kLagSampleInterval) {
      tracker.lag_sampled(t, at(t.seconds()));
    }
  }
  void steady_backlog(double end_s) {
    backlog(end_s, [](double) { return 10; });
  }
  reports::FaultReport report(std::size_t fault) const {
    reports::FaultReport out;
    tracker.report(fault, out);
    return out;
  }

  RecoveryTracker tracker{{true, true, false}};
};

TEST_F(RecoveryTrackerTest, TellsTheSlowestTakeoverOfAController) {
  EXPECT_FALSE(tracker.slowest_takeover());
  tracker.controller_stands(at_s(1), kA);
  tracker.controller_stands(at_s(1), kB);
  tracker.controller_activated(at_s(4), kB);
  tracker.controller_stands(at_s(10), kA);
  tracker.controller_activated(at_s(12), kA);
  EXPECT_EQ(tracker.slowest_takeover(), for_s(3));
}

TEST_F(RecoveryTrackerTest, TakesARecoveryApart) {
  tracker.fault_begins(0, at_s(20), {kA});
  in_sync(21, kP, {kB, kC});
  in_sync(21, kQ, {kB, kC});
  tracker.broker_fenced(at_s(29), kA);
  tracker.leader_elected(at_s(29), kP, kB);
  tracker.leader_elected(at_s(29.5), kQ, kC);
  tracker.replica_appended(at_s(29.7), kP, kB);
  tracker.replica_appended(at_s(30), kQ, kC);
  tracker.fault_ends(0, at_s(40));
  tracker.broker_registered(at_s(43), kA);
  in_sync(45, kP, {kA, kB, kC});
  in_sync(48, kQ, {kA, kB, kC});
  backlog(60, [](double t) { return t >= 20 && t < 33 ? 500 : 10; });

  const reports::FaultReport it = report(0);
  EXPECT_EQ(it.detected, for_s(9));
  EXPECT_EQ(it.elected, for_s(9.5));
  EXPECT_EQ(it.recovered, for_s(10));
  EXPECT_EQ(it.drained, for_s(13));
  EXPECT_EQ(it.phases.detect, for_s(9));
  EXPECT_EQ(it.phases.elect, for_s(0.5));
  EXPECT_EQ(it.phases.reassign, for_s(0.5));
  EXPECT_EQ(it.phases.restore, for_s(3));
  EXPECT_EQ(it.phases.replay, for_s(5));
  EXPECT_EQ(it.phases.drain, for_s(3));
  EXPECT_EQ(it.peak_lag_records, 500u);
}

TEST_F(RecoveryTrackerTest, NoticesABrokerThatComesBackBeforeItsSessionRanOut) {
  tracker.fault_begins(0, at_s(20), {kA});
  tracker.fault_ends(0, at_s(21));
  tracker.broker_registered(at_s(23), kA);
  tracker.leader_elected(at_s(23), kP, kB);
  tracker.leader_elected(at_s(23), kQ, kB);
  EXPECT_EQ(report(0).detected, for_s(3));
  EXPECT_EQ(report(0).elected, for_s(3));
  EXPECT_EQ(report(0).phases.restore, for_s(2));
}

TEST_F(RecoveryTrackerTest, ABrokerThatNobodyMissedIsBackWhenTheBacklogIsGone) {
  tracker.fault_begins(0, at_s(20), {kA});
  tracker.fault_ends(0, at_s(24));
  backlog(60, [](double t) { return t >= 20 && t < 25 ? 500 : 10; });
  EXPECT_FALSE(report(0).detected);
  EXPECT_FALSE(report(0).elected);
  EXPECT_EQ(report(0).recovered, for_s(5));
  EXPECT_EQ(report(0).drained, for_s(5));
}

TEST_F(RecoveryTrackerTest, IgnoresWhatHappensToOtherBrokers) {
  tracker.fault_begins(0, at_s(20), {kA});
  tracker.broker_fenced(at_s(22), kB);
  tracker.broker_registered(at_s(23), kB);
  tracker.leader_elected(at_s(24), kUnloaded, kC);
  EXPECT_FALSE(report(0).detected);
  EXPECT_FALSE(report(0).elected);
}

TEST_F(RecoveryTrackerTest, WaitsForALeaderOfEveryPartition) {
  tracker.fault_begins(0, at_s(20), {kA});
  tracker.leader_elected(at_s(29), kP, kB);
  EXPECT_FALSE(report(0).elected);
}

TEST_F(RecoveryTrackerTest, WaitsForAWriteToTheNewLeaderOfEveryPartition) {
  tracker.fault_begins(0, at_s(20), {kA});
  tracker.replica_appended(at_s(21), kP, kA);
  tracker.broker_fenced(at_s(28), kA);
  tracker.leader_elected(at_s(29), kP, kB);
  tracker.leader_elected(at_s(29), kQ, kB);
  tracker.replica_appended(at_s(30), kP, kB);
  tracker.replica_appended(at_s(31), kQ, kA);
  steady_backlog(40);
  EXPECT_FALSE(report(0).recovered) << "an old leader's write is not service";
  tracker.replica_appended(at_s(32), kQ, kB);
  EXPECT_EQ(report(0).recovered, for_s(12));
}

TEST_F(RecoveryTrackerTest, AFaultThatStrikesNoLeaderHasNothingToElect) {
  tracker.fault_begins(0, at_s(20), {kC});
  tracker.broker_fenced(at_s(29), kC);
  backlog(60, [](double t) { return t >= 20 && t < 25 ? 500 : 10; });
  const reports::FaultReport it = report(0);
  EXPECT_EQ(it.detected, for_s(9));
  EXPECT_FALSE(it.elected);
  EXPECT_EQ(it.drained, for_s(5));
}

TEST_F(RecoveryTrackerTest, ALeaderThatNobodyWritesToIsNotMissed) {
  tracker.fault_begins(0, at_s(20), {kB});
  tracker.broker_fenced(at_s(29), kB);
  steady_backlog(40);
  EXPECT_EQ(report(0).recovered, for_s(0));
}

// --- the backlog ---

TEST_F(RecoveryTrackerTest, ABacklogThatNeverRoseIsGoneWhenServiceIsBack) {
  tracker.fault_begins(0, at_s(20), {kA});
  tracker.broker_fenced(at_s(21), kA);
  tracker.leader_elected(at_s(22), kP, kB);
  tracker.leader_elected(at_s(22), kQ, kB);
  tracker.replica_appended(at_s(23), kP, kB);
  tracker.replica_appended(at_s(23), kQ, kB);
  steady_backlog(40);
  EXPECT_EQ(report(0).drained, for_s(3));
  EXPECT_EQ(report(0).phases.drain, for_s(0));
  EXPECT_EQ(report(0).peak_lag_records, 10u);
}

TEST_F(RecoveryTrackerTest, ABacklogThatNeverDrainsIsSaidToBeThere) {
  tracker.fault_begins(0, at_s(20), {kC});
  backlog(60, [](double t) { return t >= 20 ? 500 : 10; });
  EXPECT_FALSE(report(0).drained);
  EXPECT_FALSE(report(0).phases.drain);
  EXPECT_EQ(report(0).peak_lag_records, 500u);
}

TEST_F(RecoveryTrackerTest, ABacklogThatComesBackHasNotDrained) {
  tracker.fault_begins(0, at_s(20), {kC});
  backlog(60, [](double t) { return (t >= 20 && t < 25) || (t >= 30 && t < 31) ? 500 : 10; });
  EXPECT_EQ(report(0).drained, for_s(11));
}

TEST_F(RecoveryTrackerTest, WhatIsUsualIsWhatWasSeenShortlyBefore) {
  tracker.fault_begins(0, at_s(30), {kC});
  backlog(60, [](double t) { return t < 15 ? 500 : t < 30 ? 10 : t < 40 ? 300 : 10; });
  EXPECT_EQ(report(0).drained, for_s(10)) << "500 was long ago";
}

TEST_F(RecoveryTrackerTest, WhatHadPiledUpBeforeTheRunWasWarmIsNotUsual) {
  tracker = RecoveryTracker({true, true, false}, at_s(6));
  tracker.fault_begins(0, at_s(8), {kC});
  tracker.fault_ends(0, at_s(11));
  backlog(60, [](double t) { return t < 4 ? 500 : t < 8 ? 10 : t < 13 ? 300 : 10; });
  EXPECT_EQ(report(0).recovered, for_s(5));
  EXPECT_EQ(report(0).phases.drain, for_s(2)) << "since the fault is over";
}

// --- brokers that are asked to end ---

TEST_F(RecoveryTrackerTest, NobodyMissesALeaderThatHasHandedOver) {
  tracker.fault_begins(0, at_s(20), {kA}, {}, true);
  tracker.leader_elected(at_s(21), kP, kB);
  tracker.leader_elected(at_s(21), kQ, kB);
  tracker.broker_fenced(at_s(22), kA);
  tracker.replica_appended(at_s(25), kP, kB);
  steady_backlog(60);
  EXPECT_EQ(report(0).detected, for_s(2));
  EXPECT_FALSE(report(0).elected);
  EXPECT_EQ(report(0).recovered, Duration());
}

TEST_F(RecoveryTrackerTest, WhatALeaderHasNotHandedOverIsMissed) {
  tracker.fault_begins(0, at_s(20), {kA}, {}, true);
  tracker.leader_elected(at_s(21), kP, kB);
  tracker.broker_fenced(at_s(22), kA);
  tracker.leader_elected(at_s(24), kQ, kB);
  tracker.replica_appended(at_s(25), kQ, kB);
  steady_backlog(60);
  EXPECT_EQ(report(0).elected, for_s(4));
  EXPECT_EQ(report(0).recovered, for_s(5));
}

TEST_F(RecoveryTrackerTest, OfAFaultThatGoesFromHostToHostTheSlowestRecoveryCounts) {
  tracker.fault_begins(0, at_s(10), {kC});
  tracker.fault_ends(0, at_s(11));
  tracker.fault_begins(0, at_s(20), {kA});
  tracker.broker_fenced(at_s(22), kA);
  tracker.leader_elected(at_s(23), kP, kB);
  tracker.leader_elected(at_s(23), kQ, kB);
  tracker.replica_appended(at_s(24), kP, kB);
  tracker.replica_appended(at_s(24), kQ, kB);
  tracker.fault_ends(0, at_s(30));
  tracker.broker_registered(at_s(31), kA);
  tracker.fault_begins(0, at_s(40), {kC});
  steady_backlog(60);
  EXPECT_EQ(report(0).detected, for_s(2));
  EXPECT_EQ(report(0).recovered, for_s(4));
  EXPECT_EQ(report(0).phases.restore, for_s(1));
}

// --- several faults ---

TEST_F(RecoveryTrackerTest, TwoFaultsOneAfterTheOtherAreToldApart) {
  tracker.fault_begins(0, at_s(20), {kA});
  tracker.broker_fenced(at_s(22), kA);
  in_sync(22, kP, {kB, kC});
  tracker.leader_elected(at_s(23), kP, kB);
  tracker.leader_elected(at_s(23), kQ, kB);
  tracker.replica_appended(at_s(24), kP, kB);
  tracker.replica_appended(at_s(24), kQ, kB);
  tracker.fault_ends(0, at_s(30));
  tracker.broker_registered(at_s(31), kA);
  in_sync(33, kP, {kA, kB, kC});
  tracker.fault_begins(1, at_s(50), {kB});
  tracker.broker_fenced(at_s(55), kB);
  tracker.leader_elected(at_s(56), kP, kA);
  tracker.leader_elected(at_s(56), kQ, kA);
  tracker.replica_appended(at_s(58), kP, kA);
  tracker.replica_appended(at_s(58), kQ, kA);
  backlog(80, [](double t) { return t >= 20 && t < 26 ? 400 : t >= 50 && t < 60 ? 900 : 10; });
  EXPECT_EQ(report(0).detected, for_s(2));
  EXPECT_EQ(report(0).recovered, for_s(4));
  EXPECT_EQ(report(0).drained, for_s(6));
  EXPECT_EQ(report(0).phases.replay, for_s(2));
  EXPECT_EQ(report(0).peak_lag_records, 400u) << "the second fault's is its own";
  EXPECT_EQ(report(1).detected, for_s(5));
  EXPECT_EQ(report(1).elected, for_s(6));
  EXPECT_EQ(report(1).recovered, for_s(8));
  EXPECT_EQ(report(1).peak_lag_records, 900u);
}

TEST_F(RecoveryTrackerTest, ALaterCrashOfTheSameBrokerDoesNotMakeAnEarlierPauseNoticed) {
  tracker.fault_begins(0, at_s(20), {kC});
  tracker.fault_ends(0, at_s(21));
  tracker.fault_begins(1, at_s(100), {kC});
  tracker.broker_fenced(at_s(109), kC);
  in_sync(109, kP, {kA, kB});
  tracker.fault_ends(1, at_s(120));
  tracker.broker_registered(at_s(123), kC);
  in_sync(125, kP, {kA, kB, kC});
  EXPECT_FALSE(report(0).detected);
  EXPECT_FALSE(report(0).phases.restore);
  EXPECT_EQ(report(1).detected, for_s(9));
  EXPECT_EQ(report(1).phases.restore, for_s(3));
  EXPECT_EQ(report(1).phases.replay, for_s(2));
}

TEST_F(RecoveryTrackerTest, ALaterCrashOfTheSameBrokerLeavesAnEarlierReplayAsItWas) {
  tracker.fault_begins(0, at_s(20), {kC});
  in_sync(21, kP, {kA, kB});
  tracker.fault_ends(0, at_s(30));
  tracker.broker_registered(at_s(31), kC);
  in_sync(34, kP, {kA, kB, kC});
  tracker.fault_begins(1, at_s(100), {kC});
  in_sync(101, kP, {kA, kB});
  EXPECT_EQ(report(0).phases.replay, for_s(3));
}

TEST_F(RecoveryTrackerTest, NotesABrokerThatIsBackAndHasNotCaughtUp) {
  tracker.fault_begins(0, at_s(20), {kC});
  in_sync(21, kP, {kA, kB});
  EXPECT_EQ(tracker.still_behind(), 0u) << "it is not back";
  tracker.fault_ends(0, at_s(25));
  tracker.broker_registered(at_s(26), kC);
  EXPECT_EQ(tracker.still_behind(), 1u);
  EXPECT_EQ(report(0).note, "1 in-sync sets lack a broker that was back when the run was over");
  in_sync(30, kP, {kA, kB, kC});
  EXPECT_EQ(tracker.still_behind(), 0u);
  EXPECT_EQ(report(0).note, "");
}

TEST_F(RecoveryTrackerTest, WhatIsLeftOfTheStartIsNoUsualBacklog) {
  tracker.fault_begins(0, at_s(5), {kC});
  backlog(60, [](double t) { return t < 3.5 ? 3000 : t >= 5 && t < 12 ? 2000 : 10; });
  EXPECT_EQ(report(0).recovered, for_s(7));
}

TEST_F(RecoveryTrackerTest, ABacklogThatComesNowAndThenIsUsual) {
  tracker.fault_begins(0, at_s(20), {kC});
  backlog(60, [](double t) { return t >= 14 && t < 14.5 ? 100 : t >= 25 && t < 25.5 ? 100 : 10; });
  EXPECT_EQ(report(0).recovered, for_s(0));
}

TEST_F(RecoveryTrackerTest, AFewRecordsMoreThanUsualAreChance) {
  tracker.fault_begins(0, at_s(20), {kC});
  backlog(60, [](double t) { return t >= 20 && t < 22 ? 100 : t >= 40 && t < 40.5 ? 8 : 2; });
  EXPECT_EQ(report(0).recovered, for_s(2));
}

TEST_F(RecoveryTrackerTest, ABacklogThatTheNextFaultFindsGoesWithIt) {
  tracker.fault_begins(0, at_s(20), {kC});
  tracker.fault_ends(0, at_s(21));
  tracker.fault_begins(1, at_s(30), {kC});
  backlog(60, [](double t) { return t >= 20 && t < 40 ? 500 : 10; });
  EXPECT_EQ(report(0).drained, for_s(20));
  EXPECT_EQ(report(0).recovered, for_s(20));
}

TEST_F(RecoveryTrackerTest, ABacklogThatNeverGoesIsOfAllFaults) {
  tracker.fault_begins(0, at_s(20), {kC});
  tracker.fault_begins(1, at_s(30), {kC});
  backlog(60, [](double t) { return t >= 20 ? 500 : 10; });
  EXPECT_FALSE(report(0).drained);
  EXPECT_FALSE(report(0).recovered);
}

TEST_F(RecoveryTrackerTest, SaysNothingOfAFaultThatNeverBegan) {
  steady_backlog(30);
  EXPECT_EQ(report(3), reports::FaultReport{});
}

TEST_F(RecoveryTrackerTest, TakesABacklogThatWasRefusedForNoRecovery) {
  tracker.fault_begins(0, at_s(20), {kA});
  backlog(60, [](double s) { return s < 20 || s >= 40 ? 10 : 500; });
  tracker.records_acknowledged(at_s(25));
  tracker.records_refused(at_s(40));
  EXPECT_EQ(report(0).recovered, std::nullopt);
  EXPECT_EQ(report(0).drained, std::nullopt);
}

TEST_F(RecoveryTrackerTest, TakesAnAcknowledgementAfterTheLastRefusalForService) {
  tracker.fault_begins(0, at_s(20), {kA});
  backlog(60, [](double s) { return s < 20 || s >= 40 ? 10 : 500; });
  tracker.records_refused(at_s(40));
  tracker.records_acknowledged(at_s(41));
  tracker.records_refused(at_s(42));
  tracker.records_acknowledged(at_s(45));
  EXPECT_EQ(report(0).recovered, for_s(25));
}

TEST_F(RecoveryTrackerTest, TakesTheElectionOfAControllerApart) {
  constexpr NodeId kFirst{7};
  constexpr NodeId kSecond{8};
  const std::vector<NodeId> struck{kFirst};
  tracker.controller_activated(at_s(1), kFirst);
  tracker.fault_begins(0, at_s(20), {}, struck);
  tracker.controller_stands(at_s(21), kSecond);
  tracker.controller_activated(at_s(21.5), kSecond);
  steady_backlog(40);
  EXPECT_EQ(tracker.active_controller(), kSecond);
  EXPECT_EQ(report(0).phases.detect, for_s(1));
  EXPECT_EQ(report(0).phases.elect, for_s(0.5));
  EXPECT_EQ(report(0).recovered, for_s(1.5));
}

TEST_F(RecoveryTrackerTest, DoesNotMissAControllerThatWasNotActive) {
  const std::vector<NodeId> struck{NodeId(8)};
  tracker.controller_activated(at_s(1), NodeId(7));
  tracker.fault_begins(0, at_s(20), {}, struck);
  tracker.controller_stands(at_s(21), NodeId(9));
  steady_backlog(40);
  EXPECT_FALSE(report(0).detected.has_value());
}

}  // namespace
}  // namespace wavetank::sim
