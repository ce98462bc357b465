#include "reports/published_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace wavetank::reports {
namespace {

using testing::HasSubstr;
using testing::Not;

scenarios::Expectation expected(std::string row, bool calibrated = false, std::string reason = "") {
  scenarios::Expectation it;
  EXPECT_TRUE(scenarios::parse_measure("throughput_acknowledged", it));
  EXPECT_TRUE(scenarios::parse_published("1000/s", it));
  it.tolerance = *scenarios::parse_tolerance("10%");
  it.row = std::move(row);
  it.source = "Somebody, A paper, 2014";
  it.calibrated = calibrated;
  it.reason = std::move(reason);
  return it;
}
Standing standing(double simulated, bool calibrated = false, std::string reason = "") {
  return compare(expected("a", calibrated, std::move(reason)), simulated).standing;
}

TEST(PublishedTable, JudgesByTheToleranceOfTheRow) {
  EXPECT_EQ(standing(1'099), Standing::within);
  EXPECT_EQ(standing(901), Standing::within);
  EXPECT_EQ(standing(1'101), Standing::outside);
  EXPECT_EQ(standing(899), Standing::outside);
}

TEST(PublishedTable, KeepsApartWhatWasCalibratedAndWhatIsExplained) {
  EXPECT_EQ(standing(1'000, true), Standing::calibrated);
  EXPECT_EQ(standing(5'000, true), Standing::outside) << "it is calibrated no more";
  EXPECT_EQ(standing(5'000, false, "no such device"), Standing::explained);
  EXPECT_EQ(standing(1'000, false, "no such device"), Standing::within);
}

TEST(PublishedTable, TakesAReasonForWhatItWasWrittenForAndNothingElse) {
  scenarios::Expectation explained = expected("a", false, "no such device");
  explained.explained_ratio = 5.0;
  EXPECT_EQ(compare(explained, 4'900.0).standing, Standing::explained);
  EXPECT_EQ(compare(explained, 2'000.0).standing, Standing::outside);
  EXPECT_THAT(compare(explained, 2'000.0).note, HasSubstr("it is 2 of what was published"));
  EXPECT_EQ(compare(explained, 1'000.0).standing, Standing::within);
}

TEST(PublishedTable, JudgesABoundByItsSideAndTellsNoError) {
  scenarios::Expectation least = expected("a");
  least.tolerance = {};
  ASSERT_TRUE(scenarios::parse_published("> 1000/s", least));
  EXPECT_EQ(compare(least, 1'001.0).standing, Standing::within);
  EXPECT_EQ(compare(least, 1'000.0).standing, Standing::outside);
  EXPECT_EQ(compare(least, 900.0).standing, Standing::outside);
  EXPECT_FALSE(compare(least, 1'001.0).error);
  scenarios::Expectation most = expected("a");
  ASSERT_TRUE(scenarios::parse_published("< 1000/s", most));
  EXPECT_EQ(compare(most, 900.0).standing, Standing::within);
  EXPECT_EQ(compare(most, 1'001.0).standing, Standing::outside);
}

TEST(PublishedTable, TellsTheErrorWithItsSign) {
  EXPECT_NEAR(*compare(expected("a"), 950.0).error, -0.05, 1e-12);
  EXPECT_FALSE(compare(expected("a"), fail("nothing was measured")).error);
}

TEST(PublishedTable, CountsOnlyPredictionsInTheMedian) {
  const std::vector<PublishedRow> rows = {
      compare(expected("a"), 1'010.0), compare(expected("b"), 930.0),
      compare(expected("c"), 1'200.0), compare(expected("d", true), 1'000.0)};
  const PublishedSummary summary = summarise(rows);
  EXPECT_EQ(summary.predicted, 3U);
  EXPECT_EQ(summary.within, 2U);
  EXPECT_NEAR(*summary.median_error, 0.07, 1e-9);
  EXPECT_FALSE(summarise({rows.back()}).median_error);
}

TEST(PublishedTable, FailsForAPredictionThatIsOutsideOrUnknownAndForNothingElse) {
  EXPECT_EQ(judge({compare(expected("a"), 1'000.0)}), ExitCode::ok);
  EXPECT_EQ(judge({compare(expected("a", true), 1'050.0)}), ExitCode::ok);
  EXPECT_EQ(judge({compare(expected("a", true), 9'000.0)}), ExitCode::failure);
  EXPECT_EQ(judge({compare(expected("a", false, "known"), 9'000.0)}), ExitCode::ok);
  EXPECT_EQ(judge({compare(expected("a"), 9'000.0)}), ExitCode::failure);
  EXPECT_EQ(judge({compare(expected("a"), fail("died"))}), ExitCode::failure);
}

TEST(PublishedTable, PutsTheRowsOfASourceTogether) {
  scenarios::Expectation other = expected("other/row");
  other.source = "Another";
  const std::string text =
      table_text({compare(expected("first/row"), 1'010.0), compare(other, 1'000.0),
                  compare(expected("second/row"), fail("died"))});
  EXPECT_LT(text.find("second/row"), text.find("Another"));
  EXPECT_THAT(text, HasSubstr("+1.0 %"));
  EXPECT_THAT(text, HasSubstr("UNKNOWN\n      died\n"));
  EXPECT_THAT(text, HasSubstr("2 of 3 predicted figures are within their tolerance; median error "
                              "0.5 %\n"));
}

TEST(PublishedTable, ShowsNothingThatCouldMoveTheCursor) {
  scenarios::Expectation evil = expected("a\x1b[2J");
  evil.what = "b\nc";
  EXPECT_THAT(table_text({compare(evil, 1.0)}), Not(HasSubstr("\x1b")));
}

TEST(PublishedTable, IsAlsoJson) {
  const auto json = nlohmann::json::parse(
      table_json({compare(expected("a"), 1'050.0), compare(expected("b"), fail("died"))}));
  EXPECT_EQ(json["rows"][0]["row"], "a");
  EXPECT_NEAR(json["rows"][0]["error"].get<double>(), 0.05, 1e-9);
  EXPECT_EQ(json["rows"][0]["verdict"], "within");
  EXPECT_TRUE(json["rows"][1]["simulated"].is_null());
  EXPECT_EQ(json["rows"][1]["note"], "died");
  EXPECT_EQ(json["predicted"], 2);
}

TEST(PublishedTable, HoldsClaimsOfPapersToo) {
  FigureReport claim;
  claim.id = "orders/recovery-broker";
  claim.claimed = "< 60 s";
  claim.unit = "s";
  claim.simulated = 30.1;
  claim.holds = true;
  const PublishedRow row = compare(claim);
  EXPECT_EQ(row.standing, Standing::within);
  EXPECT_FALSE(row.error);
  EXPECT_THAT(row.source, HasSubstr("Order Lifecycle"));
}

}  // namespace
}  // namespace wavetank::reports
