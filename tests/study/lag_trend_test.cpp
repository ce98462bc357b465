#include "reports/study/lag_trend.h"

#include <gtest/gtest.h>

#include "engine/base/random.h"

namespace wavetank::reports {
namespace {

TEST(LagTrend, OfARisingBacklogIsItsSlopeAndSure) {
  const Trend found = trend({0, 100, 200, 300, 400, 500, 600});
  EXPECT_DOUBLE_EQ(found.slope, 100);
  // S = 21; (21 - 1) / sqrt(7 x 6 x 19 / 18).
  EXPECT_NEAR(found.z, 3.004, 1e-3);
  EXPECT_GT(found.z, Trend::kSure);
}

TEST(LagTrend, OfTwoGroupsOfPairsTakesTheMiddle) {
  EXPECT_DOUBLE_EQ(trend({0, 1, 2, 13}).slope, (1 + 13.0 / 3) / 2);
}

TEST(LagTrend, IsNotMovedByABurst) {
  const Trend found = trend({5, 4, 5, 9'000, 4, 5, 4, 5, 4});
  EXPECT_NEAR(found.slope, 0, 0.2);
  EXPECT_LT(found.z, Trend::kSure);
}

TEST(LagTrend, FallsWithAFallingBacklog) {
  const Trend found = trend({60, 50, 40, 30, 20, 10, 0});
  EXPECT_DOUBLE_EQ(found.slope, -10);
  EXPECT_LT(found.z, -Trend::kSure);
}

TEST(LagTrend, OfTooFewMomentsIsFlat) {
  EXPECT_EQ(trend({0, 100, 200}).z, 0);
  EXPECT_EQ(trend({}).slope, 0);
}

TEST(LagTrend, OfALongRunIsTheSameThinnedOut) {
  std::vector<double> values;
  for (int i = 0; i < 2'000; ++i) {
    values.push_back(3.0 * i);
  }
  EXPECT_NEAR(trend(values).slope, 3, 1e-9);
  EXPECT_GT(trend(values).z, Trend::kSure);
}

TEST(LagTrend, CallsRandomOrdersRisingAboutOnceInAHundred) {
  Random random(1, "trend");
  int rising = 0;
  for (int trial = 0; trial < 10'000; ++trial) {
    std::vector<double> values(12);
    for (double& value : values) {
      value = static_cast<double>(random.next() >> 11);
    }
    rising += trend(values).z > Trend::kSure ? 1 : 0;
  }
  EXPECT_GT(rising, 40);
  EXPECT_LT(rising, 140);
}

}  // namespace
}  // namespace wavetank::reports
