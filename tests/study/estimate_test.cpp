#include "reports/study/estimate.h"

#include <gtest/gtest.h>

namespace wavetank::reports {
namespace {

TEST(Estimate, OfNothingIsNothing) {
  EXPECT_FALSE(estimate({}));
}

TEST(Estimate, OfOneSeedHasNoInterval) {
  EXPECT_EQ(estimate({7}), (Estimate{7, std::nullopt, std::nullopt}));
}

TEST(Estimate, HasStudentsInterval) {
  // Mean 3, standard deviation 1.581, of 5: 3 +- 2.776 x 1.581 / 5^(1/2).
  const auto it = estimate({1, 2, 3, 4, 5});
  EXPECT_DOUBLE_EQ(it->value, 3);
  EXPECT_NEAR(*it->low, 1.037, 1e-3);
  EXPECT_NEAR(*it->high, 4.963, 1e-3);
}

TEST(Estimate, IsWiderWhereItIsToBeSurer) {
  const auto it = estimate({1, 2, 3, 4, 5}, Confidence::strict);
  EXPECT_DOUBLE_EQ(it->value, 3);
  EXPECT_NEAR(*it->high, 3 + 8.610 * 0.7071, 1e-3);
}

TEST(Estimate, IsNeverBelowZero) {
  EXPECT_EQ(estimate({1, 5})->low, 0);
}

TEST(Estimate, OfEqualValuesHasNoWidth) {
  const auto it = estimate({4, 4, 4});
  EXPECT_EQ(it->low, 4);
  EXPECT_EQ(it->high, 4);
}

TEST(Estimate, OfManySeedsStaysOnTheSafeSide) {
  std::vector<double> values;
  for (int i = 0; i < 100; ++i) {
    values.push_back(i % 2);
  }
  // Standard error 0.05025; the normal distribution would give 0.0985.
  EXPECT_GE(*estimate(values)->high - 0.5, 0.0985);
  EXPECT_LE(*estimate(values)->high - 0.5, 0.104);
}

}  // namespace
}  // namespace wavetank::reports
