#include "reports/html/scale.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wavetank::reports::html {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;

TEST(Scale, MapsStraight) {
  const Scale scale = Scale::linear({0, 10}, {100, 200});
  EXPECT_DOUBLE_EQ(scale(0), 100);
  EXPECT_DOUBLE_EQ(scale(2.5), 125);
}

TEST(Scale, MapsByTheLogarithmAndUpwards) {
  const Scale scale = Scale::logarithmic({1, 100}, {200, 100});
  EXPECT_DOUBLE_EQ(scale(1), 200);
  EXPECT_DOUBLE_EQ(scale(10), 150);
  EXPECT_DOUBLE_EQ(scale(100), 100);
}

TEST(Scale, DrawsWhatLiesOutsideAtItsEdge) {
  const Scale scale = Scale::linear({0, 10}, {100, 200});
  EXPECT_DOUBLE_EQ(scale(-5), 100);
  EXPECT_DOUBLE_EQ(scale(50), 200);
}

TEST(RoundSteps, AreOneTwoOrFiveTimesAPowerOfTenAndReachTheMost) {
  EXPECT_THAT(round_steps(15'508, 2), ElementsAre(0, 10'000, 20'000));
  EXPECT_THAT(round_steps(0.9, 2), ElementsAre(0, 0.5, 1));
  EXPECT_THAT(round_steps(1, 2), ElementsAre(0, 0.5, 1));
}

TEST(TimeSteps, FitTheAxisAtRoundTimes) {
  EXPECT_THAT(time_steps(35, 13), ElementsAre(0, 5, 10, 15, 20, 25, 30, 35));
  EXPECT_THAT(time_steps(240, 13), ElementsAre(0, 30, 60, 90, 120, 150, 180, 210, 240));
  EXPECT_THAT(time_steps(20'000, 4), ElementsAre(0, 7'200, 14'400));
}

TEST(Decades, EncloseTheValues) {
  EXPECT_THAT(decades(0.004, 3.1), ElementsAre(DoubleNear(0.001, 1e-12), DoubleNear(0.01, 1e-12),
                                               DoubleNear(0.1, 1e-12), 1, 10));
  EXPECT_THAT(decades(1, 1), ElementsAre(1, 10));
}

}  // namespace
}  // namespace wavetank::reports::html
