#include "reports/format_units.h"

#include <gtest/gtest.h>

namespace wavetank::reports {
namespace {

TEST(FormatUnits, WritesDurationsInTheUnitThatFits) {
  EXPECT_EQ(format_duration(Duration()), "0 s");
  EXPECT_EQ(format_duration(nanoseconds(850)), "850 ns");
  EXPECT_EQ(format_duration(nanoseconds(1'500)), "1.5 us");
  EXPECT_EQ(format_duration(microseconds(250)), "250 us");
  EXPECT_EQ(format_duration(milliseconds(4'100)), "4.1 s");
  EXPECT_EQ(format_duration(milliseconds(51'300)), "51.3 s");
  EXPECT_EQ(format_duration(seconds(599)), "599 s");
  EXPECT_EQ(format_duration(seconds(750)), "12.5 min");
  EXPECT_EQ(format_duration(seconds(24 * 3600)), "24 h");
  EXPECT_EQ(format_duration(milliseconds(-4'100)), "-4.1 s");
}

TEST(FormatUnits, RoundsUpIntoTheNextUnit) {
  EXPECT_EQ(format_duration(nanoseconds(999'499)), "999 us");
  EXPECT_EQ(format_duration(nanoseconds(999'500)), "1 ms");
  EXPECT_EQ(format_duration(nanoseconds(9'996)), "10 us");
  EXPECT_EQ(format_count(999'960), "1M");
}

TEST(FormatUnits, WritesPointsInTimeInSeconds) {
  EXPECT_EQ(format_time(Time()), "0 s");
  EXPECT_EQ(format_time(Time() + seconds(1'120)), "1120 s");
  EXPECT_EQ(format_time(Time() + milliseconds(83'249)), "83.2 s");
}

TEST(FormatUnits, WritesCountsShortAndExact) {
  EXPECT_EQ(format_count(0), "0");
  EXPECT_EQ(format_count(999), "999");
  EXPECT_EQ(format_count(1'234'567), "1.23M");
  EXPECT_EQ(format_count(0.25), "0.25");
  EXPECT_EQ(format_exact(0), "0");
  EXPECT_EQ(format_exact(999), "999");
  EXPECT_EQ(format_exact(1'000), "1,000");
  EXPECT_EQ(format_exact(6'000'000), "6,000,000");
  EXPECT_EQ(format_exact(18'446'744'073'709'551'615U), "18,446,744,073,709,551,615");
}

TEST(FormatUnits, WritesRatesBytesAndShares) {
  EXPECT_EQ(format_rate(1'200'000), "1.2M/s");
  EXPECT_EQ(format_bytes(512), "512 B");
  EXPECT_EQ(format_bytes(1.5 * 1024 * 1024), "1.5 MiB");
  EXPECT_EQ(format_percent(0.005), "0 %");
  EXPECT_EQ(format_margin(0.4875), "+49 %");
  EXPECT_EQ(format_margin(-0.12), "-12 %");
  EXPECT_EQ(format_margin(-0.0001), "0 %");
}

TEST(FormatUnits, ReadsTheUnitOfAResult) {
  EXPECT_EQ(format_value(4.1, "s"), "4.1 s");
  EXPECT_EQ(format_value(12, "ms"), "12 ms");
  EXPECT_EQ(format_value(50'000, "records/s"), "50k/s");
  EXPECT_EQ(format_value(1024, "B"), "1 KiB");
  EXPECT_EQ(format_value(10e6, "B/s"), "10 MB/s");
  EXPECT_EQ(format_value(1500, "B/s"), "1.5 kB/s");
  EXPECT_EQ(format_value(3, ""), "3");
  EXPECT_EQ(format_value(4, "log10"), "4 log10");
}

TEST(FormatUnits, DoesNotStumbleOverWhatIsNoNumber) {
  EXPECT_EQ(format_count(1.0 / 0.0), "inf");
  EXPECT_EQ(format_value(1.0 / 0.0, "s"), "inf h");
}

}  // namespace
}  // namespace wavetank::reports
