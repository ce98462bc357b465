#include "models/distribution.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace wavetank::models {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr int kDraws = 200'000;

/// Draws in ascending order.
std::vector<double> sample(const Distribution& law, std::string_view stream) {
  Random random(42, stream);
  std::vector<double> draws(kDraws);
  std::ranges::generate(draws, [&] { return law.draw(random); });
  std::ranges::sort(draws);
  return draws;
}

/// The mean within four standard errors, and the share of draws up to each closed-form quantile
/// within four standard errors of what it should be.
void expect_matches_closed_form(const Distribution& law) {
  const std::vector<double> draws = sample(law, law.name());
  double sum = 0;
  double squares = 0;
  for (const double x : draws) {
    sum += x;
    squares += x * x;
  }
  const double mean = sum / kDraws;
  const double variance = squares / kDraws - mean * mean;
  EXPECT_NEAR(mean, law.mean(), 4 * std::sqrt(std::max(variance, 0.0) / kDraws) + 1e-9 * mean)
      << law.name();
  for (const double p : {0.01, 0.25, 0.5, 0.9, 0.99, 0.999}) {
    const auto below = std::ranges::upper_bound(draws, law.quantile(p)) - draws.begin();
    EXPECT_NEAR(static_cast<double>(below) / kDraws, p, 4 * std::sqrt(p * (1 - p) / kDraws))
        << law.name() << " at " << p;
  }
}

TEST(NormalQuantile, InvertsTheNormalLaw) {
  EXPECT_NEAR(normal_quantile(0.5), 0.0, 1e-12);
  EXPECT_NEAR(normal_quantile(0.975), 1.959963984540054, 1e-12);
  EXPECT_NEAR(normal_quantile(0.99), 2.3263478740408408, 1e-12);
  EXPECT_NEAR(normal_quantile(1e-12), -7.034483825301131, 1e-9);
  EXPECT_NEAR(normal_quantile(0.1), -normal_quantile(0.9), 1e-12);
}

TEST(Distribution, ConstantIsAlwaysItsValue) {
  const Distribution law = Distribution::constant(milliseconds(3));
  Random random(1, "x");
  EXPECT_EQ(law.draw_duration(random), milliseconds(3));
  EXPECT_EQ(law.mean_duration(), milliseconds(3));
  EXPECT_EQ(law.quantile_duration(0.999), milliseconds(3));
}

TEST(Distribution, UniformMatchesItsClosedForm) {
  expect_matches_closed_form(*Distribution::uniform(100, 300));
}
TEST(Distribution, ExponentialMatchesItsClosedForm) {
  expect_matches_closed_form(*Distribution::exponential(5e6));
}
TEST(Distribution, LognormalMatchesItsClosedForm) {
  expect_matches_closed_form(*Distribution::lognormal(2e6, 9e6));
}
TEST(Distribution, ParetoMatchesItsClosedForm) {
  expect_matches_closed_form(*Distribution::pareto(235'000, 10));  // LNKD-SSD of PBS (VLDB 2012)
}
TEST(Distribution, EmpiricalMatchesItsClosedForm) {
  expect_matches_closed_form(
      *Distribution::empirical({{0, 10}, {0.5, 20}, {0.99, 400}, {1, 10'000}}));
}

TEST(Distribution, LognormalGoesThroughItsTwoQuantiles) {
  const Distribution law = *Distribution::lognormal(2e6, 9e6);
  EXPECT_NEAR(law.quantile(0.50), 2e6, 1e-3);
  EXPECT_NEAR(law.quantile(0.99), 9e6, 1e-3);
}

TEST(Distribution, LognormalByMuAndSigmaHasTheTextbookMean) {
  const Distribution law = *Distribution::lognormal_mu_sigma(std::log(1000.0), 0.5);
  EXPECT_NEAR(law.mean(), 1000.0 * std::exp(0.125), 1e-9);
  EXPECT_NEAR(law.quantile(0.5), 1000.0, 1e-9);
}

TEST(Distribution, LognormalWithEqualQuantilesIsConstant) {
  const Distribution law = *Distribution::lognormal(5, 5);
  for (const double p : {0.0, 0.3, 1.0}) {
    EXPECT_NEAR(law.quantile(p), 5, 1e-9);
  }
}

TEST(Distribution, EmpiricalMayJumpAndMayBeFlat) {
  const Distribution law = *Distribution::empirical({{0, 1}, {0.4, 1}, {0.6, 3}, {1, 3}});
  EXPECT_DOUBLE_EQ(law.quantile(0.2), 1);
  EXPECT_DOUBLE_EQ(law.quantile(0.5), 2);
  EXPECT_DOUBLE_EQ(law.quantile(1.0), 3);
  EXPECT_DOUBLE_EQ(law.mean(), 0.4 * 1 + 0.2 * 2 + 0.4 * 3);
}

TEST(Distribution, QuantilesNeverDescendAndNeverPassTheGreatestValue) {
  const std::vector<Distribution> laws = {
      *Distribution::constant(7.0),
      *Distribution::uniform(1, 2),
      *Distribution::exponential(1e15),
      *Distribution::exponential(0),
      *Distribution::lognormal(1e10, 1e16),
      *Distribution::pareto(1e15, 1.01),
      *Distribution::empirical({{0, 0}, {1, Distribution::kGreatest}})};
  for (const Distribution& law : laws) {
    double last = 0;
    for (int i = 0; i <= 100; ++i) {
      const double x = law.quantile(i / 100.0);
      EXPECT_GE(x, last) << law.name() << " at " << i;
      EXPECT_LE(x, Distribution::kGreatest) << law.name();
      last = x;
    }
  }
}

TEST(Distribution, CutsHeavyTailsAtTheGreatestValue) {
  const Distribution law = *Distribution::pareto(Distribution::kGreatest, 1.5);
  Random random(1, "tail");
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(law.draw(random), Distribution::kGreatest);
  }
}

TEST(Distribution, RefusesParametersThatMakeNoLaw) {
  EXPECT_FALSE(Distribution::constant(-1.0));
  EXPECT_FALSE(Distribution::constant(kNaN));
  EXPECT_FALSE(Distribution::uniform(3, 2));
  EXPECT_FALSE(Distribution::exponential(-1));
  EXPECT_FALSE(Distribution::exponential(kInfinity));
  EXPECT_FALSE(Distribution::lognormal(9, 2));
  EXPECT_FALSE(Distribution::lognormal(0, 2));
  EXPECT_FALSE(Distribution::lognormal(kNaN, 2));
  EXPECT_FALSE(Distribution::lognormal_mu_sigma(0, -1));
  EXPECT_FALSE(Distribution::pareto(1, 1));
  EXPECT_FALSE(Distribution::pareto(0, 2));
  EXPECT_FALSE(Distribution::empirical({{0, 1}}));
  EXPECT_FALSE(Distribution::empirical({{0, 1}, {0.9, 2}}));
  EXPECT_FALSE(Distribution::empirical({{0, 1}, {0.5, 3}, {1, 2}}));
  EXPECT_FALSE(Distribution::empirical({{0, 1}, {0.5, 3}, {0.5, 4}, {1, 5}}));
  EXPECT_FALSE(Distribution::empirical({{0, 1}, {kNaN, 3}, {1, 5}}));
}

TEST(Distribution, SaysWhichParameterIsWrong) {
  EXPECT_NE(Distribution::uniform(-1, 2).error().message.find("low is -1"), std::string::npos);
  EXPECT_NE(Distribution::pareto(1, 0.5).error().message.find("shape > 1"), std::string::npos);
}

TEST(Distribution, KnowsItsNameAmongAllNames) {
  EXPECT_EQ(Distribution::lognormal(1, 2)->name(), "lognormal");
  EXPECT_EQ(Distribution::empirical({{0, 1}, {1, 2}})->name(), "empirical");
  EXPECT_EQ(Distribution::names().size(), 6U);
}

}  // namespace
}  // namespace wavetank::models
