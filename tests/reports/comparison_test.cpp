#include "reports/comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/reports/sample_run.h"

namespace wavetank::reports {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

/// The sample run, slower by a half while broker-2 is down, and with another digest.
RunResult slower() {
  RunResult run = sample::passing();
  run.provenance.digest = "another";
  for (LatencyMetric* metric : {&run.metrics.e2e, &run.metrics.publish}) {
    metric->by_phase[1]->p99 = metric->by_phase[1]->p99 * 3 / 2;
  }
  run.series[130].e2e_p99 = run.series[130].e2e_p99 * 3 / 2;
  return run;
}

Change change_of(const Comparison& comparison, const std::string& name) {
  const auto found = std::ranges::find(comparison.changes, name, &Change::name);
  EXPECT_NE(found, comparison.changes.end()) << name;
  return found == comparison.changes.end() ? Change() : *found;
}

std::string text(const RunResult& base, const RunResult& changed) {
  return comparison_text(base, changed, {});
}

TEST(Comparison, CallsRunsOfTheSameEventsIdentical) {
  const RunResult run = sample::passing();
  const Comparison comparison = compare(run, run);
  EXPECT_TRUE(comparison.identical);
  EXPECT_EQ(comparison.differs_from, std::nullopt);
  EXPECT_THAT(text(run, run), StartsWith("identical: 123,456 events, digest a1b2c3d4e5f60718\n"));
}

TEST(Comparison, DoesNotCallIdenticalWhatHasBeenEditedHoweverLittle) {
  RunResult edited = sample::passing();
  edited.metrics.e2e.all.p99 += nanoseconds(1);
  const Comparison comparison = compare(sample::passing(), edited);
  EXPECT_TRUE(comparison.same_events);
  EXPECT_FALSE(comparison.identical);
  EXPECT_THAT(text(sample::passing(), edited),
              StartsWith("the same events, but not the same result: one has been edited"));
  edited = sample::passing();
  edited.invariants.front().verdict = Verdict::fail;
  EXPECT_FALSE(compare(sample::passing(), edited).identical) << "no figure, but a verdict";
}

TEST(Comparison, CallsIdenticalWhatAnotherProgramSaysAlike) {
  RunResult other = sample::passing();
  other.provenance.program_version = "another";
  EXPECT_TRUE(compare(sample::passing(), other).identical);
}

TEST(Comparison, SaysSinceWhenWhatWasSeenDiffers) {
  const Comparison comparison = compare(sample::passing(), slower());
  EXPECT_FALSE(comparison.identical);
  EXPECT_EQ(comparison.differs_from, Time() + seconds(130));
  EXPECT_THAT(text(sample::passing(), slower()),
              StartsWith("the same scenario and seed, different events; what was seen differs from "
                         "130 s on\n"));
}

TEST(Comparison, SeesARunThatIsLonger) {
  RunResult longer = sample::passing();
  longer.series.push_back(longer.series.back());
  longer.series.back().at = Time() + seconds(400);
  EXPECT_EQ(compare(sample::passing(), longer).differs_from, Time() + seconds(400));
}

TEST(Comparison, TellsOtherSeedsAndOtherScenariosApart) {
  RunResult other = slower();
  other.provenance.seed = 8;
  EXPECT_THAT(text(sample::passing(), other), StartsWith("the same scenario, different seeds"));
  other.provenance.scenario_sha256 = "other";
  EXPECT_THAT(text(sample::passing(), other), StartsWith("different scenarios"));
}

TEST(Comparison, SaysWhetherAChangeIsForTheBetter) {
  const Comparison worse = compare(sample::passing(), slower());
  EXPECT_EQ(change_of(worse, "e2e.p99 during fault").effect, Effect::worse);
  EXPECT_NEAR(*change_of(worse, "e2e.p99 during fault").relative(), 0.5, 1e-6);
  EXPECT_EQ(change_of(worse, "e2e.p99 during steady").effect, Effect::same);
  EXPECT_EQ(change_of(compare(slower(), sample::passing()), "e2e.p99 during fault").effect,
            Effect::better);
}

TEST(Comparison, TakesMoreThroughputForBetter) {
  RunResult faster = sample::passing();
  faster.metrics.throughput_out.all *= 2;
  EXPECT_EQ(change_of(compare(sample::passing(), faster), "throughput_out").effect, Effect::better);
}

TEST(Comparison, MindsTheFirstLostRecord) {
  RunResult losing = sample::passing();
  losing.ledger.lost = 1;
  const Change change = change_of(compare(sample::passing(), losing), "lost");
  EXPECT_EQ(change.effect, Effect::worse);
  EXPECT_EQ(change.relative(), std::nullopt) << "of nothing there is no share";
}

TEST(Comparison, ListsWhatOnlyOneOfTheRunsHas) {
  RunResult calm = sample::passing();
  calm.faults.clear();
  const std::string name = "recovered of fault 1 (crash broker-2)";
  EXPECT_EQ(change_of(compare(sample::passing(), calm), name).effect, Effect::disappeared);
  EXPECT_EQ(change_of(compare(calm, sample::passing()), name).effect, Effect::appeared);
}

TEST(ComparisonText, ListsWhatIsWorseFirstAndCountsWhatIsTheSame) {
  RunResult mixed = slower();
  mixed.metrics.lag.peak /= 2;
  const std::string shown = text(sample::passing(), mixed);
  EXPECT_LT(shown.find("e2e.p99 during fault"), shown.find("lag.peak"));
  EXPECT_THAT(shown, HasSubstr("changed by less than 1 %"));
  EXPECT_THAT(shown, Not(HasSubstr("e2e.p50")));
}

TEST(ComparisonText, ShowsNamesFromScenariosAsText) {
  RunResult evil = sample::passing();
  evil.metrics.scalars.push_back({"\x1b[31mred", 1, "\n"});
  EXPECT_THAT(text(sample::passing(), evil), Not(HasSubstr("\x1b")));
}

TEST(ComparisonJson, HoldsEveryChange) {
  const auto json = nlohmann::json::parse(comparison_json(sample::passing(), slower()));
  EXPECT_EQ(json["identical"], false);
  EXPECT_EQ(json["differs_from_s"], 130.0);
  EXPECT_EQ(json["changes"].size(), compare(sample::passing(), slower()).changes.size());
}

}  // namespace
}  // namespace wavetank::reports
