#include "scenarios/expectation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scenario_texts.h"

namespace wavetank::scenarios {
namespace {

using testing::HasSubstr;

Expectation measured(std::string_view text) {
  Expectation made;
  const auto parsed = parse_measure(text, made);
  EXPECT_TRUE(parsed) << text << ": " << (parsed ? "" : parsed.error().message);
  return made;
}
std::string refusal(std::string_view text) {
  Expectation made;
  const auto parsed = parse_measure(text, made);
  return parsed ? "accepted"
                : parsed.error().message + " at " + std::to_string(parsed.error().position);
}
double published(std::string_view measure, std::string_view text) {
  Expectation made = measured(measure);
  const Status read = parse_published(text, made);
  EXPECT_TRUE(read) << text << ": " << (read ? "" : read.error().message);
  return made.published;
}
bool is_refused(std::string_view measure, std::string_view text) {
  Expectation made = measured(measure);
  return !parse_published(text, made);
}

TEST(Expectation, MeasuresWhatAnObjectiveSpeaksOf) {
  const Expectation it = measured("publish.p99 during steady");
  EXPECT_EQ(it.value.subject.metric->name, "publish");
  EXPECT_EQ(it.value.subject.percentile, 99);
  EXPECT_EQ(it.value.subject.phase, Phase::steady);
  EXPECT_EQ(it.value.scenario, "");
  EXPECT_FALSE(it.divisor);
  EXPECT_EQ(it.unit(), "s");
}

TEST(Expectation, MeasuresARatioToAnotherScenario) {
  const Expectation it = measured("throughput_out / throughput_out during steady of rf3-acks-1");
  EXPECT_EQ(it.value.scenario, "");
  ASSERT_TRUE(it.divisor);
  EXPECT_EQ(it.divisor->scenario, "rf3-acks-1");
  EXPECT_EQ(it.divisor->subject.phase, Phase::steady);
  EXPECT_EQ(it.unit(), "");
}

TEST(Expectation, RefusesWhatIsNoMeasureAndSaysWhere) {
  EXPECT_THAT(refusal("publish"), HasSubstr("say which"));
  EXPECT_EQ(refusal("recovery / drian"), "unknown metric \"drian\"; did you mean \"drain\"? at 11");
  EXPECT_EQ(refusal("publish.p99 / throughput_in"),
            "the two are not measured in the same unit at 14");
  EXPECT_EQ(refusal("recovery of "), "no scenario is named at 12");
  EXPECT_THAT(refusal("e2e.p99 < 3s"), HasSubstr("not understood here"));
  EXPECT_THAT(refusal("e2e.p99 over 10s"), HasSubstr("\"over\" needs a bound"));
}

TEST(Expectation, ReadsABoundWhereNoMoreWasPublished) {
  Expectation it = measured("election");
  ASSERT_TRUE(parse_published("< 200ms", it));
  EXPECT_EQ(it.bound, Comparison::less);
  EXPECT_DOUBLE_EQ(it.published, 0.2);
  EXPECT_EQ(it.published_text, "< 200ms");
  ASSERT_TRUE(parse_published(">1s", it));
  EXPECT_EQ(it.bound, Comparison::greater);
  ASSERT_TRUE(parse_published("200ms", it));
  EXPECT_EQ(it.bound, Comparison::equal);
  EXPECT_TRUE(is_refused("election", "<"));
  EXPECT_TRUE(is_refused("election", "< 4/s"));
}

TEST(Expectation, ReadsThePublishedFigureInTheUnitOfTheMeasure) {
  EXPECT_DOUBLE_EQ(published("publish.p99", "4.35ms"), 0.00435);
  EXPECT_DOUBLE_EQ(published("throughput_acknowledged", "786980/s"), 786'980);
  EXPECT_DOUBLE_EQ(published("bytes_in", "604.5MiB/s"), 604.5 * 1024 * 1024);
  EXPECT_DOUBLE_EQ(published("recovery / recovery of other", "53.6%"), 0.536);
  EXPECT_DOUBLE_EQ(published("recovery / recovery of other", "0.536"), 0.536);
  EXPECT_TRUE(is_refused("publish.p99", "4.35/s"));
  EXPECT_TRUE(is_refused("publish.p99", "0s"));
  EXPECT_TRUE(is_refused("recovery / recovery of other", "4s"));
}

TEST(Expectation, ToleratesAShareEitherWayOrAFactor) {
  const Result<Tolerance> share = parse_tolerance("15%");
  ASSERT_TRUE(share);
  EXPECT_DOUBLE_EQ(share->least, 0.85);
  EXPECT_DOUBLE_EQ(share->greatest, 1.15);
  const Result<Tolerance> factor = parse_tolerance("x1.5");
  ASSERT_TRUE(factor);
  EXPECT_DOUBLE_EQ(factor->least, 1 / 1.5);
  EXPECT_DOUBLE_EQ(factor->greatest, 1.5);
  for (const char* wrong : {"", "15", "0%", "120%", "x1", "x0.5", "xx", "about 10%"}) {
    EXPECT_FALSE(parse_tolerance(wrong)) << wrong;
  }
}

/// One expectation of the small scenario, as JSON.
Loaded with_expectation(const std::string& members) {
  return load_small(
      {"expect=[{\"row\": \"a/b\", \"source\": \"Somebody 2014\", " + members + "}]"});
}

TEST(Expectation, StandsInAScenario) {
  const Loaded loaded = with_expectation(
      R"("measure": "publish.p99", "published": "4ms", "tolerance": "x1.5", "calibrated": true)");
  ASSERT_TRUE(loaded.scenario) << all_texts(loaded);
  const Expectation& it = loaded.scenario->expect.at(0);
  EXPECT_EQ(it.row, "a/b");
  EXPECT_TRUE(it.calibrated);
  EXPECT_DOUBLE_EQ(it.published, 0.004);
}

TEST(Expectation, IsRefusedWhereItIsWrong) {
  const auto told = [](const std::string& members) {
    const Loaded loaded = with_expectation(members);
    return loaded.diagnostics.empty()
               ? "accepted"
               : loaded.diagnostics[0].pointer + ": " + loaded.diagnostics[0].message;
  };
  EXPECT_THAT(told(R"("measure": "publish.p99", "published": "4/s", "tolerance": "15%")"),
              HasSubstr("/expect/0/published: "));
  EXPECT_THAT(told(R"("measure": "publsh.p99", "published": "4ms", "tolerance": "15%")"),
              HasSubstr("/expect/0/measure: unknown metric \"publsh\""));
  EXPECT_THAT(told(R"("measure": "publish.p99", "published": "4ms", "tolerance": "15")"),
              HasSubstr("/expect/0/tolerance: "));
  EXPECT_THAT(told(R"("measure": "publish.p99", "tolerance": "15%")"),
              HasSubstr("\"published\" is missing"));
}

TEST(Expectation, AsksForNothingThatItsOwnScenarioCannotShow) {
  const std::string of_readers = R"("measure": "e2e.p99", "published": "4ms", "tolerance": "15%")";
  LoadOptions options;
  options.overrides = {"consumers=null",
                       "expect=[{\"row\": \"a\", \"source\": \"b\", " + of_readers + "}]"};
  const Loaded loaded = load_text(kSmall, "small.json", options);
  EXPECT_THAT(all_texts(loaded), HasSubstr("e2e needs consumers"));
}

TEST(Expectation, HasARowOfItsOwn) {
  const std::string it =
      R"({"row": "a", "source": "b", "measure": "publish.p99", "published": "4ms", "tolerance": "15%"})";
  const Loaded loaded = load_small({"expect=[" + it + ", " + it + "]"});
  EXPECT_THAT(all_texts(loaded), HasSubstr("the row \"a\" stands here twice"));
}

}  // namespace
}  // namespace wavetank::scenarios
