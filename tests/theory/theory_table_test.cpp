#include "reports/study/theory_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace wavetank::reports {
namespace {

using testing::HasSubstr;

TheoryRow row(Estimate simulated) {
  return {"M/M/1, rho 0.8", "processor", "Erlang, 1917",   "mean time", "1/(mu-lambda)", "ms", 5,
          simulated,        20,          Confidence::usual};
}

const TheoryRow kWithin = row({5.01, 4.95, 5.07});
const TheoryRow kOutside = row({5.2, 5.1, 5.3});
const TheoryRow kVague = row({5.2, 4.8, 5.6});

TEST(TheoryTable, AnIntervalWithoutTheFigureIsOutside) {
  EXPECT_EQ(kWithin.agreement(), Agreement::within);
  EXPECT_EQ(kOutside.agreement(), Agreement::outside);
  EXPECT_EQ(judge({kWithin}), ExitCode::ok);
  EXPECT_EQ(judge({kWithin, kOutside}), ExitCode::failure);
}

TEST(TheoryTable, AnIntervalThatHoldsAlmostAnythingDecidesNothing) {
  EXPECT_EQ(kVague.agreement(), Agreement::vague);
  EXPECT_EQ(judge({kWithin, kVague}), ExitCode::failure);
}

TEST(TheoryTable, WithoutRunsNothingIsKnown) {
  TheoryRow none = kWithin;
  none.simulated.reset();
  EXPECT_EQ(none.agreement(), Agreement::unknown);
  EXPECT_EQ(judge({none}), ExitCode::failure);
  none.simulated = Estimate{5, {}, {}};
  EXPECT_EQ(none.agreement(), Agreement::unknown) << "one run has no interval";
}

TEST(TheoryTable, ShowsTheoryTheIntervalAndTheVerdict) {
  const std::string text = theory_text({kWithin, kOutside});
  EXPECT_THAT(text, HasSubstr("5 ms"));
  EXPECT_THAT(text, HasSubstr("4.95 .. 5.07"));
  EXPECT_THAT(text, HasSubstr("1.20 %"));
  EXPECT_THAT(text, HasSubstr("OUTSIDE"));
  EXPECT_THAT(text, HasSubstr("1 of 2 figures"));
  EXPECT_THAT(text, HasSubstr("the interval of 95 %\n"));
}

TEST(TheoryTable, SaysHowSureItIs) {
  TheoryRow surer = kWithin;
  surer.runs = 80;
  surer.confidence = Confidence::strict;
  EXPECT_THAT(theory_text({kWithin, surer}), HasSubstr("of 95 % (80 runs: 99.9 %)"));
  const auto document = nlohmann::json::parse(theory_json({kWithin, surer}));
  EXPECT_EQ(document["rows"][0]["confidence"], 0.95);
  EXPECT_EQ(document["rows"][1]["confidence"], 0.999);
}

TEST(TheoryTable, IsWrittenAsJsonToo) {
  const auto document = nlohmann::json::parse(theory_json({kWithin, kOutside}));
  EXPECT_EQ(document["within"], 1);
  EXPECT_EQ(document["rows"][0]["verdict"], "within");
  EXPECT_EQ(document["rows"][1]["theory"], 5);
  EXPECT_EQ(document["rows"][1]["low"], 5.1);
}

}  // namespace
}  // namespace wavetank::reports
