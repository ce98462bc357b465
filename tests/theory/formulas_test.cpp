#include "sim/theory/formulas.h"

#include <gtest/gtest.h>

#include <cmath>

namespace wavetank::sim::theory {
namespace {

constexpr double kExact = 1e-9;

TEST(ErlangC, OfOneServerIsItsLoad) {
  EXPECT_NEAR(erlang_c(1, 0.8), 0.8, kExact);
}

TEST(ErlangC, OfTwoServersIsTwiceTheSquareOfTheLoadByOneAndTheLoad) {
  EXPECT_NEAR(erlang_c(2, 0.5), 2 * 0.25 / 1.5, kExact);
}

TEST(CrommelinsWait, OfOneServerIsHalfOfThatOfPollaczekAndKhinchineForExponentialTimes) {
  EXPECT_NEAR(crommelin_wait(1, 0.8), 2, 1e-6);
  EXPECT_NEAR(2 * crommelin_wait(1, 0.5), pollaczek_khinchine_wait(0.5, 1, 2), 1e-6);
}

TEST(CrommelinsWait, OfSeveralServersIsLessThanErlangsForExponentialTimes) {
  const double erlang = erlang_c(4, 0.9) / (4 * 0.1);
  EXPECT_GT(crommelin_wait(4, 0.9), erlang / 2);  // half of it in the limit of heavy traffic
  EXPECT_LT(crommelin_wait(4, 0.9), erlang);
}

TEST(WaitOfEvenArrivals, IsLessThanOfRandomOnes) {
  // The root of s = exp(-2(1-s)), as tables of D/M/1 have it.
  EXPECT_NEAR(even_arrivals_wait(0.5), 0.20319 / (1 - 0.20319), 1e-4);
  EXPECT_LT(even_arrivals_wait(0.8), 0.8 / 0.2);
}

TEST(RepairmansProblem, OfOneCustomerIsHisShareOfTime) {
  EXPECT_NEAR(repairman_busy_share(1, 9), 0.1, kExact);
}

TEST(OrderStatistic, OfExponentialTimesIsADifferenceOfHarmonicNumbers) {
  const auto survives = [](double t) { return std::exp(-t); };
  EXPECT_NEAR(order_statistic_mean(1, 3, survives, 60), 1.0 / 3, 1e-6);
  EXPECT_NEAR(order_statistic_mean(2, 3, survives, 60), harmonic(3) - harmonic(1), 1e-6);
  EXPECT_NEAR(order_statistic_mean(5, 5, survives, 60), harmonic(5), 1e-6);
}

}  // namespace
}  // namespace wavetank::sim::theory
