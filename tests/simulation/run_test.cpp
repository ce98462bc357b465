// A scenario as a whole: what comes out, and that it comes out the same.

#include <gtest/gtest.h>

#include <algorithm>

#include "reports/explain.h"
#include "tests/simulation/forked_run.h"

namespace wavetank::test {
namespace {

using reports::ExitCode;
using reports::RunResult;
using reports::Verdict;

TEST(Quickstart, LosesNothingWhenABrokerDiesAndComesBack) {
  const RunResult result = run_scenario(kQuickstart);
  EXPECT_EQ(result.exit_code, ExitCode::ok) << result.summary;
  EXPECT_EQ(result.ledger.lost, 0U);
  EXPECT_EQ(result.ledger.duplicated, 0U);
  EXPECT_EQ(result.ledger.delivered, result.ledger.produced);
  EXPECT_NEAR(static_cast<double>(result.ledger.produced), 20'000, 600);
  for (const reports::InvariantReport& invariant : result.invariants) {
    EXPECT_EQ(invariant.verdict, Verdict::pass)
        << invariant.name << ": " << invariant.first.value_or("");
    EXPECT_GT(invariant.checked, 0U) << invariant.name;
  }
}

TEST(Quickstart, TakesTheRecoveryApart) {
  const RunResult result = run_scenario(kQuickstart);
  ASSERT_EQ(result.faults.size(), 1U);
  const reports::FaultReport& fault = result.faults[0];
  ASSERT_TRUE(fault.detected && fault.elected && fault.recovered && fault.drained);
  // A session of 1 s runs out between 1 s after the last heartbeat (sent every 200 ms) and that
  // plus one.
  EXPECT_GT(*fault.detected, milliseconds(800));
  EXPECT_LT(*fault.detected, milliseconds(1300));
  EXPECT_GE(*fault.elected, *fault.detected);
  EXPECT_GT(*fault.recovered, *fault.elected);
  EXPECT_GE(*fault.drained, *fault.recovered);
  EXPECT_TRUE(fault.phases.restore.has_value());
  EXPECT_TRUE(fault.phases.replay.has_value());
  EXPECT_GT(fault.peak_lag_records, 100U);
}

TEST(Quickstart, SplitsAPercentileIntoStagesThatSumToIt) {
  const RunResult result =
      run_scenario(kQuickstart, {"faults=[]", "slos=[]", "workload.rate=5k/s"});
  ASSERT_TRUE(result.attribution.p50.has_value());
  const reports::LatencySplit& split = *result.attribution.p50;
  EXPECT_EQ(split.total, split.queue + split.service + split.network + split.disk + split.batch +
                             split.replication);
  EXPECT_GT(split.batch, milliseconds(1));  // linger 5 ms: half of it on average
  EXPECT_GT(split.network, Duration());
  EXPECT_GT(split.replication, Duration());
  const double p50_ns = static_cast<double>(result.metrics.e2e.all.p50.ns());
  EXPECT_NEAR(static_cast<double>(split.total.ns()), p50_ns, 0.05 * p50_ns);
}

TEST(Quickstart, BlamesTheSlowestRecordsOnTheCrash) {
  const RunResult result = run_scenario(kQuickstart);
  const reports::Tail* p99 = reports::find_tail(result, std::nullopt, 0.99);
  ASSERT_NE(p99, nullptr);
  EXPECT_EQ(p99->of, result.metrics.e2e.all.count) << "of so few records, all are taken apart";
  const double whole = static_cast<double>(result.metrics.e2e.all.p99.ns());
  EXPECT_NEAR(static_cast<double>(p99->latency.ns()), whole, 0.001 * whole);
  const reports::TailCause& cause = p99->causes.at(0);
  EXPECT_EQ(cause.leg, reports::Leg::batch) << "the partitions of the dead leader take nothing";
  EXPECT_EQ(cause.period.fault, 0U);
  EXPECT_NE(cause.leaders.at(0).name, "broker-2") << "who led them after it";
  EXPECT_LT(cause.without, milliseconds(20));
  const RunResult calm = run_scenario(kQuickstart, {"faults=[]", "slos=[]"});
  const double counterfactual = static_cast<double>(calm.metrics.e2e.all.p99.ns());
  EXPECT_NEAR(static_cast<double>(p99->periods.at(0).without.value_or(Duration()).ns()),
              counterfactual, 0.1 * counterfactual)
      << "without the fault, the same records";
}

TEST(Quickstart, CostsWhatItsSixMachinesCost) {
  const RunResult result = run_scenario(kQuickstart);
  const auto scalar = [&](const std::string& name) {
    const auto found =
        std::ranges::find(result.metrics.scalars, name, &reports::ScalarMetric::name);
    return found == result.metrics.scalars.end() ? -1 : found->value;
  };
  EXPECT_NEAR(scalar("cost_per_hour"), 6 * 0.096, 1e-9);  // m5.large, on demand
  const double seconds = 20;
  const double million_records = static_cast<double>(result.ledger.delivered) / 1e6;
  EXPECT_NEAR(scalar("cost_per_million"), 6 * 0.096 * seconds / 3600 / million_records, 0.02);
}

TEST(Determinism, TwoRunsGiveTheSameBytes) {
  EXPECT_EQ(run_to_json(kQuickstart), run_to_json(kQuickstart));
}

TEST(Determinism, AnotherSeedGivesAnotherDigest) {
  const RunResult one = run_scenario(kQuickstart, {"seed=1"});
  const RunResult two = run_scenario(kQuickstart, {"seed=2"});
  EXPECT_NE(one.provenance.digest, two.provenance.digest);
  EXPECT_EQ(one.provenance.scenario_sha256, two.provenance.scenario_sha256);
}

TEST(Acks, OneLosesAcknowledgedWritesOfALeaderThatDies) {
  // Its followers are 50 ms behind when it dies: what it had acknowledged in that time is gone.
  const RunResult result = run_scenario(
      kQuickstart, {"workload.producer.acks=1", "workload.producer.idempotent=false",
                    R"(faults=[{"at": "7s", "delay": "broker-1", "by": "50ms", "for": "2s"},
                               {"at": "7s", "delay": "broker-3", "by": "50ms", "for": "2s"},
                               {"at": "8s", "crash": "broker-2", "for": "4s", "unsynced": "lost"}])"});
  EXPECT_EQ(result.exit_code, ExitCode::invariant_broken);
  EXPECT_GT(result.ledger.lost, 0U);
  ASSERT_FALSE(result.lost.empty());
  EXPECT_EQ(result.lost[0].partition.substr(0, 7), "events-");
  const Time crash = Time() + seconds(8);
  for (const reports::LostRecord& lost : result.lost) {
    EXPECT_GT(lost.acknowledged_at, crash - seconds(1));
    EXPECT_LT(lost.acknowledged_at, crash + milliseconds(1));  // an answer may be on its way
  }
  const auto no_loss =
      std::ranges::find(result.invariants, "log/lost-write", &reports::InvariantReport::name);
  ASSERT_NE(no_loss, result.invariants.end());
  EXPECT_EQ(no_loss->verdict, Verdict::fail);
  EXPECT_TRUE(reports::balances(result.ledger));
}

TEST(Orders, TheOrderLifecycleRunsThroughTheLog) {
  const RunResult result =
      run_scenario("scenarios/orders/broker-failure.json",
                   {"duration=8s", "warmup=2s", "faults=[]", "workload.rate=5k/s", "knees=[]",
                    "slos=[\"lost == 0\", \"duplicated == 0\"]"});
  EXPECT_EQ(result.exit_code, ExitCode::ok) << result.summary;
  EXPECT_EQ(result.ledger.delivered, result.ledger.produced);
  EXPECT_NEAR(result.metrics.throughput_in.all, 5'000, 250);
}

}  // namespace
}  // namespace wavetank::test
