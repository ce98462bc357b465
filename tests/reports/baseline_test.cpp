#include "reports/baseline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/result_json.h"
#include "tests/reports/sample_run.h"

namespace wavetank::reports {
namespace {

using testing::HasSubstr;

const BaselineFigure& figure(const Baseline& baseline, const std::string& name) {
  const auto found = std::ranges::find(baseline.figures, name, &BaselineFigure::name);
  EXPECT_NE(found, baseline.figures.end()) << name;
  return *found;
}

TEST(ABaseline, IsReadAsItWasWritten) {
  Baseline baseline = baseline_of(sample::concluded());
  baseline.seeds = 3;
  EXPECT_EQ(read_baseline(write_baseline(baseline)).value(), baseline);
}

TEST(ABaseline, HasALineForEachFigureAndIsSmall) {
  const RunResult run = sample::concluded();
  const std::string text = write_baseline(baseline_of(run));
  EXPECT_THAT(text, HasSubstr("\n    \"duplicated\": [12.0,\"\",12.0],\n"));
  EXPECT_LT(text.size(), write_result(run).size() / 5);
}

TEST(ABaseline, CanBeAWholeResult) {
  const RunResult run = sample::concluded();
  EXPECT_EQ(read_baseline(write_result(run)).value(), baseline_of(run));
}

TEST(ABaseline, KeepsWhatObjectivesSawThoughTheyWereUnknown) {
  const Baseline baseline = baseline_of(sample::concluded());
  EXPECT_EQ(baseline.objectives.back().expr, "e2e.p99 < baseline*1.05");
  EXPECT_GT(baseline.objectives.back().observed, 0);
}

TEST(ABaseline, KeepsTheWorstOfOtherSeeds) {
  const RunResult run = sample::passing();
  Baseline baseline = baseline_of(run);
  RunResult slower = run;
  slower.metrics.e2e.all.p99 = run.metrics.e2e.all.p99 * 2;
  slower.metrics.throughput_out.all = run.metrics.throughput_out.all / 2;
  RunResult faster = run;
  faster.metrics.e2e.all.p99 = run.metrics.e2e.all.p99 / 2;
  widen(baseline, slower);
  widen(baseline, faster);
  EXPECT_EQ(baseline.seeds, 3U);
  EXPECT_DOUBLE_EQ(figure(baseline, "e2e.p99").value, as_kept(run.metrics.e2e.all.p99.seconds()));
  EXPECT_DOUBLE_EQ(*figure(baseline, "e2e.p99").worst,
                   as_kept(slower.metrics.e2e.all.p99.seconds()));
  EXPECT_DOUBLE_EQ(*figure(baseline, "throughput_out").worst,
                   as_kept(slower.metrics.throughput_out.all));
}

TEST(ABaseline, IsReadThoughAnObjectiveIsWrittenTwice) {
  Baseline baseline = baseline_of(sample::concluded());
  baseline.objectives.push_back(baseline.objectives.back());
  EXPECT_TRUE(read_baseline(write_baseline(baseline)));
}

TEST(ABaseline, SaysWhatIsWrongWithIt) {
  const auto why = [](std::string_view text) { return read_baseline(text).error().message; };
  const std::string whole = write_baseline(baseline_of(sample::passing()));
  EXPECT_EQ(why(whole.substr(0, whole.size() / 2)), "not a baseline: not a JSON object");
  EXPECT_EQ(why("{}"), "not a baseline: neither /baseline_version nor /schema_version");
  EXPECT_EQ(why(R"({"baseline_version": 7})"),
            "baseline of version 7; this program reads version 1");
  EXPECT_EQ(why(R"({"baseline_version": 1})"),
            "not a valid baseline: /scenario_sha256 is missing or not what it should be");
  const std::string without_number = [&] {
    std::string text = whole;
    text.replace(text.find("[12.0"), 5, "[null");
    return text;
  }();
  EXPECT_THAT(why(without_number), HasSubstr("/figures/duplicated"));
  for (const std::string key : {"\"figures\": {", "\"lost\": [0.0,\"\",0.0],"}) {
    std::string text = whole;
    ASSERT_NE(text.find(key), std::string::npos) << text;
    text.insert(text.find(key), key + (key.ends_with('{') ? "}, " : ""));
    EXPECT_EQ(why(text), "not a valid baseline: the key " + key.substr(0, key.find(':')) +
                             " stands there twice");
  }
}

}  // namespace
}  // namespace wavetank::reports
