#include "scenarios/quantity.h"

#include <gtest/gtest.h>

namespace wavetank::scenarios {
namespace {

double value(std::string_view text, Dimension dimension) {
  const auto parsed = parse_quantity(text, dimension);
  EXPECT_TRUE(parsed) << text;
  return parsed.value_or(-1);
}
std::string refusal(std::string_view text, Dimension dimension) {
  const auto parsed = parse_quantity(text, dimension);
  return parsed ? "accepted" : parsed.error().message;
}

TEST(Quantity, ReadsDurationsInNanoseconds) {
  EXPECT_EQ(value("250us", Dimension::duration), 250e3);
  EXPECT_EQ(value("1.5 ms", Dimension::duration), 1.5e6);
  EXPECT_EQ(value("30s", Dimension::duration), 30e9);
  EXPECT_EQ(value("5min", Dimension::duration), 300e9);
  EXPECT_EQ(value("2 weeks", Dimension::duration), 14 * 86400e9);
  EXPECT_EQ(value("-2s", Dimension::duration), -2e9);
}

TEST(Quantity, TellsDecimalFromBinarySizes) {
  EXPECT_EQ(value("16KiB", Dimension::bytes), 16384);
  EXPECT_EQ(value("16kB", Dimension::bytes), 16000);
  EXPECT_EQ(value("200B", Dimension::bytes), 200);
}

TEST(Quantity, ReadsRatesASecond) {
  EXPECT_EQ(value("50k/s", Dimension::rate), 50e3);
  EXPECT_EQ(value("3000/min", Dimension::rate), 50);
  EXPECT_EQ(value("1M/s", Dimension::rate), 1e6);
}

TEST(Quantity, ReadsBandwidthInBits) {
  EXPECT_EQ(value("10Gbps", Dimension::bandwidth), 10e9);
  EXPECT_EQ(value("100MB/s", Dimension::bandwidth), 800e6);
}

TEST(Quantity, RefusesATextWithoutUnitOrWithAnother) {
  EXPECT_EQ(refusal("30", Dimension::duration), "\"30\" has no unit");
  EXPECT_EQ(refusal("30 kilos", Dimension::duration),
            "\"30 kilos\" is not a duration: it has no unit \"kilos\"");
  EXPECT_EQ(refusal("fast", Dimension::rate), "\"fast\" is not a rate");
  EXPECT_EQ(refusal("inf/s", Dimension::rate), "\"inf/s\" is not a rate");
  EXPECT_EQ(refusal("", Dimension::bytes), "\"\" is not a size in bytes");
}

TEST(Quantity, WritesTheLargestUnitThatIsExact) {
  EXPECT_EQ(to_text(microseconds(250)), "250us");
  EXPECT_EQ(to_text(seconds(90)), "90s");
  EXPECT_EQ(to_text(seconds(120)), "2min");
  EXPECT_EQ(to_text(Duration()), "0s");
  EXPECT_EQ(bytes_text(1 << 20), "1MiB");
  EXPECT_EQ(rate_text(50'000), "50k/s");
}

}  // namespace
}  // namespace wavetank::scenarios
