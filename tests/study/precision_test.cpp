#include "reports/study/precision.h"

#include <gtest/gtest.h>

#include <vector>

namespace wavetank::reports {
namespace {

using Values = std::vector<SeedValue>;

/// `count` seeds whose figure is 90 and 110 by turns: 10 % of the mean to either side.
Values by_turns(std::size_t count) {
  Values values;
  for (std::size_t i = 0; i < count; ++i) {
    values.emplace_back(i % 2 == 0 ? 90.0 : 110.0);
  }
  return values;
}

TEST(Precision, IsHalfOfTheIntervalAsAShareOfTheMean) {
  // Of 10: the standard error is 10.54 / 10^(1/2) = 3.33, and Student's t of 9 is 2.262.
  const Precision ten = precision(by_turns(10), 0.08);
  EXPECT_NEAR(*ten.share(), 0.0754, 1e-4);
  EXPECT_TRUE(ten.reached);
  EXPECT_FALSE(precision(by_turns(10), 0.07).reached);
}

TEST(Precision, IsNotReachedByAFewSeedsThatAgreeByChance) {
  EXPECT_FALSE(precision(Values{100, 100, 100, 100}, 0.05).reached);
  EXPECT_TRUE(precision(Values{100, 100, 100, 100, 100}, 0.05).reached);
}

TEST(Precision, OfAFigureThatIsAlwaysZeroIsReached) {
  EXPECT_TRUE(precision(Values(5, SeedValue(0.0)), 0.05).reached);
}

TEST(Precision, CountsOnlySeedsThatHaveTheFigure) {
  Values values(6, SeedValue(100.0));
  values[2].reset();
  values[4].reset();
  const Precision it = precision(values, 0.05);
  EXPECT_EQ(it.with_figure, 4U);
  EXPECT_EQ(it.seeds, 6U);
  EXPECT_FALSE(it.reached);
}

TEST(SeedsWanted, BeginWithFive) {
  EXPECT_EQ(seeds_wanted({}, 0.05, 100), 5U);
  EXPECT_EQ(seeds_wanted(by_turns(4), 0.05, 100), 5U);
}

TEST(SeedsWanted, AreThoseThatThereAreWhereTheseAreEnough) {
  EXPECT_EQ(seeds_wanted(by_turns(5), 0.2, 100), 5U);
}

TEST(SeedsWanted, AreToldByTheWidthOfTheIntervalAndAtMostDoubleInAStep) {
  // Of 5: 10.95 / 5^(1/2) x 2.776 = 13.6 on 98, so 5 x (0.139 / 0.12)^2 = 6.7 for 12 %.
  EXPECT_EQ(seeds_wanted(by_turns(5), 0.12, 100), 7U);
  EXPECT_EQ(seeds_wanted(by_turns(5), 0.01, 100), 10U);
  EXPECT_EQ(seeds_wanted(by_turns(10), 0.01, 100), 20U);
}

TEST(SeedsWanted, GrowByAFifthAtLeast) {
  // Of 20: 4.8 %, so that one more would do for 4.75 %.
  EXPECT_EQ(seeds_wanted(by_turns(20), 0.0475, 100), 24U);
}

TEST(SeedsWanted, AreAsManyAsAreAllowedAndNoMore) {
  EXPECT_EQ(seeds_wanted(by_turns(5), 0.01, 8), 8U);
  EXPECT_EQ(seeds_wanted(by_turns(8), 0.01, 8), 8U);
}

TEST(SeedsWanted, DoNotDependOnWhatLaterSeedsSay) {
  Values values = by_turns(5);
  values.insert(values.end(), {1e6, 3e6});
  EXPECT_EQ(seeds_wanted(values, 0.2, 100), 5U);
}

TEST(SeedsWanted, OfAFigureThatNoSeedHasAreAllThatAreAllowed) {
  EXPECT_EQ(seeds_wanted(Values(64), 0.05, 64), 64U);
}

}  // namespace
}  // namespace wavetank::reports
