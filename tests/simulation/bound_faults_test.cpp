// Faults that begin with an event of the run, and those that strike who plays a part in it: each
// test fails if the event or the part means nothing.

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/simulation/forked_run.h"

namespace wavetank::test {
namespace {

using reports::ExitCode;
using reports::RunResult;
using reports::Verdict;

RunResult quickstart_with(const std::string& fault) {
  return run_scenario(kQuickstart, {"faults=[" + fault + "]", "slos=[\"lost == 0\"]"});
}

const reports::InvariantReport* struck(const RunResult& result) {
  const auto found =
      std::ranges::find(result.invariants, "faults/struck", &reports::InvariantReport::name);
  return found == result.invariants.end() ? nullptr : &*found;
}

TEST(BoundFault, StrikesWhenItsEventHappensAndNotBefore) {
  const RunResult result = quickstart_with(
      R"({"when": {"event": "between_append_and_fsync", "of": "events-0", "not_before": "8s"},
          "crash": "host_of: event", "for": "4s"})");
  ASSERT_EQ(result.faults.size(), 1U);
  EXPECT_GT(result.faults[0].at, Time() + seconds(8));
  EXPECT_LT(result.faults[0].at, Time() + milliseconds(8'100));
  EXPECT_EQ(result.faults[0].until, result.faults[0].at + seconds(4));
  EXPECT_TRUE(result.faults[0].detected.has_value());
  ASSERT_NE(struck(result), nullptr);
  EXPECT_EQ(struck(result)->verdict, Verdict::pass);
  EXPECT_EQ(result.exit_code, ExitCode::ok) << result.summary;
}

TEST(BoundFault, CountsOccurrencesAndWaitsAfterwards) {
  const RunResult first = quickstart_with(
      R"({"when": {"event": "between_append_and_fsync", "of": "events", "not_before": "8s"},
          "pause": "broker-2", "for": "100ms"})");
  const RunResult later = quickstart_with(
      R"({"when": {"event": "between_append_and_fsync", "of": "events", "not_before": "8s",
                   "occurrence": 500, "after": "2s"},
          "pause": "broker-2", "for": "100ms"})");
  ASSERT_EQ(first.faults.size() + later.faults.size(), 2U);
  EXPECT_GT(later.faults[0].at - first.faults[0].at, milliseconds(2'500));
}

TEST(BoundFault, IsWrittenDownWithItsDate) {
  const RunResult result = quickstart_with(
      R"({"when": {"event": "broker_registered", "of": "broker-2"}, "slow_cpu": "broker-2", "for": "1s"})");
  const auto step = std::ranges::find(result.schedule, "slow_cpu", &reports::ScheduledStep::action);
  ASSERT_NE(step, result.schedule.end());
  EXPECT_EQ(step->at, result.faults[0].at);
  EXPECT_EQ(step->target, "broker-2");
  EXPECT_NE(result.faults[0].note.find("broker_registered of broker-2"), std::string::npos);
}

TEST(BoundFault, WhoseEventNeverComesMakesTheRunNoExperiment) {
  const RunResult result = quickstart_with(
      R"({"when": {"event": "rebalance_started", "not_before": "5s"}, "crash": "broker-2", "for": "2s"})");
  EXPECT_TRUE(result.faults.empty());
  ASSERT_NE(struck(result), nullptr);
  EXPECT_EQ(struck(result)->verdict, Verdict::unknown);
  EXPECT_EQ(result.exit_code, ExitCode::experiment_void);
  EXPECT_NE(result.summary.find("its event (rebalance_started"), std::string::npos)
      << result.summary;
}

TEST(FaultOfAPart, StrikesTheLeaderOfAPartition) {
  const RunResult result =
      quickstart_with(R"({"at": "8s", "crash": "leader_of: events-0", "for": "4s"})");
  ASSERT_EQ(result.faults.size(), 1U);
  EXPECT_TRUE(result.faults[0].elected.has_value());
  EXPECT_NE(result.faults[0].target.find(" (leader_of: events-0)"), std::string::npos);
  EXPECT_EQ(result.exit_code, ExitCode::ok) << result.summary;
}

TEST(FaultOfAPart, StrikesAFollowerAndNotTheLeader) {
  const RunResult leader =
      quickstart_with(R"({"at": "8s", "pause": "leader_of: events-0", "for": "100ms"})");
  const RunResult follower =
      quickstart_with(R"({"at": "8s", "pause": "follower_of: events-0", "for": "100ms"})");
  const auto host = [](const RunResult& result) {
    return result.faults.at(0).target.substr(0, result.faults[0].target.find(' '));
  };
  EXPECT_TRUE(host(leader).starts_with("broker-") && host(follower).starts_with("broker-"));
  EXPECT_NE(host(leader), host(follower));
}

TEST(FaultOfAPart, OfTheActiveControllerShowsItsElection) {
  const RunResult result = run_scenario("scenarios/log/controller-failover.json");
  ASSERT_EQ(result.faults.size(), 2U);
  EXPECT_TRUE(result.faults[0].target.starts_with("controller-"));
  ASSERT_TRUE(result.faults[0].detected && result.faults[0].elected);
  EXPECT_GT(*result.faults[0].detected, milliseconds(300));
  EXPECT_LT(*result.faults[0].elected, seconds(2));
  // Brokers served on; the figures of the broker's fault are its own.
  EXPECT_GT(*result.faults[1].detected, seconds(1));
}

TEST(FaultOfAPart, ThatNobodyPlaysDoesNotStrike) {
  const RunResult result = quickstart_with(
      R"({"at": "7s", "crash": "broker[*]", "for": "5s"}, {"at": "10s", "pause": "follower_of: events-0", "for": "1s"})");
  EXPECT_EQ(result.faults.size(), 1U);
  ASSERT_NE(struck(result), nullptr);
  EXPECT_EQ(struck(result)->verdict, Verdict::unknown);
}

/// The middle of what it says: the decision is made, and no partition has its marker.
TEST(BoundFault, KillsACoordinatorBetweenDecisionAndMarkers) {
  const RunResult result = run_scenario("scenarios/log/transaction-coordinator-killed.json");
  ASSERT_EQ(result.faults.size(), 1U);
  EXPECT_TRUE(result.faults[0].detected.has_value());
  EXPECT_EQ(result.exit_code, ExitCode::ok) << result.summary;
}

}  // namespace
}  // namespace wavetank::test
