#include "models/keys.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace wavetank::models {
namespace {

constexpr std::uint64_t kDraws = 1'000'000;

std::vector<std::uint64_t> counts_of(const KeyLaw& law) {
  Random random(7, "keys");
  std::vector<std::uint64_t> counts(law.keys());
  for (std::uint64_t i = 0; i < kDraws; ++i) {
    ++counts.at(law.draw(random));
  }
  return counts;
}

/// Pearson's statistic against the law's own probabilities, ranks that expect fewer than 20 draws
/// taken together; below the mean of chi-square plus five of its standard deviations.
void expect_fits(const KeyLaw& law) {
  const std::vector<std::uint64_t> counts = counts_of(law);
  double statistic = 0;
  double degrees = -1;
  double pooled_count = 0;
  double pooled_expected = 0;
  const auto add = [&](double count, double expected) {
    statistic += (count - expected) * (count - expected) / expected;
    ++degrees;
  };
  for (std::uint64_t rank = 0; rank < law.keys(); ++rank) {
    const double expected = law.probability(rank) * static_cast<double>(kDraws);
    if (expected >= 20) {
      add(static_cast<double>(counts[rank]), expected);
    } else {
      pooled_count += static_cast<double>(counts[rank]);
      pooled_expected += expected;
    }
  }
  if (pooled_expected >= 1) {
    add(pooled_count, pooled_expected);
  }
  EXPECT_LT(statistic, degrees + 5 * std::sqrt(2 * degrees));
}

double total_probability(const KeyLaw& law) {
  double sum = 0;
  for (std::uint64_t rank = 0; rank < law.keys(); ++rank) {
    sum += law.probability(rank);
  }
  return sum;
}

TEST(GeneralizedHarmonic, MatchesTheSumOfItsTerms) {
  for (const double s : {0.5, 0.99, 1.0, 1.1, 3.0}) {
    double sum = 0;
    for (std::uint64_t i = 100'000; i >= 1; --i) {
      sum += std::pow(static_cast<double>(i), -s);
    }
    EXPECT_NEAR(generalized_harmonic(100'000, s) / sum, 1.0, 1e-12) << s;
  }
  EXPECT_DOUBLE_EQ(generalized_harmonic(1, 2.5), 1.0);
}

TEST(GeneralizedHarmonic, NearsTheZetaFunction) {
  // zeta(2) = pi^2 / 6; what is missing after n terms is 1/n - 1/(2 n^2) + ...
  EXPECT_NEAR(generalized_harmonic(kKeysMax, 2.0), M_PI * M_PI / 6, 1e-12);
}

TEST(ZipfKeys, FollowTheLawBelowAtAndAboveExponentOne) {
  for (const double s : {0.2, 0.8, 1.0, 1.1, 2.5}) {
    SCOPED_TRACE(s);
    expect_fits(*KeyLaw::zipf(1000, s));
  }
}

TEST(ZipfKeys, FollowTheLawForFewAndForManyKeys) {
  for (const std::uint64_t n : {2ULL, 3ULL, 10ULL, 100'000ULL}) {
    SCOPED_TRACE(n);
    expect_fits(*KeyLaw::zipf(n, 1.0));
  }
}

TEST(ZipfKeys, OfOneKeyAreThatKey) {
  const KeyLaw law = *KeyLaw::zipf(1, 1.1);
  Random random(1, "one");
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(law.draw(random), 0U);
  }
  EXPECT_DOUBLE_EQ(law.probability(0), 1.0);
}

TEST(ZipfKeys, StayInRangeAtTheBounds) {
  Random random(1, "bounds");
  for (const double s : {1e-9, 1.0, 1.0 + 1e-12, 100.0}) {
    const KeyLaw law = *KeyLaw::zipf(kKeysMax, s);
    for (int i = 0; i < 10'000; ++i) {
      ASSERT_LT(law.draw(random), kKeysMax) << s;
    }
  }
}

TEST(ZipfKeys, HottestKeyOfAHundredThousandTakesItsShare) {
  const KeyLaw law = *KeyLaw::zipf(100'000, 1.1);
  const double p = law.probability(0);
  const double seen = static_cast<double>(counts_of(law)[0]) / static_cast<double>(kDraws);
  EXPECT_NEAR(seen, p, 4 * std::sqrt(p * (1 - p) / static_cast<double>(kDraws)));
}

TEST(UniformKeys, AreAllAlike) {
  expect_fits(*KeyLaw::uniform(1000));
}

TEST(HotKeys, TakeTheirShareAndLeaveTheRestToTheOthers) {
  const KeyLaw law = *KeyLaw::hot(1000, 3, 0.6);
  EXPECT_DOUBLE_EQ(law.probability(2), 0.2);
  EXPECT_DOUBLE_EQ(law.probability(3), 0.4 / 997);
  expect_fits(law);
}

TEST(KeyLaw, ProbabilitiesSumToOne) {
  EXPECT_NEAR(total_probability(*KeyLaw::uniform(10'000)), 1.0, 1e-9);
  EXPECT_NEAR(total_probability(*KeyLaw::zipf(10'000, 0.9)), 1.0, 1e-9);
  EXPECT_NEAR(total_probability(*KeyLaw::hot(10'000, 7, 0.3)), 1.0, 1e-9);
  EXPECT_EQ(KeyLaw::uniform(10)->probability(10), 0.0);
}

TEST(KeyLaw, RefusesParametersThatMakeNoLaw) {
  EXPECT_FALSE(KeyLaw::uniform(0));
  EXPECT_FALSE(KeyLaw::uniform(kKeysMax + 1));
  EXPECT_FALSE(KeyLaw::zipf(10, 0));
  EXPECT_FALSE(KeyLaw::zipf(10, std::nan("")));
  EXPECT_FALSE(KeyLaw::zipf(0, 1));
  EXPECT_FALSE(KeyLaw::hot(10, 0, 0.5));
  EXPECT_FALSE(KeyLaw::hot(10, 10, 0.5));
  EXPECT_FALSE(KeyLaw::hot(10, 1, 1.5));
}

}  // namespace
}  // namespace wavetank::models
