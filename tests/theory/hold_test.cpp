// How a law is judged. The laws here say what a seed gives, without any simulation.

#include "sim/theory/hold.h"

#include <gtest/gtest.h>

namespace wavetank::sim::theory {
namespace {

using reports::Agreement;
using reports::TheoryRow;

constexpr std::size_t kSeeds = 20;

/// Of a law whose runs give 100, one more or one less by turns, plus what `off` says of a seed.
std::vector<TheoryRow> rows_of(const std::function<double(std::uint64_t)>& off,
                               std::size_t jobs = 2) {
  const Law law{"test",
                "nothing",
                "nobody",
                {{"first", "100", 100, ""}, {"second", "1", 1, ""}},
                [=](const Trial& trial) -> std::vector<double> {
                  const double jitter = trial.seed % 2 == 0 ? 1 : -1;
                  return {100 + jitter + off(trial.seed), 1 + jitter / 100};
                }};
  return hold(
      {law}, {jobs, kSeeds}, [](const Law&) {}, [] { return false; });
}

TEST(Holding, IsWithinWhenTheIntervalHoldsWhatTheorySays) {
  const auto rows = rows_of([](std::uint64_t) { return 0; });
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].agreement(), Agreement::within);
  EXPECT_EQ(rows[0].runs, kSeeds);
  EXPECT_DOUBLE_EQ(rows[0].simulated->value, 100);
  EXPECT_DOUBLE_EQ(rows[1].simulated->value, 1);
}

TEST(Holding, IsDecidedByOtherSeedsWhenTheFirstOnesWereUnlucky) {
  const auto rows = rows_of([](std::uint64_t seed) { return seed <= kSeeds ? 2 : 0; });
  EXPECT_EQ(rows[0].agreement(), Agreement::within);
  EXPECT_EQ(rows[0].runs, 4 * kSeeds);
  EXPECT_EQ(rows[1].runs, 4 * kSeeds) << "a law is run as a whole";
}

TEST(Holding, IsOutsideWhenTheOtherSeedsSaySoToo) {
  const auto rows = rows_of([](std::uint64_t) { return 2; });
  EXPECT_EQ(rows[0].agreement(), Agreement::outside);
  EXPECT_EQ(rows[1].agreement(), Agreement::within);
  EXPECT_EQ(reports::judge(rows), reports::ExitCode::failure);
}

TEST(Holding, IsDecidedByOtherSeedsWhenTheFirstOnesSaidTooLittle) {
  const auto rows = rows_of([](std::uint64_t seed) {
    const double wide = seed % 4 < 2 ? 10 : -10;
    return seed <= kSeeds ? wide : 0;
  });
  EXPECT_EQ(rows[0].agreement(), Agreement::within);
  EXPECT_EQ(rows[0].runs, 4 * kSeeds);
}

/// How a figure is judged that the other seeds find off by so much.
Agreement judged(double off) {
  return rows_of([=](std::uint64_t seed) { return seed <= kSeeds ? 2 : off; })[0].agreement();
}

TEST(Holding, IsSureBeforeItSaysOutside) {
  // 80 runs of deviation 1: half of the interval is 0.23 with 95 %, 0.41 with 99.9 %.
  EXPECT_EQ(judged(0.35), Agreement::within);
  EXPECT_EQ(judged(0.45), Agreement::outside);
}

TEST(Holding, TakesNarrowerIntervalsToBeSure) {
  const auto first = rows_of([](std::uint64_t) { return 0; });
  const auto second = rows_of([](std::uint64_t seed) { return seed <= kSeeds ? 2 : 0; });
  EXPECT_EQ(first[0].confidence, reports::Confidence::usual);
  EXPECT_EQ(second[0].confidence, reports::Confidence::strict);
  EXPECT_LT(second[0].half_interval(), first[0].half_interval());
}

TEST(Holding, IsUnknownWhenARunDies) {
  const auto rows = rows_of([](std::uint64_t seed) -> double {
    if (seed == 7) {
      std::_Exit(3);
    }
    return 0;
  });
  EXPECT_EQ(rows[0].agreement(), Agreement::unknown);
  EXPECT_EQ(rows[0].runs, kSeeds) << "others would not make it good";
}

TEST(Holding, DoesNotDependOnTheNumberOfJobs) {
  const auto off = [](std::uint64_t seed) { return static_cast<double>(seed) / 100; };
  const auto one = rows_of(off, 1);
  const auto many = rows_of(off, 7);
  EXPECT_EQ(one[0].simulated, many[0].simulated);
  EXPECT_EQ(reports::theory_json(one), reports::theory_json(many));
}

}  // namespace
}  // namespace wavetank::sim::theory
