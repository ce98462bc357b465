#include "reports/export/dates.h"

#include <gtest/gtest.h>

namespace wavetank::reports {
namespace {

TEST(Dates, AreWrittenAndReadAlike) {
  for (const std::int64_t second : {0L, 1L, 68'169'600L, 1'767'225'600L, 4'107'542'399L}) {
    EXPECT_EQ(parse_date(date_text(second)), second) << date_text(second);
  }
  EXPECT_EQ(date_text(kDefaultEpoch_s), "2026-01-01T00:00:00Z");
  EXPECT_EQ(parse_date("2024-02-29T23:59:59Z"), 1'709'251'199);
}

TEST(Dates, MayBeDaysAlone) {
  EXPECT_EQ(parse_date("1970-01-02"), 86'400);
}

TEST(Dates, OfNoCalendarAreRefused) {
  for (const char* text :
       {"", "2026", "2026-1-1", "2025-02-29", "2026-13-01", "2026-01-32", "1969-12-31",
        "2026-01-01T24:00:00Z", "2026-01-01T00:00:60Z", "2026-01-01 00:00:00Z",
        "2026-01-01T00:00:00+", "2026-01-0x", "-026-01-01"}) {
    EXPECT_EQ(parse_date(text), std::nullopt) << text;
  }
}

TEST(Dates, RoundSecondsToMilliseconds) {
  EXPECT_EQ(seconds_text(Duration(1'234'567'890)), "1.235");
  EXPECT_EQ(seconds_text(seconds(60)), "60.000");
}

}  // namespace
}  // namespace wavetank::reports
