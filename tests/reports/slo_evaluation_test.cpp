#include "reports/slo_evaluation.h"

#include <gtest/gtest.h>

#include <string_view>

#include "reports/measure.h"
#include "tests/reports/sample_run.h"

namespace wavetank::reports {
namespace {

class SloEvaluation : public ::testing::Test {
 protected:
  SloReport judge(std::string_view text) {
    run.phases.clear();
    measure(run, seen);
    return evaluate(sample::slos({text}).front(), run, seen, baseline ? &*baseline : nullptr);
  }
  std::optional<bool> ok(std::string_view text) { return judge(text).ok; }

  /// Makes this run the baseline, as if the objective had stood in its scenario.
  void keep(std::string_view text) {
    baseline.reset();
    RunResult kept = run;
    kept.slos = {judge(text)};
    baseline = baseline_of(kept);
  }

  RunResult run = sample::facts();
  Evidence seen = sample::evidence();
  std::optional<Baseline> baseline;
};

// In the sample, latencies are 4 to 6 ms, and fall from 5.1 s to 0.1 s between 120 s and 171 s.

TEST_F(SloEvaluation, ComparesByEveryOperator) {
  EXPECT_EQ(ok("lost < 1"), true);
  EXPECT_EQ(ok("lost <= 0"), true);
  EXPECT_EQ(ok("lost == 0"), true);
  EXPECT_EQ(ok("lost != 0"), false);
  EXPECT_EQ(ok("lost > 0"), false);
  EXPECT_EQ(ok("lost >= 0"), true);
  run.ledger.lost = 1;
  EXPECT_EQ(ok("lost == 0"), false);
  EXPECT_EQ(ok("lost != 0"), true);
  EXPECT_EQ(ok("lost > 0"), true);
}

TEST_F(SloEvaluation, ReadsEveryLedgerEntry) {
  EXPECT_EQ(ok("produced == 30000"), true);
  EXPECT_EQ(ok("acknowledged == 29990"), true);
  EXPECT_EQ(ok("delivered == 29980"), true);
  EXPECT_EQ(ok("dead_lettered == 0"), true);
  EXPECT_EQ(ok("in_flight == 15"), true);
  EXPECT_EQ(ok("refused == 5"), true);
  EXPECT_EQ(ok("duplicated == 12"), true);
}

TEST_F(SloEvaluation, KnowsEveryMetricThatAScenarioCanName) {
  for (const scenarios::Metric& metric : scenarios::all_metrics()) {
    const char* aggregate = metric.kind == scenarios::MetricKind::scalar  ? ""
                            : metric.kind == scenarios::MetricKind::trend ? ".max"
                                                                          : ".value";
    const std::string text = std::string(metric.name) + aggregate + " >= 0";
    if (!ok(text)) {  // not in the sample: a number that only some systems bring
      run.metrics.scalars.push_back({std::string(metric.name), 1, ""});
    }
    EXPECT_EQ(ok(text), true) << text << ": " << judge(text).why;
  }
}

TEST_F(SloEvaluation, TakesTheSlowestBrokerThatHadToCatchUp) {
  EXPECT_EQ(judge("catch_up < 1s").why, "after no fault had a broker to catch up");
  run.faults.push_back(run.faults.front());
  run.faults[0].phases.replay = milliseconds(300);
  run.faults[1].phases.replay = milliseconds(200);
  EXPECT_DOUBLE_EQ(judge("catch_up < 1s").observed.value_or(0), 0.3);
  run.metrics.scalars.push_back({"still_behind", 2, "records"});
  EXPECT_EQ(judge("catch_up < 1s").ok, false) << "whoever has not caught up is the slowest";
  EXPECT_EQ(judge("catch_up < 1s").why,
            "when the run was over 2 in-sync sets still lacked a broker that was back");
}

TEST_F(SloEvaluation, TakesTheBusiestDiskForTheMeasuredLoad) {
  EXPECT_EQ(judge("disk_busy > 0s").observed, 0.5 * 3);
  run.utilisation.resources.clear();
  EXPECT_EQ(judge("disk_busy > 0s").why, "the use of disks was not measured");
}

TEST_F(SloEvaluation, JudgesThePhaseItNames) {
  EXPECT_EQ(ok("e2e.max < 10ms during steady"), true);
  EXPECT_EQ(ok("e2e.max < 10ms during fault"), false);
  EXPECT_EQ(ok("e2e.max < 10ms"), false);
  EXPECT_EQ(ok("e2e.min > 50ms during fault"), true);
  EXPECT_EQ(ok("throughput_out.value < 91/s during fault"), true);
  EXPECT_EQ(ok("throughput_out.value < 91/s during steady"), false);
}

TEST_F(SloEvaluation, TakesTheTimesWithoutALeaderOverAllFaults) {
  const reports::FaultReport one = run.faults.front();
  run.faults.clear();
  for (const std::int64_t ms : {300, 100, 200, 250, 150}) {
    run.faults.push_back(one);
    run.faults.back().elected = milliseconds(ms);
  }
  run.faults.push_back(one);
  run.faults.back().elected.reset();  // it cost no leader
  EXPECT_NEAR(*judge("leaderless.p50 < 1s").observed, 0.2, 0.001);
  EXPECT_NEAR(*judge("leaderless.max < 1s").observed, 0.3, 0.001);
  EXPECT_DOUBLE_EQ(*judge("leaderless.count > 0").observed, 5);
  run.faults.back().recovered.reset();  // it did, and nobody had followed when the run ended
  EXPECT_EQ(ok("leaderless.max < 1s"), std::nullopt);
  EXPECT_NE(judge("leaderless.max < 1s").why.find("nobody had been elected after 1"),
            std::string::npos);
  EXPECT_DOUBLE_EQ(*judge("leaderless.count > 0").observed, 5);
  run.faults.clear();
  EXPECT_EQ(judge("leaderless.p50 < 1s").why, "no fault was followed by an election");
}

TEST_F(SloEvaluation, TakesTheTimesWithoutServiceAfterFaultsThatCostALeader) {
  const reports::FaultReport one = run.faults.front();
  run.faults.clear();
  for (const std::int64_t ms : {300, 100, 200}) {
    run.faults.push_back(one);
    run.faults.back().elected = milliseconds(50);
    run.faults.back().recovered = milliseconds(ms);
  }
  EXPECT_NEAR(*judge("interruption.p50 < 1s").observed, 0.2, 0.001);
  run.faults.back().elected.reset();  // it cost no leader
  EXPECT_DOUBLE_EQ(*judge("interruption.count > 0").observed, 2);
  run.faults.front().recovered.reset();  // somebody leads, and has done nothing yet
  EXPECT_EQ(ok("interruption.max < 1s"), std::nullopt);
}

TEST_F(SloEvaluation, TellsObservedLimitAndMargin) {
  const SloReport slo = judge("e2e.max < 10s during fault");
  EXPECT_DOUBLE_EQ(*slo.observed, 5.1);
  EXPECT_DOUBLE_EQ(*slo.limit, 10);
  EXPECT_DOUBLE_EQ(*slo.margin, 0.49);
  EXPECT_EQ(slo.unit, "s");
  EXPECT_EQ(slo.what, "max end-to-end");
  EXPECT_EQ(slo.phase, "fault");
  EXPECT_EQ(slo.expr, "e2e.max < 10s during fault");
}

TEST_F(SloEvaluation, TurnsTheMarginAroundForLowerLimits) {
  EXPECT_DOUBLE_EQ(*judge("throughput_out.value >= 80/s during steady").margin, 0.25);
  EXPECT_DOUBLE_EQ(*judge("throughput_out.value >= 125/s during steady").margin, -0.2);
  EXPECT_EQ(judge("lost == 0").margin, std::nullopt);
  EXPECT_EQ(judge("lost <= 0").margin, std::nullopt);
}

TEST_F(SloEvaluation, TellsWhenItBroke) {
  const SloReport slo = judge("e2e.max < 2050ms");
  ASSERT_EQ(slo.breaches.size(), 1U);
  EXPECT_EQ(slo.breaches[0], (Span{Time() + seconds(120), Time() + seconds(151)}));
}

TEST_F(SloEvaluation, BoundsTheListOfBreaches) {
  for (std::size_t i = 0; i < 120; i += 2) {
    seen.windows[i] = sample::second(static_cast<std::int64_t>(i), seconds(3));
  }
  EXPECT_EQ(judge("e2e.max < 2s").breaches.size(), kMaxBreachesListed);
}

TEST_F(SloEvaluation, OverAStretchLooksForTheWorstOne) {
  EXPECT_EQ(ok("e2e.p50 < 3s during fault"), true);
  const SloReport slo = judge("e2e.p50 < 3s during fault over 10s");
  EXPECT_EQ(slo.ok, false);
  EXPECT_NEAR(*slo.observed, 4.6, 0.005);
  EXPECT_EQ(slo.breaches.front().from, Time() + seconds(120));

  const SloReport rate = judge("throughput_out.value >= 95/s over 10s");
  EXPECT_EQ(rate.ok, false);
  EXPECT_DOUBLE_EQ(*rate.observed, 90);
}

TEST_F(SloEvaluation, OverAStretchThatDoesNotFitIsUnknown) {
  EXPECT_EQ(ok("e2e.p50 < 100s during fault over 51s"), true);
  const SloReport slo = judge("e2e.p50 < 100s during fault over 52s");
  EXPECT_EQ(slo.ok, std::nullopt);
  EXPECT_NE(slo.why.find("shorter"), std::string::npos);
}

TEST_F(SloEvaluation, DoesNotJoinStretchesAcrossAGap) {
  // Before and after the fault are both in no fault, yet not next to one another.
  run.faults.push_back(sample::broker_crash());
  run.faults.back().at = Time() + seconds(250);
  run.faults.back().until = std::nullopt;
  EXPECT_EQ(ok("e2e.p50 < 100s during fault over 60s"), std::nullopt);
}

TEST_F(SloEvaluation, WithoutThePhaseIsUnknown) {
  run.faults.clear();
  const SloReport slo = judge("e2e.p99 < 8s during fault");
  EXPECT_EQ(slo.ok, std::nullopt);
  EXPECT_EQ(slo.observed, std::nullopt);
  EXPECT_EQ(slo.why, "the run has no fault phase");
}

TEST_F(SloEvaluation, WithFewerSamplesThanThePercentileNeedsIsUnknown) {
  seen.windows = {sample::second(100, milliseconds(5), 999)};
  run.faults.clear();
  EXPECT_EQ(ok("e2e.p(99.9) < 1s"), std::nullopt);
  EXPECT_EQ(ok("e2e.p99 < 1s"), true);
  seen.windows = {sample::second(100, milliseconds(5), 1'000)};
  EXPECT_EQ(ok("e2e.p(99.9) < 1s"), true);
}

TEST_F(SloEvaluation, WithoutASingleDeliveryIsUnknownAndNotMet) {
  for (Window& window : seen.windows) {
    window.e2e = {};
  }
  EXPECT_EQ(ok("e2e.max < 1s"), std::nullopt);
  EXPECT_EQ(ok("e2e.count > 0"), false);
}

TEST_F(SloEvaluation, OfLatencyMeansNothingInAnAdversarialRun) {
  run.regime = Regime::adversarial;
  EXPECT_EQ(ok("e2e.max < 100s"), std::nullopt);
  EXPECT_EQ(ok("lost == 0"), true);
}

TEST_F(SloEvaluation, TakesTheSlowestFaultForRecovery) {
  EXPECT_EQ(ok("recovery < 60s"), true);
  EXPECT_EQ(ok("recovery < 45s"), false);
  run.faults.push_back(sample::broker_crash());
  run.faults.back().recovered = seconds(70);
  const SloReport slo = judge("recovery < 60s");
  EXPECT_EQ(slo.ok, false);
  EXPECT_DOUBLE_EQ(*slo.observed, 70);
}

TEST_F(SloEvaluation, CountsARecoveryThatNeverCameAsViolated) {
  run.faults.front().recovered = std::nullopt;
  const SloReport slo = judge("recovery < 60s");
  EXPECT_EQ(slo.ok, false);
  EXPECT_EQ(slo.why, "no recovery after crash broker-2");
}

TEST_F(SloEvaluation, DoesNotBlameAnInterruptedRunForWhatWasStillToCome) {
  run.faults.front().recovered = std::nullopt;
  run.partial = Partial{ExitCode::interrupted, "interrupted"};
  EXPECT_EQ(ok("recovery < 60s"), std::nullopt);
}

TEST_F(SloEvaluation, OfRecoveryWithoutFaultsIsUnknown) {
  run.faults.clear();
  EXPECT_EQ(ok("recovery < 60s"), std::nullopt);
}

TEST_F(SloEvaluation, AgainstABaselineMultipliesWhatItSaw) {
  const char* const text = "e2e.p99 < baseline*1.5 during fault";
  EXPECT_EQ(judge(text).why, "no baseline was given");
  keep(text);
  EXPECT_EQ(ok(text), true);
  EXPECT_DOUBLE_EQ(*judge(text).limit, run.metrics.e2e.by_phase[1]->p99.seconds() * 1.5);
  EXPECT_TRUE(judge(text).against_baseline);

  baseline->objectives.front().observed = 1;
  EXPECT_EQ(ok(text), false);
}

TEST_F(SloEvaluation, AgainstABaselineKnowsEveryWindowPhaseAndPercentile) {
  for (const char* text :
       {"e2e.p97 <= baseline", "e2e.p99 <= baseline over 10s", "e2e.min >= baseline during steady",
        "lag.p90 <= baseline during fault", "throughput_acknowledged.min >= baseline during steady",
        "duplicated <= baseline", "recovery <= baseline", "p(99)<=baseline"}) {
    keep(text);
    EXPECT_EQ(ok(text), true) << text;
    EXPECT_DOUBLE_EQ(judge(text).limit.value_or(-1), judge(text).observed.value_or(-2)) << text;
  }
}

TEST_F(SloEvaluation, DoesNotSayWhichStretchIsTheWorstByEqualityAlone) {
  keep("e2e.p99 == baseline over 10s");
  EXPECT_EQ(judge("e2e.p99 == baseline over 10s").why, "the baseline did not see this");
}

TEST_F(SloEvaluation, RefusesABaselineOfAnotherScenario) {
  keep("e2e.p99 < baseline*1.5");
  baseline->scenario_sha256 = "another";
  const SloReport slo = judge("e2e.p99 < baseline*1.5");
  EXPECT_EQ(slo.ok, std::nullopt);
  EXPECT_EQ(slo.why, "the baseline is of another scenario");
}

TEST_F(SloEvaluation, RefusesABaselineThatLacksTheValue) {
  keep("e2e.p99 < baseline*1.5");
  EXPECT_EQ(judge("e2e.p98 < baseline*1.5").why, "the baseline did not see this");
}

TEST_F(SloEvaluation, SpeaksOfWhatFollowsTheFault) {
  EXPECT_EQ(ok("e2e.max < 10ms during after"), true);
  EXPECT_EQ(ok("e2e.max < 10ms during fault"), false);
  run.faults.clear();
  EXPECT_EQ(judge("e2e.max < 10ms during after").why, "the run has no after phase");
}

}  // namespace
}  // namespace wavetank::reports
