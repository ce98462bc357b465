// Faults of disks and of whole places bite: each test fails if the fault does nothing.

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/simulation/forked_run.h"

namespace wavetank::test {
namespace {

using reports::RunResult;

RunResult with_fault(const std::string& fault, std::vector<std::string> overrides = {}) {
  overrides.push_back("faults=[" + fault + "]");
  overrides.push_back("slos=[\"lost == 0\"]");
  return run_scenario(kQuickstart, overrides);
}

TEST(ProcessKillFault, KeepsThePageCacheThatACrashLoses) {
  // One copy of everything: what the broker has not synced is all there is.
  const std::vector<std::string> alone = {"services.log.topics[0].replication=1",
                                          "services.log.topics[0].min_insync=1"};
  const RunResult killed =
      with_fault(R"({"at": "8s", "process_kill": "broker-2", "for": "2s"})", alone);
  const RunResult crashed = with_fault(R"({"at": "8s", "crash": "broker-2", "for": "2s"})", alone);
  EXPECT_TRUE(killed.faults[0].detected.has_value());
  EXPECT_EQ(killed.ledger.lost, 0U);
  EXPECT_GT(crashed.ledger.lost, 0U);
}

TEST(WipeFault, LosesEvenWhatWasSynced) {
  // Small segments are synced when they are full: a crash leaves them, a wipe does not.
  const std::vector<std::string> alone = {"services.log.topics[0].replication=1",
                                          "services.log.topics[0].min_insync=1",
                                          "services.log.topics[0].segment_bytes=16KiB"};
  const RunResult wiped = with_fault(R"({"at": "8s", "wipe": "broker-2", "for": "2s"})", alone);
  const RunResult crashed = with_fault(R"({"at": "8s", "crash": "broker-2", "for": "2s"})", alone);
  EXPECT_GT(wiped.ledger.lost, crashed.ledger.lost);
}

TEST(DiskFullFault, EndsTheBrokerForGoodUnlessASupervisorStartsItAgain) {
  const std::string fault = R"({"at": "6s", "disk_full": "broker-2", "for": "4s"})";
  const RunResult alone = with_fault(fault);
  const RunResult supervised = with_fault(fault, {"services.log.restart_after=1s"});
  ASSERT_TRUE(alone.faults[0].detected && supervised.faults[0].detected);
  EXPECT_FALSE(alone.faults[0].phases.restore.has_value());
  EXPECT_TRUE(supervised.faults[0].phases.replay.has_value()) << "it is back in sync";
  EXPECT_EQ(alone.ledger.lost + supervised.ledger.lost, 0U);
}

TEST(FailedFsyncFault, EndsTheBrokerWhenASegmentIsFull) {
  const std::string fault = R"({"at": "6s", "failed_fsync": "broker-2", "for": "8s"})";
  const std::string no_checkpoints =
      "services.log.broker_settings.high_watermark_checkpoint_interval=1h";
  const RunResult small =
      with_fault(fault, {no_checkpoints, "services.log.topics[0].segment_bytes=64KiB"});
  const RunResult large = with_fault(fault, {no_checkpoints});
  EXPECT_TRUE(small.faults[0].detected.has_value());
  EXPECT_FALSE(large.faults[0].detected.has_value()) << "nobody has synced";
  EXPECT_EQ(small.ledger.lost, 0U);
}

TEST(FailedFsyncFault, EndsTheControllerThatCannotStoreItsState) {
  const RunResult result = with_fault(R"({"at": "6s", "failed_fsync": "controller", "for": "8s"},
                                         {"at": "8s", "crash": "broker-2", "for": "6s"})");
  ASSERT_EQ(result.faults.size(), 2U);
  EXPECT_FALSE(result.faults[1].detected.has_value()) << "nobody is there to notice";
  EXPECT_GT(result.ledger.refused, 0U);
  EXPECT_FALSE(result.faults[1].recovered.has_value()) << "what was refused was not served";
}

TEST(BitRotFault, OfADeadBrokerIsFoundAndHealedByRecovery) {
  const RunResult result = run_scenario("scenarios/log/bit-rot.json");
  ASSERT_EQ(result.faults.size(), 2U);
  EXPECT_NE(result.faults[1].note.find("has flipped"), std::string::npos) << result.faults[1].note;
  EXPECT_EQ(result.exit_code, reports::ExitCode::ok) << result.summary;
}

TEST(BitRotFault, SaysWhereThereWasNothingToRot) {
  const RunResult result =
      with_fault(R"({"at": "6s", "bit_rot": "broker-2", "files": "no-such-topic-*"})");
  EXPECT_NE(result.faults[0].note.find("nothing stored"), std::string::npos);
}

TEST(BitRotFault, ThatNobodyHasFoundIsNamedByBrokerPartitionAndOffset) {
  const RunResult sound = with_fault("");
  const RunResult rotten =
      with_fault(R"({"at": "10s", "bit_rot": "broker-2", "files": "events-*"})");
  const auto intact = [](const RunResult& result) {
    return *std::ranges::find(result.invariants, "log/stored-intact",
                              &reports::InvariantReport::name);
  };
  EXPECT_EQ(intact(sound).verdict, reports::Verdict::pass);
  EXPECT_EQ(intact(rotten).verdict, reports::Verdict::fail);
  const std::string named = intact(rotten).first.value_or("");
  EXPECT_NE(named.find("the copy of events-"), std::string::npos) << named;
  EXPECT_NE(named.find(" on node 1 has rotted: at offset "), std::string::npos) << named;
}

TEST(BitRotFault, IsFoundAndCountedByAConsumerThatReadsIt) {
  const RunResult result =
      with_fault(R"({"at": "8s", "bit_rot": "broker-2", "files": "events-*.log"})",
                 {"services.log.topics[0].replication=1", "services.log.topics[0].min_insync=1",
                  "consumers[0].start=10s", "drain=1s"});
  const auto errors = std::ranges::find(result.metrics.scalars, "errors.corrupt_message",
                                        &reports::ScalarMetric::name);
  ASSERT_NE(errors, result.metrics.scalars.end());
  EXPECT_GE(errors->value, 1);
}

TEST(ZoneLossFault, TakesTheBrokersOfTheZone) {
  const RunResult power = with_fault(R"({"at": "8s", "zone_loss": "eu-3", "for": "4s"})");
  const RunResult network =
      with_fault(R"({"at": "8s", "zone_loss": "eu-3", "of": "network", "for": "4s"})");
  EXPECT_TRUE(power.faults[0].detected.has_value());
  EXPECT_TRUE(network.faults[0].detected.has_value());
  EXPECT_NE(power.provenance.digest, network.provenance.digest);
  EXPECT_EQ(power.ledger.lost + network.ledger.lost, 0U);
}

TEST(RegionLossFault, TakesEverything) {
  const RunResult result = with_fault(R"({"at": "8s", "region_loss": "eu", "for": "2s"})");
  EXPECT_LT(result.ledger.produced, 19'000U) << "the clients are down, too";
}

TEST(RollingRestartFault, StopsAndStartsEveryHostInTurn) {
  const RunResult result = with_fault(
      R"({"at": "5s", "rolling_restart": "broker[*]", "down": "1500ms", "between": "3s"})");
  std::vector<std::string> turns;
  for (const reports::ScheduledStep& step : result.schedule) {
    if (step.action == "stop" || step.action == "start") {
      turns.push_back(step.action + " " + step.target);
    }
  }
  EXPECT_EQ(turns, (std::vector<std::string>{"stop broker-1", "start broker-1", "stop broker-2",
                                             "start broker-2", "stop broker-3", "start broker-3"}));
  ASSERT_EQ(result.faults.size(), 1U);
  EXPECT_EQ(result.faults[0].until, Time() + milliseconds(5000 + 3 * 1500 + 2 * 3000));
  EXPECT_TRUE(result.faults[0].detected.has_value());
  EXPECT_EQ(result.ledger.lost, 0U);
  EXPECT_GT(result.metrics.e2e.all.max, milliseconds(500));
}

TEST(RollingRestartFault, IsHardlyNoticedWhenBrokersHandOverFirst) {
  const std::string fault =
      R"({"at": "5s", "rolling_restart": "broker[*]", "down": "2s", "between": "3s",
          "controlled": true})";
  const RunResult handed_over = with_fault(fault);
  ASSERT_EQ(handed_over.faults.size(), 1U);
  EXPECT_TRUE(handed_over.faults[0].detected.has_value()) << "it has ended, and said so";
  EXPECT_LT(handed_over.metrics.e2e.all.max, milliseconds(400));
  EXPECT_EQ(handed_over.ledger.lost, 0U);
  const RunResult without_time =
      with_fault(fault, {"services.log.broker_settings.controlled_shutdown_max=0s"});
  EXPECT_GT(without_time.metrics.e2e.all.max, milliseconds(700));
}

}  // namespace
}  // namespace wavetank::test
