#include "reports/figure_evaluation.h"

#include <gtest/gtest.h>

#include "reports/measure.h"
#include "tests/reports/sample_run.h"

namespace wavetank::reports {
namespace {

scenarios::Figure recovery() {
  scenarios::Figure figure;
  figure.id = "orders/recovery-broker";
  figure.op = "<";
  figure.value = 60;
  figure.unit = "s";
  return figure;
}

scenarios::Figure throughput() {
  scenarios::Figure figure;
  figure.id = "orders/broker-throughput";
  figure.op = ">=";
  figure.value = 95;
  figure.unit = "events/s";
  return figure;
}

RunResult measured() {
  RunResult run = sample::facts();
  measure(run, sample::evidence());
  return run;
}

TEST(FigureEvaluation, TakesRecoveryFromTheSlowestCrash) {
  const FigureReport report = evaluate(recovery(), {}, measured());
  EXPECT_EQ(report.holds, true);
  EXPECT_DOUBLE_EQ(*report.simulated, 45.25);
  EXPECT_EQ(report.unit, "s");
}

TEST(FigureEvaluation, DoesNotHoldBeyondTheClaim) {
  RunResult run = measured();
  run.faults.front().recovered = seconds(61);
  EXPECT_EQ(evaluate(recovery(), {}, run).holds, false);
}

TEST(FigureEvaluation, IsUnknownWithoutRecovery) {
  RunResult run = measured();
  run.faults.front().recovered = std::nullopt;
  EXPECT_EQ(evaluate(recovery(), {}, run).holds, std::nullopt);
}

TEST(FigureEvaluation, TakesThroughputFromTheSteadyPhase) {
  const FigureReport report = evaluate(throughput(), {}, measured());
  EXPECT_DOUBLE_EQ(*report.simulated, 100);
  EXPECT_EQ(report.holds, true);
}

TEST(FigureEvaluation, PrefersWhatTheRunnerMeasured) {
  FigureMeasurement measurement;
  measurement.simulated = 90;
  measurement.knee = 92;
  measurement.knee_unit = "events/s";
  measurement.bound_by = "broker disk";
  const FigureReport report = evaluate(throughput(), measurement, measured());
  EXPECT_EQ(report.holds, false);
  EXPECT_DOUBLE_EQ(*report.knee, 92);
  EXPECT_EQ(report.bound_by, "broker disk");
}

TEST(FigureEvaluation, DoesNotHoldWhenWritesWereLost) {
  RunResult run = measured();
  run.ledger.lost = 1;
  EXPECT_EQ(evaluate(recovery(), {}, run).holds, false);
  EXPECT_EQ(evaluate(throughput(), {}, run).holds, false);
}

TEST(FigureEvaluation, MeansNothingInAnAdversarialRun) {
  RunResult run = measured();
  run.regime = Regime::adversarial;
  EXPECT_EQ(evaluate(recovery(), {}, run).holds, std::nullopt);
}

TEST(FigureEvaluation, DoesNotGuessWhatItCannotMeasure) {
  scenarios::Figure sessions = throughput();
  sessions.id = "orders/sessions";
  const FigureReport report = evaluate(sessions, {}, measured());
  EXPECT_EQ(report.holds, std::nullopt);
  EXPECT_EQ(report.why, "not measured");
}

}  // namespace
}  // namespace wavetank::reports
