#include "scenarios/vary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavetank::scenarios {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> values(std::string_view text) {
  const Result<Axis> axis = parse_axis(text);
  EXPECT_TRUE(axis) << axis.error().message;
  return axis ? axis->values : std::vector<std::string>{};
}
std::string why(std::string_view text) {
  const Result<Axis> axis = parse_axis(text);
  return axis ? "" : axis.error().message;
}

TEST(Axis, TakesAListAsItIsWritten) {
  EXPECT_EQ(parse_axis("workload.rate=1k/s,2k/s")->path, "workload.rate");
  EXPECT_THAT(values("workload.rate=1k/s,2k/s"), ElementsAre("1k/s", "2k/s"));
  EXPECT_THAT(values("a=all,1,\"x,y\""), ElementsAre("all", "1", "\"x,y\""));
  EXPECT_THAT(values("faults=[],[{\"at\":\"8s\",\"crash\":\"broker-2\"}]"),
              ElementsAre("[]", "[{\"at\":\"8s\",\"crash\":\"broker-2\"}]"));
}

TEST(Axis, TakesARangeBySteps) {
  EXPECT_THAT(values("b=10..50/10"), ElementsAre("10", "20", "30", "40", "50"));
  EXPECT_THAT(values("b=10..45/10"), ElementsAre("10", "20", "30", "40"));
  EXPECT_THAT(values("r=10k/s..30k/s/10k/s"), ElementsAre("10k/s", "20k/s", "30k/s"));
  EXPECT_THAT(values("t=5ms..15ms/5ms"), ElementsAre("5ms", "10ms", "15ms"));
  EXPECT_THAT(values("s=0.1..0.3/0.1"), ElementsAre("0.1", "0.2", "0.3"));
}

TEST(Axis, TakesARangeByAFactor) {
  EXPECT_THAT(values("r=1k/s..9k/s*2"), ElementsAre("1k/s", "2k/s", "4k/s", "8k/s"));
  EXPECT_THAT(values("b=16KiB..64KiB*2"), ElementsAre("16KiB", "32KiB", "64KiB"));
}

TEST(Axis, TakesWholeNumbersOneByOne) {
  EXPECT_THAT(values("n=1..4"), ElementsAre("1", "2", "3", "4"));
  EXPECT_THAT(values("n=1..3,9"), ElementsAre("1", "2", "3", "9"));
}

TEST(Axis, SaysWhatIsWrong) {
  EXPECT_THAT(why("workload.rate"), HasSubstr("expected PATH=VALUES"));
  EXPECT_THAT(why("=1"), HasSubstr("expected PATH=VALUES"));
  EXPECT_THAT(why("a=1,,2"), HasSubstr("a value is empty"));
  EXPECT_THAT(why("a=1,1"), HasSubstr("1 is there twice"));
  EXPECT_THAT(why("a=1k/s..2k/s"), HasSubstr("a rate needs a step: 2k/s/1k/s or 2k/s*2"));
  EXPECT_THAT(why("a=1k/s..2s*2"), HasSubstr("1k/s is a rate, and 2s is a duration"));
  EXPECT_THAT(why("a=5..1"), HasSubstr("5 is not below 1"));
  EXPECT_THAT(why("a=1..9*1"), HasSubstr("1 is not a factor above 1"));
  EXPECT_THAT(why("a=1..9/0"), HasSubstr("0 is not a step"));
  EXPECT_THAT(why("a=1..9/2s"), HasSubstr("2s is not a step of a count"));
  EXPECT_THAT(why("a=x..y"), HasSubstr("is no number with a unit"));
  EXPECT_THAT(why("a=1..100000"), HasSubstr("limit axis values"));
}

TEST(Amount, IsReadBackAsWhatItWas) {
  for (const double value : {1.0, 1'000.0, 41'250.0, 31'622.776601683792, 1'234'567.0, 1e6, 0.5}) {
    for (const Dimension dimension : {Dimension::rate, Dimension::count, Dimension::bandwidth}) {
      const std::string text = to_text({value, dimension});
      const Result<Amount> read = parse_amount(text);
      ASSERT_TRUE(read) << text;
      EXPECT_EQ(read->dimension, dimension) << text;
      EXPECT_NEAR(read->value, value, value * 1e-9) << text;
    }
  }
  EXPECT_EQ(to_text({41'250, Dimension::rate}), "41.25k/s");
  EXPECT_EQ(to_text({1'234'567, Dimension::rate}), "1234567/s");
}

TEST(SearchRange, HasTwoEnds) {
  const Result<SearchRange> range = parse_search_range("workload.rate=1k/s..1M/s");
  ASSERT_TRUE(range);
  EXPECT_EQ(range->path, "workload.rate");
  EXPECT_EQ(range->from, 1'000);
  EXPECT_EQ(range->to, 1'000'000);
  EXPECT_FALSE(range->is_whole());
  EXPECT_TRUE(parse_search_range("n=1..9")->is_whole());
  EXPECT_FALSE(parse_search_range("n=0.5..9")->is_whole());
}

TEST(SearchRange, SaysWhatIsWrong) {
  EXPECT_THAT(parse_search_range("workload.rate=1k/s").error().message,
              HasSubstr("bounds to search between"));
  EXPECT_THAT(parse_search_range("a=0..5").error().message, HasSubstr("begins above 0"));
  EXPECT_THAT(parse_search_range("a=9..5").error().message, HasSubstr("not below"));
}

}  // namespace
}  // namespace wavetank::scenarios
