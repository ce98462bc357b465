#include "scenarios/slo.h"

#include <gtest/gtest.h>

namespace wavetank::scenarios {
namespace {

Slo slo(std::string_view text) {
  auto parsed = parse_slo(text);
  EXPECT_TRUE(parsed) << text << ": " << (parsed ? "" : parsed.error().message);
  return parsed.value_or(Slo{});
}
std::string refusal(std::string_view text) {
  const auto parsed = parse_slo(text);
  return parsed ? "accepted" : parsed.error().message;
}

TEST(Slo, BoundsAPercentileInAPhase) {
  const Slo s = slo("e2e.p99 < 8s during fault");
  EXPECT_EQ(s.metric->name, "e2e");
  EXPECT_EQ(s.aggregate, Aggregate::percentile);
  EXPECT_EQ(s.percentile, 99);
  EXPECT_EQ(s.comparison, Comparison::less);
  EXPECT_EQ(s.bound, 8);
  EXPECT_EQ(s.phase, Phase::fault);
  EXPECT_FALSE(s.over);
}

TEST(Slo, BoundsANumberOfTheLedger) {
  const Slo s = slo("lost == 0");
  EXPECT_EQ(s.metric->name, "lost");
  EXPECT_EQ(s.aggregate, Aggregate::value);
  EXPECT_EQ(s.phase, Phase::run);
  EXPECT_TRUE(holds(s, 0));
  EXPECT_FALSE(holds(s, 1));
}

TEST(Slo, BoundsAnErrorByTheProtocolsOwnName) {
  const Slo s = slo("errors.unknown_member_id >= 1");
  EXPECT_EQ(s.metric->name, "errors.unknown_member_id");
  EXPECT_EQ(s.bound, 1);
  EXPECT_EQ(slo("errors.SessionExpired == 0").metric->name, "errors.SessionExpired");
  EXPECT_NE(refusal("errors.unknown_member == 0").find("did you mean \"unknown_member_id\"?"),
            std::string::npos);
  EXPECT_NE(refusal("errors == 0"), "accepted");
}

TEST(Slo, KeepsBoundsInBaseUnits) {
  EXPECT_DOUBLE_EQ(slo("publish.p99 <= 10ms during steady").bound, 0.01);
  EXPECT_DOUBLE_EQ(slo("throughput_in.value >= 49k/s").bound, 49'000);
  EXPECT_DOUBLE_EQ(slo("recovery < 1min").bound, 60);
  EXPECT_DOUBLE_EQ(slo("lag.max < 10k").bound, 10'000);
  EXPECT_DOUBLE_EQ(slo("bytes_in > 10MB/s").bound, 10e6);
}

TEST(Slo, HoldsInEveryWindow) {
  const Slo s = slo("e2e.p(99.9) < 2s over 10s");
  EXPECT_EQ(s.percentile, 99.9);
  EXPECT_EQ(s.over, seconds(10));
  EXPECT_EQ(slo("e2e.p99 < 2s over 10s during steady").phase, Phase::steady);
}

TEST(Slo, ReadsManyNinesWithAndWithoutAPoint) {
  EXPECT_DOUBLE_EQ(slo("e2e.p999 < 1s").percentile, 99.9);
  EXPECT_DOUBLE_EQ(slo("e2e.p9999 < 1s").percentile, 99.99);
  EXPECT_DOUBLE_EQ(slo("e2e.p99.9 < 1s").percentile, 99.9);
  EXPECT_DOUBLE_EQ(slo("e2e.p99.99 < 1s over 10s").percentile, 99.99);
  EXPECT_DOUBLE_EQ(slo("p99.9 < 1s").percentile, 99.9);
  EXPECT_EQ(refusal("e2e.p999.9 < 1s"), "\"999.9\" is no percentile");
  EXPECT_EQ(refusal("e2e.p99.9x < 1s"), "\"99.9x\" is no percentile");
  EXPECT_DOUBLE_EQ(slo("e2e.p50 < 1s").percentile, 50);
  EXPECT_DOUBLE_EQ(slo("e2e.med < 1s").percentile, 50);
}

TEST(Slo, ComparesWithABaseline) {
  const Slo s = slo("e2e.p99 < baseline*1.05");
  EXPECT_EQ(s.baseline_factor, 1.05);
  EXPECT_EQ(slo("e2e.p99 <= baseline").baseline_factor, 1);
  EXPECT_EQ(slo("e2e.p99 <= baseline * 0.9 over 5s").baseline_factor, 0.9);
  EXPECT_EQ(refusal("e2e.p99 < baseline+5%"), "a baseline can be multiplied, and nothing else");
}

TEST(Slo, SpeaksOfWhatFollowsAFault) {
  EXPECT_EQ(slo("e2e.p99 < 2s during after").phase, Phase::after);
}

TEST(Slo, ReadsAThresholdOfK6AsMilliseconds) {
  const Slo s = slo("p(95)<500");
  EXPECT_EQ(s.metric->name, "e2e");
  EXPECT_EQ(s.percentile, 95);
  EXPECT_DOUBLE_EQ(s.bound, 0.5);
  EXPECT_DOUBLE_EQ(slo("max<2s").bound, 2);
  EXPECT_EQ(slo("p(0)<1").aggregate, Aggregate::min);
  EXPECT_EQ(slo("p(100)<1").aggregate, Aggregate::max);
  EXPECT_EQ(slo("p(99)<2s over 10s during steady").over, seconds(10));
  EXPECT_EQ(slo("p(99) < baseline*1.05").baseline_factor, 1.05);
}

TEST(Slo, SaysWhatIsWrong) {
  EXPECT_EQ(refusal("e2ee.p99 < 1s"), "unknown metric \"e2ee\"; did you mean \"e2e\"?");
  EXPECT_EQ(refusal("e2e < 1s"), "e2e is many samples: say which");
  EXPECT_EQ(refusal("e2e.p(100) < 1s"), "\"100\" is no percentile");
  EXPECT_EQ(refusal("e2e.p99 < 500"), "\"500\" has no unit");
  EXPECT_EQ(refusal("e2e.p99 1s"), "a comparison is missing");
  EXPECT_EQ(refusal("e2e.p99 <"), "the bound is missing");
  EXPECT_EQ(refusal("e2e.p99 < 1s during lunch"), "unknown phase \"lunch\"");
  EXPECT_EQ(refusal("e2e.p99 < baseline always"), "\"always\" is not understood here");
  EXPECT_EQ(refusal("lost == 0 during fault"), "lost is one number for the whole run");
  EXPECT_EQ(refusal("lost.p99 == 0"), "lost has no p99");
  EXPECT_EQ(refusal("throughput_in.p99 > 1k/s"), "throughput_in has no p99");
  EXPECT_EQ(refusal("e2e.p99 < 1s over 1e300s"),
            "windows are a second or longer, at most a week or so");
  EXPECT_EQ(refusal("e2e.p99 < 1s over 10s over 5s"), "\"over\" stands here twice");
  EXPECT_EQ(refusal("e2e.p99 < 1s during fault during fault"), "\"during\" stands here twice");
  EXPECT_EQ(refusal(""), "an objective begins with a metric");
}

TEST(Slo, PointsAtTheCharacter) {
  EXPECT_EQ(parse_slo("e2e.p99 < 8z").error().position, 10U);
  EXPECT_EQ(parse_slo("e2e.pp < 8s").error().position, 4U);
}

TEST(Metrics, HaveNamesUnitsAndDescriptions) {
  for (const Metric& metric : all_metrics()) {
    EXPECT_EQ(find_metric(metric.name), &metric);
    EXPECT_FALSE(metric.description.empty());
    EXPECT_FALSE(symbol(metric.unit).empty());
  }
  EXPECT_EQ(find_metric("nothing"), nullptr);
}

}  // namespace
}  // namespace wavetank::scenarios
