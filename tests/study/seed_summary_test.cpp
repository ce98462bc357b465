#include "reports/study/seed_summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace wavetank::reports {
namespace {

using testing::HasSubstr;
using testing::Not;

Quantity seconds_of(const char* name, double value) {
  return {name, "s", Better::lower, value};
}

std::vector<SeedFigure> three_seeds() {
  return over_seeds(
      {{seconds_of("e2e.p99", 0.1),
        seconds_of("e2e.p99 during fault", 0.9),
        {"lost", "", Better::lower, 0}},
       {seconds_of("e2e.p99", 0.2), {"lost", "", Better::lower, 0}},
       {seconds_of("e2e.p99", 0.3), {"lost", "", Better::lower, 0}, seconds_of("recovery", 1.5)}});
}

TEST(SeedSummary, HasEveryFigureWithItsInterval) {
  const std::vector<SeedFigure> figures = three_seeds();
  ASSERT_EQ(figures.size(), 4U);
  EXPECT_EQ(figures[0].name, "e2e.p99");
  EXPECT_EQ(figures[0].seeds, 3U);
  EXPECT_DOUBLE_EQ(figures[0].mean.value, 0.2);
  EXPECT_NEAR(*figures[0].mean.high - 0.2, 4.303 * 0.1 / 1.7320508, 1e-6);
  EXPECT_DOUBLE_EQ(figures[0].least, 0.1);
  EXPECT_DOUBLE_EQ(figures[0].greatest, 0.3);
}

TEST(SeedSummary, OfAFigureOfOneSeedHasNoInterval) {
  const SeedFigure recovery = three_seeds().back();
  EXPECT_EQ(recovery.name, "recovery");
  EXPECT_EQ(recovery.seeds, 1U);
  EXPECT_FALSE(recovery.mean.high);
}

TEST(SeedSummary, AsTextShowsTheWholeRunsFiguresThatAreNotAlwaysZero) {
  const std::string text = seed_figures_text(three_seeds(), 3, true);
  EXPECT_THAT(text, HasSubstr("e2e.p99   200 ms      +- 248 ms"));
  EXPECT_THAT(text, Not(HasSubstr("during fault")));
  EXPECT_THAT(text, Not(HasSubstr("lost")));
  EXPECT_THAT(text, HasSubstr("of 1 of 3 seeds"));
}

TEST(SeedSummary, AsJsonHasAll) {
  const auto json = nlohmann::json::parse(seed_figures_json(three_seeds()));
  ASSERT_EQ(json.size(), 4U);
  EXPECT_EQ(json[1]["name"], "e2e.p99 during fault");
  EXPECT_TRUE(json[1]["high"].is_null());
  EXPECT_EQ(json[2]["greatest"], 0);
}

TEST(SeedSummary, CountsAnErrorThatASeedDidNotSeeAsNone) {
  const std::vector<SeedFigure> figures =
      over_seeds({{}, {{"errors.NoNode", "answers", Better::lower, 4}}});
  EXPECT_EQ(figures[0].seeds, 2U);
  EXPECT_DOUBLE_EQ(figures[0].mean.value, 2);
  EXPECT_DOUBLE_EQ(figures[0].least, 0);
}

TEST(SeedSummary, OfNothingIsNothing) {
  EXPECT_EQ(seed_figures_text(over_seeds({}), 0, true), "");
}

}  // namespace
}  // namespace wavetank::reports
