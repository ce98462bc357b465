// Every fault bites: each test fails if the fault does nothing.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/simulation/forked_run.h"

namespace wavetank::test {
namespace {

using reports::RunResult;

/// The quickstart with this fault (or none) instead of its own.
RunResult with_fault(const std::string& fault, std::vector<std::string> overrides = {}) {
  overrides.push_back("faults=[" + fault + "]");
  overrides.push_back("slos=[\"lost == 0\"]");
  return run_scenario(kQuickstart, overrides);
}
RunResult without_fault(std::vector<std::string> overrides = {}) {
  return with_fault("", std::move(overrides));
}

Duration p99(const RunResult& result) {
  return result.metrics.e2e.all.p99;
}
Duration longest(const RunResult& result) {
  return result.metrics.e2e.all.max;
}

TEST(CrashFault, IsNoticedByTheControllerAndMovesLeaders) {
  const RunResult result =
      with_fault(R"({"at": "8s", "crash": "broker-2", "for": "4s", "unsynced": "lost"})");
  ASSERT_EQ(result.faults.size(), 1U);
  EXPECT_TRUE(result.faults[0].detected.has_value());
  EXPECT_TRUE(result.faults[0].elected.has_value());
  EXPECT_GT(longest(result), milliseconds(800));
  EXPECT_EQ(result.ledger.lost, 0U);
}

TEST(CrashFault, LeavesSilenceWithoutPowerAndResetsWithIt) {
  const std::vector<std::string> patient = {"workload.producer.request_timeout=5s"};
  const RunResult killed =
      with_fault(R"({"at": "8s", "crash": "broker-2", "for": "4s", "unsynced": "kept"})", patient);
  const RunResult unplugged =
      with_fault(R"({"at": "8s", "crash": "broker-2", "for": "4s", "unsynced": "lost"})", patient);
  // A producer whose connection is reset asks for metadata at once; one that meets silence waits
  // for its request to time out.
  EXPECT_LT(longest(killed), seconds(4));
  EXPECT_GT(longest(unplugged), seconds(4));
}

TEST(CrashFault, KeepsWhatTheSystemHadCachedWhenOnlyTheProcessDies) {
  const RunResult kept =
      with_fault(R"({"at": "8s", "crash": "broker-2", "for": "2s", "unsynced": "kept"})");
  const RunResult lost =
      with_fault(R"({"at": "8s", "crash": "broker-2", "for": "2s", "unsynced": "lost"})");
  ASSERT_TRUE(kept.faults[0].phases.replay && lost.faults[0].phases.replay);
  EXPECT_LT(*kept.faults[0].phases.replay, *lost.faults[0].phases.replay);
}

TEST(CrashFault, CutsTornLogsWhereTheyAreSound) {
  const RunResult result =
      with_fault(R"({"at": "8s", "crash": "broker-2", "for": "4s", "unsynced": "torn"})");
  EXPECT_THAT(result.faults[0].note, testing::MatchesRegex("broker-2: [1-9][0-9]* files? .*"));
  EXPECT_GT(result.ledger.delivered, 0U);
  EXPECT_EQ(result.ledger.lost, 0U);
  EXPECT_EQ(result.exit_code, reports::ExitCode::ok) << result.summary;
}

TEST(CrashFault, SparesTheLastCopyIfItIsTold) {
  const auto last_of_three = [](const char* words) {
    return with_fault(
        std::string(R"({"at": "6s", "crash": "broker-1", "unsynced": "kept", "for": "10s"},
                       {"at": "7s", "crash": "broker-3", "unsynced": "kept", "for": "9s"},
                       {"at": "10s", "crash": "broker-2", "unsynced": "lost", "for": "1s")") +
        words + "}");
  };
  const RunResult struck = last_of_three("");
  EXPECT_GT(struck.ledger.lost, 0U);
  ASSERT_EQ(struck.faults.size(), 3U);
  EXPECT_EQ(struck.faults[2].lost, struck.ledger.lost) << "the two before it kept everything";
  const RunResult spared = last_of_three(R"(, "spares_last_copy": true)");
  EXPECT_EQ(spared.ledger.lost, 0U);
  EXPECT_EQ(spared.faults.size(), 2U) << "the third has not struck";
  ASSERT_EQ(spared.spared.size(), 1U);
  EXPECT_EQ(spared.spared[0].target, "broker-2");
  EXPECT_THAT(spared.spared[0].why, testing::HasSubstr("to spare the last copy of"));
  EXPECT_EQ(spared.exit_code, reports::ExitCode::ok) << spared.summary;
}

TEST(CrashFault, ThatAloneWasSparedMakesNoExperiment) {
  const RunResult result = with_fault(
      R"({"at": "6s", "wipe": ["broker-1", "broker-2", "broker-3"], "for": "2s",
          "spares_last_copy": true})");
  EXPECT_TRUE(result.faults.empty());
  const auto struck =
      std::ranges::find(result.invariants, "faults/struck", &reports::InvariantReport::name);
  ASSERT_NE(struck, result.invariants.end());
  EXPECT_EQ(struck->verdict, reports::Verdict::unknown);
  EXPECT_THAT(struck->first.value_or(""), testing::HasSubstr("and no other has"));
  EXPECT_NE(result.exit_code, reports::ExitCode::ok);
}

TEST(CrashFault, ThatKeepsEverythingIsNotSpared) {
  const RunResult result = with_fault(
      R"({"at": "6s", "crash": ["broker-1", "broker-2", "broker-3"], "unsynced": "kept",
          "for": "1s", "spares_last_copy": true})");
  EXPECT_EQ(result.faults.size(), 1U);
  EXPECT_TRUE(result.spared.empty());
}

TEST(CrashFault, OfAConsumerIsCaughtUpFromItsCommittedOffset) {
  const RunResult result =
      with_fault(R"({"at": "8s", "crash": "client-2", "for": "3s", "unsynced": "lost"})");
  EXPECT_GT(longest(result), seconds(2));
  EXPECT_EQ(result.ledger.delivered, result.ledger.produced);
  EXPECT_EQ(result.exit_code, reports::ExitCode::ok) << result.summary;
}

TEST(CrashFault, OfAProducerStopsItsLoad) {
  const RunResult result =
      with_fault(R"({"at": "8s", "crash": "client-1", "for": "6s", "unsynced": "lost"})");
  EXPECT_LT(result.ledger.produced, 15'000U);
  EXPECT_GT(result.ledger.produced, 12'000U);
  EXPECT_EQ(result.ledger.lost, 0U);
}

TEST(PauseFault, LetsASleepingLeaderBeReplacedAndFenced) {
  const RunResult result = with_fault(R"({"at": "8s", "pause": "broker-2", "for": "4s"})");
  EXPECT_TRUE(result.faults[0].detected.has_value());
  EXPECT_GT(longest(result), milliseconds(800));
  EXPECT_EQ(result.ledger.lost, 0U);
  EXPECT_EQ(result.exit_code, reports::ExitCode::ok) << result.summary;
}

TEST(PartitionFault, CutsABrokerOffAndIsSurvived) {
  const RunResult result = with_fault(
      R"({"at": "8s", "partition": ["broker-2"], "from": ["broker-1", "broker-3", "controller"], "for": "4s"})");
  EXPECT_TRUE(result.faults[0].detected.has_value());
  EXPECT_EQ(result.ledger.lost, 0U);
  EXPECT_EQ(result.exit_code, reports::ExitCode::ok) << result.summary;
}

TEST(PartitionFault, OneWayIsNotSymmetric) {
  // Heartbeats travel from the broker to the controller: cut only there, the broker is missed; cut
  // only the other way, its heartbeats still arrive.
  const RunResult heartbeats_lost = with_fault(
      R"({"at": "8s", "partition": ["broker-2"], "from": ["controller"], "one_way": true, "for": "4s"})");
  const RunResult answers_lost = with_fault(
      R"({"at": "8s", "partition": ["controller"], "from": ["broker-2"], "one_way": true, "for": "4s"})");
  EXPECT_TRUE(heartbeats_lost.faults[0].detected.has_value());
  EXPECT_FALSE(answers_lost.faults[0].elected.has_value());
}

TEST(DelayFault, AddsToEveryLatencyOfTheHost) {
  const Duration slow =
      p99(with_fault(R"({"at": "4s", "delay": "client-2", "by": "50ms", "for": "15s"})"));
  EXPECT_GT(slow, p99(without_fault()) + milliseconds(45));
}

TEST(LossFault, MakesTheTailLongAndLosesNothing) {
  const RunResult lossy =
      with_fault(R"({"at": "4s", "loss": "broker[*]", "share": 0.05, "for": "15s"})");
  EXPECT_GT(p99(lossy), milliseconds(200));
  EXPECT_LT(p99(without_fault()), milliseconds(100));
  EXPECT_EQ(lossy.exit_code, reports::ExitCode::ok) << lossy.summary;
}

TEST(JitterFault, MakesTheTailLong) {
  const RunResult shaken =
      with_fault(R"({"at": "4s", "jitter": "client-2", "mean": "50ms", "for": "15s"})");
  EXPECT_GT(p99(shaken), p99(without_fault()) + milliseconds(50));
}

TEST(ConnectionResetFault, IsNoticedAtOnceAndLosesNothing) {
  const std::vector<std::string> slow_to_retry = {"consumers[0].consumer.retry_backoff=400ms"};
  const RunResult reset = with_fault(
      R"({"at": "8s", "connection_reset": "client[*]", "from": "broker[*]"})", slow_to_retry);
  EXPECT_GT(longest(reset), milliseconds(350))
      << "the fetch that was under way has to be sent again";
  EXPECT_LT(longest(without_fault(slow_to_retry)), milliseconds(200));
  EXPECT_LT(longest(reset), seconds(1)) << "nobody waits for a time-out";
  EXPECT_EQ(reset.exit_code, reports::ExitCode::ok) << reset.summary;
}

TEST(SlowLinkFault, MakesTheCardTheBottleneck) {
  const std::vector<std::string> load = {"workload.rate=10k/s"};
  const Duration slow = longest(
      with_fault(R"({"at": "8s", "slow_link": "client-2", "factor": 100, "for": "4s"})", load));
  EXPECT_GT(slow, 5 * longest(without_fault(load)));
}

TEST(SlowCpuFault, MakesTheProcessorTheBottleneck) {
  const Duration slow =
      p99(with_fault(R"({"at": "4s", "slow_cpu": "broker[*]", "factor": 50, "for": "15s"})"));
  EXPECT_GT(slow, 2 * p99(without_fault()));
}

TEST(SlowDiskFault, DelaysAnElectionThatMustBeDurableFirst) {
  const std::string crash = R"({"at": "8s", "crash": "broker-2", "for": "6s", "unsynced": "lost"})";
  const std::string slow_disk =
      R"({"at": "7s", "slow_disk": "controller", "factor": 1000, "for": "12s"})";
  const RunResult slow = with_fault(crash + ", " + slow_disk);
  const RunResult usual = with_fault(crash);
  ASSERT_FALSE(slow.faults.empty() || usual.faults.empty());
  const auto fault = std::ranges::find(slow.faults, "crash", &reports::FaultReport::kind);
  ASSERT_NE(fault, slow.faults.end());
  ASSERT_TRUE(fault->recovered && usual.faults[0].recovered);
  EXPECT_GT(*fault->recovered, *usual.faults[0].recovered + milliseconds(500));
}

TEST(StuckDiskFault, HoldsUpWhoeverNeedsTheDisk) {
  // The controller makes its state durable before it announces it: with its disk stuck there is no
  // election.
  const RunResult stuck = with_fault(R"({"at": "7s", "stuck_disk": "controller", "for": "4s"},
                                        {"at": "8s", "crash": "broker-2", "for": "6s", "unsynced": "lost"})");
  ASSERT_EQ(stuck.faults.size(), 2U);
  ASSERT_TRUE(stuck.faults[1].recovered.has_value());
  EXPECT_GT(*stuck.faults[1].recovered, milliseconds(2900));
  EXPECT_EQ(stuck.ledger.lost, 0U);
}

TEST(ClockStepFault, ChangesRecordTimestampsAndNothingElse) {
  // A reader who begins at a date finds its place by the timestamps of producers: it passes over
  // what says that it is an hour old.
  const std::vector<std::string> from_a_date = {"consumers[0].start=14s",
                                                R"(consumers[0].consumer.from={"time":"5s"})"};
  const std::string step = R"({"at": "2s", "clock_step": "client-1", "by": "-1h", "for": "10s"})";
  const RunResult stepped = with_fault(step, from_a_date);
  EXPECT_GT(stepped.ledger.skipped, without_fault(from_a_date).ledger.skipped + 3'000);
  EXPECT_EQ(with_fault(step).ledger.delivered, without_fault().ledger.delivered);
}

TEST(ClockDriftFault, MovesTimers) {
  // A controller whose clock is 10 % slow notices a dead broker after a tenth more of the session.
  const std::vector<std::string> session = {"services.log.controller_settings.session_timeout=5s"};
  const std::string crash =
      R"({"at": "8s", "crash": "broker-2", "for": "11s", "unsynced": "lost"})";
  const RunResult slow = with_fault(
      crash + R"(, {"at": "4s", "clock_drift": "controller", "ppm": -100000, "for": "15s"})",
      session);
  const RunResult usual = with_fault(crash, session);
  ASSERT_EQ(slow.faults.size(), 2U);
  ASSERT_EQ(usual.faults.size(), 1U);
  ASSERT_TRUE(slow.faults[0].detected && usual.faults[0].detected);
  EXPECT_GT(*slow.faults[0].detected, *usual.faults[0].detected + milliseconds(400));
}

TEST(LoadSpikeFault, MultipliesTheRate) {
  const RunResult spiked =
      with_fault(R"({"at": "8s", "load_spike": "load", "factor": 3, "for": "4s"})");
  EXPECT_NEAR(static_cast<double>(spiked.ledger.produced), 28'000, 1'000);
}

}  // namespace
}  // namespace wavetank::test
