#include "sim/theory/sample.h"

#include <gtest/gtest.h>

#include <cmath>

#include "engine/base/random.h"

namespace wavetank::sim::theory {
namespace {

TEST(Sample, HasAMeanAndAVariance) {
  EXPECT_DOUBLE_EQ(mean_of({1, 2, 6}), 3);
  EXPECT_DOUBLE_EQ(variance_of({1, 2, 6}), 7);
}

TEST(QuantileOfASample, LiesBetweenTheValuesAroundIt) {
  const std::vector<double> four = {40, 10, 30, 20};  // at 1/8, 3/8, 5/8 and 7/8
  EXPECT_DOUBLE_EQ(quantile_of(four, 0.375), 20);
  EXPECT_DOUBLE_EQ(quantile_of(four, 0.5), 25);
  EXPECT_DOUBLE_EQ(quantile_of(four, 0.6), 29);
}

TEST(QuantileOfASample, IsNotBeyondItsEnds) {
  EXPECT_DOUBLE_EQ(quantile_of({1, 2, 3}, 0.01), 1);
  EXPECT_DOUBLE_EQ(quantile_of({1, 2, 3}, 0.99), 3);
  EXPECT_DOUBLE_EQ(quantile_of({7}, 0.5), 7);
}

TEST(QuantileOfASample, IsRightOnAverageForTailsOfFewValues) {
  constexpr int kSamples = 20'000;
  Random random(1, "samples");
  double sum = 0;
  for (int i = 0; i < kSamples; ++i) {
    std::vector<double> values(200);
    for (double& value : values) {
      value = random.exponential(1);
    }
    sum += quantile_of(values, 0.99);
  }
  // The second and third greatest, between which it lies, are 0.27 above and 0.23 below on average.
  EXPECT_NEAR(sum / kSamples, std::log(100.0), 0.04);
}

}  // namespace
}  // namespace wavetank::sim::theory
