#include "reports/study/sustained.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavetank::reports {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr double kRate = 1'000;

ResourceUse use(const char* host, Resource resource, double mean, const char* process = "") {
  ResourceUse it;
  it.host = host;
  it.resource = resource;
  it.process = process;
  it.mean = mean;
  return it;
}

/// Ten seconds of which the last seven are measured, and this backlog at the end of each.
RunResult run_with_lag(const std::vector<std::uint64_t>& lag) {
  RunResult run;
  run.warmup = seconds(3);
  run.ended_at = Time() + seconds(10);
  run.metrics.throughput_in.all = run.metrics.throughput_out.all = kRate;
  for (std::size_t i = 0; i < lag.size(); ++i) {
    SeriesPoint point;
    point.at = Time() + seconds(static_cast<std::int64_t>(i));
    point.lag_records = lag[i];
    run.series.push_back(point);
  }
  run.utilisation.resources = {use("broker-1", Resource::cpu, 0.3),
                               use("broker-1", Resource::nic_in, 0.5)};
  return run;
}
RunResult good_run() {
  return run_with_lag({9, 4, 5, 4, 5, 4, 5, 4, 5, 4, 0, 0});
}

std::string why(const RunResult& run, LoadRules rules = {kRate, true, true}) {
  const LoadVerdict verdict = judge_load(run, rules);
  EXPECT_EQ(verdict.carried, verdict.why.empty());
  return verdict.why;
}

TEST(LoadVerdict, OfAQuietRunIsThatItsLoadIsCarried) {
  EXPECT_THAT(why(good_run()), IsEmpty());
}

TEST(LoadVerdict, IsNotFooledByABacklogThatGrowsThoughStillSmall) {
  RunResult run = run_with_lag({0, 0, 0, 20, 40, 60, 80, 100, 120, 140, 0});
  EXPECT_THAT(why(run), HasSubstr("grew by 20 records a second"));
  // What grows before and after it is measured does not matter.
  EXPECT_THAT(why(run_with_lag({0, 50, 100, 5, 4, 5, 4, 5, 4, 5, 400, 800})), IsEmpty());
}

TEST(LoadVerdict, LetsABacklogDriftByLessThanAHundredthOfTheLoad) {
  EXPECT_THAT(why(run_with_lag({0, 0, 0, 2, 4, 6, 8, 10, 12, 14})), IsEmpty());
}

TEST(LoadVerdict, DoesNotHoldABacklogAgainstAFaultThatMadeIt) {
  RunResult run = run_with_lag({0, 0, 0, 5, 4, 90, 140, 160, 4, 5, 4});
  run.phases = {{Phase::steady, {Time() + seconds(3), Time() + seconds(5)}},
                {Phase::fault, {Time() + seconds(5), Time() + seconds(8)}},
                {Phase::after, {Time() + seconds(8), Time() + seconds(10)}}};
  EXPECT_THAT(why(run), IsEmpty());
}

TEST(LoadVerdict, CountsWhatComesOut) {
  RunResult run = good_run();
  run.metrics.throughput_out.all = 979;
  EXPECT_THAT(why(run), HasSubstr("979/s of 1k/s came out"));
  run.metrics.throughput_out.all = 981;
  EXPECT_THAT(why(run), IsEmpty());
}

TEST(LoadVerdict, DoesNotHoldTheChanceOfFewArrivalsAgainstTheSystem) {
  RunResult run = good_run();
  const LoadRules few{2, true, true};  // 14 records in the measured time, of which 11 came
  run.metrics.throughput_in.all = run.metrics.throughput_out.all = 11.0 / 7;
  for (SeriesPoint& point : run.series) {
    point.lag_records = 0;
  }
  EXPECT_THAT(why(run, few), IsEmpty());
  run.metrics.throughput_out.all = 8.0 / 7;
  EXPECT_THAT(why(run, few), HasSubstr("came out"));
  run.metrics.throughput_in.all = run.metrics.throughput_out.all = 0;
  EXPECT_THAT(why(run, few), HasSubstr("came out")) << "further off than chance";
}

TEST(LoadVerdict, AsksNothingOfABacklogThatNobodyReads) {
  RunResult run = run_with_lag({0, 0, 0, 1'000, 2'000, 3'000, 4'000, 5'000, 6'000, 7'000});
  EXPECT_THAT(why(run), Not(IsEmpty()));
  EXPECT_THAT(why(run, {kRate, false, true}), IsEmpty());
  run.metrics.throughput_out.all = 0;
  EXPECT_THAT(why(run, {0, false, true}), IsEmpty());
}

TEST(LoadVerdict, SeesThroughThePageCache) {
  RunResult run = good_run();
  run.utilisation.resources.push_back(use("broker-1", Resource::disk_appends, 1.2));
  EXPECT_EQ(why(run), "broker-1 disk writes 120 % of what it can do");
}

TEST(LoadVerdict, WantsTheObjectivesToHoldWhereItIsAskedFor) {
  RunResult run = good_run();
  SloReport slo;
  slo.expr = "e2e.p99 < 10ms";
  slo.unit = "s";
  slo.ok = false;
  slo.observed = 0.025;
  SloReport unknown;
  unknown.expr = "recovery < 10s";
  run.slos = {unknown, slo};
  EXPECT_EQ(why(run), "e2e.p99 < 10ms: it was 25 ms");
  EXPECT_THAT(why(run, {kRate, true, false}), IsEmpty());
}

TEST(LoadVerdict, CallsABrokenInvariantUnsound) {
  RunResult run = good_run();
  run.invariants = {{"log/lost-write", Verdict::fail, 1, std::nullopt}};
  const LoadVerdict verdict = judge_load(run, {kRate, true, true});
  EXPECT_TRUE(verdict.is_unsound);
  EXPECT_EQ(verdict.why, "log/lost-write was broken");
}

TEST(LoadVerdict, DoesNotTakeARefusalForALighterLoad) {
  RunResult run = good_run();
  run.ledger.refused = 12;
  EXPECT_EQ(why(run), "12 records were refused");
}

TEST(BindingResource, IsTheFullest) {
  RunResult run = good_run();
  run.utilisation.resources.push_back(use("broker-2", Resource::nic_out, 0.97));
  run.utilisation.resources.push_back(use("client-1", Resource::process, 0.94, "load/producer-1"));
  EXPECT_EQ(binding_resource(run), "broker-2 nic out 97 %");
  run.utilisation.resources.back().mean = 0.99;
  EXPECT_EQ(binding_resource(run), "client-1 busiest process (load/producer-1) 99 %");
}

TEST(BindingResource, IsNoDiskThatIsBusyWhileSomethingElseIsFull) {
  RunResult run = good_run();
  run.utilisation.resources.push_back(use("broker-1", Resource::disk, 1.0));
  run.utilisation.resources.push_back(use("broker-1", Resource::disk_channel, 0.4));
  run.utilisation.resources.push_back(use("broker-2", Resource::cpu, 0.95));
  EXPECT_EQ(binding_resource(run), "broker-2 processor 95 %");
  run.utilisation.resources.back().mean = 0.5;
  EXPECT_THAT(binding_resource(run), StartsWith("broker-1 disk 100 %, never idle"));
}

TEST(BindingResource, IsWhatSlowRecordsWaitForWhereNothingIsFull) {
  RunResult run = good_run();
  LatencySplit split;
  split.total = milliseconds(10);
  split.batch = milliseconds(9);
  split.queue = milliseconds(1);
  run.attribution.p99 = split;
  EXPECT_EQ(binding_resource(run),
            "the producers' batches and in-flight windows; busiest: broker-1 nic in 50 %");
}

}  // namespace
}  // namespace wavetank::reports
