#include "sim/calibrate/fit.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace wavetank::sim {
namespace {

using port::Work;
using Units = std::vector<std::pair<Work, std::uint64_t>>;

models::Prices assumed() {
  models::Prices prices{};
  prices.fill(1'000);  // a nanosecond each
  return prices;
}

/// So much work, in so many nanoseconds.
Timing timing(const Units& units, std::int64_t ns) {
  Timing it;
  for (const auto& [kind, count] : units) {
    it.work.charge(kind, count);
  }
  it.took = nanoseconds(ns);
  it.units = 1;
  return it;
}

double price_ns(const std::vector<Timing>& timings, Work kind) {
  return 1e-3 * fitted(timings, assumed())[static_cast<std::size_t>(kind)];
}

TEST(Fit, FindsThePricesOfWorkThatIsDoneAlone) {
  const std::vector timings{timing({{Work::batch, 1'000}}, 3'000),
                            timing({{Work::request, 1'000}}, 500)};
  EXPECT_NEAR(price_ns(timings, Work::batch), 3, 0.01);
  EXPECT_NEAR(price_ns(timings, Work::request), 0.5, 0.01);
}

TEST(Fit, TakesMixturesApart) {
  // A request takes 2 ns and a batch 0.5.
  const std::vector timings{timing({{Work::request, 1'000}, {Work::batch, 1'000}}, 2'500),
                            timing({{Work::request, 1'000}, {Work::batch, 10'000}}, 7'000)};
  EXPECT_NEAR(price_ns(timings, Work::request), 2, 0.01);
  EXPECT_NEAR(price_ns(timings, Work::batch), 0.5, 0.01);
}

TEST(Fit, LeavesWhatNothingMeasuresAsItWasAssumed) {
  const std::vector timings{timing({{Work::batch, 1'000}}, 5'000)};
  EXPECT_DOUBLE_EQ(price_ns(timings, Work::fsync), 1);
}

TEST(Fit, SharesOutWhatAlwaysComesTogether) {
  const std::vector timings{timing({{Work::batch, 100}, {Work::file_operation, 100}}, 300)};
  EXPECT_NEAR(price_ns(timings, Work::batch), 1.5, 0.01);
  EXPECT_NEAR(price_ns(timings, Work::file_operation), 1.5, 0.01);
}

TEST(Fit, NeverPaysForWork) {
  // More of it takes less time: whatever that is, it is no price below nothing.
  const std::vector timings{timing({{Work::batch, 100}}, 1'000),
                            timing({{Work::batch, 100}, {Work::timer, 100}}, 500)};
  EXPECT_DOUBLE_EQ(price_ns(timings, Work::timer), 0);
}

TEST(Fit, PricesWorkByWhatItFound) {
  models::Prices prices = assumed();
  prices[static_cast<std::size_t>(Work::request)] = 300'000;
  EXPECT_DOUBLE_EQ(priced_ns(timing({{Work::request, 2}, {Work::batch, 5}}, 1).work, prices), 605);
}

}  // namespace
}  // namespace wavetank::sim
