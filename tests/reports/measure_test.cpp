#include "reports/measure.h"

#include <gtest/gtest.h>

#include "tests/reports/sample_run.h"

namespace wavetank::reports {
namespace {

Time at(std::int64_t s) {
  return Time() + seconds(s);
}

RunResult run_of(std::int64_t length_s) {
  RunResult run;
  run.warmup = seconds(10);
  run.ended_at = at(length_s);
  return run;
}

FaultReport fault(std::int64_t at_s, std::optional<std::int64_t> drained_s) {
  FaultReport report;
  report.at = at(at_s);
  if (drained_s) {
    report.drained = seconds(*drained_s);
  }
  return report;
}

TEST(PhaseSpans, AreAllSteadyWithoutFaults) {
  EXPECT_EQ(phase_spans(run_of(60)), (std::vector<PhaseSpan>{{Phase::steady, {at(10), at(60)}}}));
}

TEST(PhaseSpans, CutAtAFaultAndAtTheEndOfItsBacklog) {
  RunResult run = run_of(60);
  run.faults = {fault(20, 15)};
  EXPECT_EQ(phase_spans(run), (std::vector<PhaseSpan>{{Phase::steady, {at(10), at(20)}},
                                                      {Phase::fault, {at(20), at(35)}},
                                                      {Phase::after, {at(35), at(60)}}}));
}

TEST(PhaseSpans, JoinFaultsThatOverlap) {
  RunResult run = run_of(60);
  run.faults = {fault(30, 10), fault(20, 15), fault(50, 5)};
  EXPECT_EQ(phase_spans(run), (std::vector<PhaseSpan>{{Phase::steady, {at(10), at(20)}},
                                                      {Phase::fault, {at(20), at(40)}},
                                                      {Phase::after, {at(40), at(50)}},
                                                      {Phase::fault, {at(50), at(55)}},
                                                      {Phase::after, {at(55), at(60)}}}));
}

TEST(PhaseSpans, LetAFaultThatNeverHealsLastUntilTheEnd) {
  RunResult run = run_of(60);
  run.faults = {fault(20, std::nullopt)};
  EXPECT_EQ(phase_spans(run).back(), (PhaseSpan{Phase::fault, {at(20), at(60)}}));
}

TEST(PhaseSpans, KeepAFaultAtLeastUntilItIsHealed) {
  RunResult run = run_of(60);
  run.faults = {fault(20, 5)};
  run.faults[0].until = at(40);
  EXPECT_EQ(phase_spans(run)[1], (PhaseSpan{Phase::fault, {at(20), at(40)}}));
}

TEST(PhaseSpans, HaveNoSteadyPhaseWhenTheFaultStrikesDuringWarmUp) {
  RunResult run = run_of(60);
  run.faults = {fault(5, 15)};
  EXPECT_EQ(phase_spans(run).front(), (PhaseSpan{Phase::fault, {at(10), at(20)}}));
}

TEST(Measure, LeavesTheWarmUpOut) {
  RunResult run = run_of(20);
  Evidence seen;
  for (std::int64_t s = 0; s < 20; ++s) {
    seen.windows.push_back(sample::second(s, s < 10 ? seconds(9) : milliseconds(1)));
  }
  measure(run, seen);
  EXPECT_EQ(run.metrics.e2e.all.count, 1'000U);
  EXPECT_EQ(run.metrics.e2e.all.max, milliseconds(1));
  EXPECT_DOUBLE_EQ(run.metrics.throughput_out.all, 100);
}

TEST(Measure, CountsLateDeliveriesForLatencyButNotForRates) {
  RunResult run = run_of(20);
  Evidence seen;
  for (std::int64_t s = 0; s < 20; ++s) {
    seen.windows.push_back(sample::second(s, milliseconds(1)));
  }
  seen.windows.push_back(sample::second(20, seconds(7), 50));
  measure(run, seen);
  EXPECT_EQ(run.metrics.e2e.all.max, seconds(7));
  EXPECT_EQ(run.metrics.e2e.by_phase[0]->max, seconds(7));
  EXPECT_DOUBLE_EQ(run.metrics.throughput_out.all, 100);
}

TEST(Measure, CountsForRatesOnlyWindowsThatLieWithinTheLoad) {
  RunResult run = run_of(20);
  run.ended_at = at(20) + milliseconds(500);
  Evidence seen;
  for (std::int64_t s = 10; s < 20; ++s) {
    seen.windows.push_back(sample::second(s, milliseconds(1)));
  }
  seen.windows.push_back(sample::second(20, seconds(7), 5'000));  // what had piled up
  measure(run, seen);
  EXPECT_DOUBLE_EQ(run.metrics.throughput_out.all, 100);
  EXPECT_DOUBLE_EQ(run.metrics.throughput_in.all, 100);
  EXPECT_EQ(run.metrics.e2e.all.max, seconds(7));
}

TEST(Measure, CountsThePartOfAWindowWhenThereIsNoWholeOne) {
  RunResult run = run_of(10);
  run.ended_at = at(10) + milliseconds(500);
  measure(run, {{sample::second(10, milliseconds(1))}});
  EXPECT_DOUBLE_EQ(run.metrics.throughput_in.all, 200);
}

TEST(Measure, SplitsByPhase) {
  RunResult run = sample::facts();
  measure(run, sample::evidence());
  const auto& phases = run.metrics.e2e.by_phase;
  EXPECT_EQ(phases[0]->max, milliseconds(6));
  EXPECT_EQ(phases[1]->max, milliseconds(5'100));
  EXPECT_EQ(phases[2]->max, milliseconds(6));
  EXPECT_EQ(phases[0]->count, 9'000U);
  EXPECT_EQ(phases[1]->count, 51U * 90);
  EXPECT_EQ(phases[2]->count, 129U * 100 + 10);
  EXPECT_DOUBLE_EQ(*run.metrics.throughput_out.by_phase[1], 90);
  EXPECT_EQ(run.metrics.lag.peak, 4'000U);
  EXPECT_EQ(run.metrics.lag.final, 10U);
}

TEST(Measure, HasNoMetricsForAPhaseThatDidNotHappen) {
  RunResult run = run_of(20);
  measure(run, {{sample::second(10, milliseconds(1))}});
  EXPECT_TRUE(run.metrics.e2e.by_phase[0].has_value());
  EXPECT_FALSE(run.metrics.e2e.by_phase[1].has_value());
  EXPECT_FALSE(run.metrics.throughput_in.by_phase[2].has_value());
}

TEST(Measure, TakesAWindowThatTouchesAFaultForThePhaseOfTheFault) {
  RunResult run = run_of(60);
  run.faults = {fault(20, 15)};
  run.faults[0].at = at(20) + milliseconds(900);
  run.phases = phase_spans(run);
  EXPECT_EQ(phase_of(sample::second(20, milliseconds(1)), run), Phase::fault);
  EXPECT_EQ(phase_of(sample::second(19, milliseconds(1)), run), Phase::steady);
  EXPECT_EQ(phase_of(sample::second(9, milliseconds(1)), run), std::nullopt);
  EXPECT_EQ(phase_of(sample::second(61, milliseconds(1)), run), Phase::after);
}

TEST(Measure, BoundsTheSeriesAndKeepsItsPeaks) {
  RunResult run = run_of(5'000);
  Evidence seen;
  for (std::int64_t s = 0; s < 5'000; ++s) {
    seen.windows.push_back(s == 4'321 ? sample::second(s, seconds(3), 1, 77)
                                      : sample::second(s, milliseconds(1), 1));
  }
  measure(run, seen);
  EXPECT_LE(run.series.size(), kMaxSeriesPoints);
  EXPECT_GE(run.series.size(), kMaxSeriesPoints / 2);
  Duration peak;
  std::uint64_t lag = 0;
  std::uint64_t count = 0;
  for (const SeriesPoint& point : run.series) {
    peak = std::max(peak, point.e2e_max);
    lag = std::max(lag, point.lag_records);
    count += point.count;
  }
  EXPECT_EQ(peak, seconds(3));
  EXPECT_EQ(lag, 77U);
  EXPECT_EQ(count, 5'000U);
}

TEST(Measure, HoldsOutWithoutAnyEvidence) {
  RunResult run = run_of(60);
  measure(run, {});
  EXPECT_EQ(run.metrics.e2e.all.count, 0U);
  EXPECT_TRUE(run.series.empty());
}

TEST(Ledger, BalancesWhenEveryRecordEndsInOnePlace) {
  EXPECT_TRUE(balances({10, 9, 5, 1, 1, 1, 2, 7}));
  EXPECT_FALSE(balances({10, 9, 5, 1, 1, 1, 1, 7}));
}

TEST(Curves, AreOfTheWholeRunAndOfEachPhaseAndEndWithTheLastDelivery) {
  RunResult run = sample::facts();
  measure(run, sample::evidence());
  ASSERT_EQ(run.curves.size(), 4);
  EXPECT_EQ(run.curves[0].phase, std::nullopt);
  EXPECT_EQ(run.curves[2].phase, Phase::fault);
  const LatencyCurve& steady = run.curves[1];
  EXPECT_EQ(steady.points.front().quantile, 0);
  EXPECT_EQ(steady.points.front().latency.ms(), 4);
  EXPECT_NEAR(steady.points.back().quantile, 1 - 1.0 / 9'000, 1e-4);
  EXPECT_EQ(run.curves[0].points[16].quantile, 0.99) << "eight points for every nine";
  EXPECT_EQ(run.curves[0].points[16].latency, run.metrics.e2e.all.p99);
}

TEST(HeatColumn, HasTwoBucketsForEveryOctave) {
  EXPECT_EQ(HeatColumn::bucket_of(nanoseconds(0)), 0);
  EXPECT_EQ(HeatColumn::bucket_of(nanoseconds(1)), 0);
  EXPECT_EQ(HeatColumn::bucket_of(nanoseconds(1023)), 19);
  EXPECT_EQ(HeatColumn::bucket_of(nanoseconds(1024)), 20);
  EXPECT_EQ(HeatColumn::bucket_of(nanoseconds(1535)), 20);
  EXPECT_EQ(HeatColumn::bucket_of(nanoseconds(1536)), 21);
  EXPECT_EQ(HeatColumn::least(20), nanoseconds(1024));
  EXPECT_EQ(HeatColumn::least(21), nanoseconds(1536));
}

TEST(Heat, CountsEveryDeliveryWhereItBelongs) {
  RunResult run = sample::facts();
  Evidence seen;
  seen.windows = {sample::second(0, milliseconds(4), 70), sample::second(1, milliseconds(900), 30)};
  measure(run, seen);
  ASSERT_EQ(run.heat.size(), 2);
  EXPECT_EQ(run.heat[1].at, at(1));
  EXPECT_EQ(run.heat[1].first_bucket, HeatColumn::bucket_of(milliseconds(900)));
  EXPECT_EQ(run.heat[1].counts, (std::vector<std::uint64_t>{30}));
}

TEST(Heat, HasABoundedNumberOfColumnsAndLosesNoDelivery) {
  RunResult run = sample::facts();
  Evidence seen;
  for (std::int64_t s = 0; s < 1'000; ++s) {
    seen.windows.push_back(sample::second(s, milliseconds(4 + s % 50)));
  }
  measure(run, seen);
  EXPECT_LE(run.heat.size(), kMaxHeatColumns);
  std::uint64_t deliveries = 0;
  for (const HeatColumn& column : run.heat) {
    for (const std::uint64_t count : column.counts) {
      deliveries += count;
    }
  }
  EXPECT_EQ(deliveries, 100'000);
}

}  // namespace
}  // namespace wavetank::reports
