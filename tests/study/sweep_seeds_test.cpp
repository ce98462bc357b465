#include "reports/study/sweep_seeds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/study/sweep_table.h"
#include "tests/study/small_sweep.h"

namespace wavetank::reports {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Six points of 20 seeds at most, each until e2e.p50 is known to 5 %.
SweepPlan plan_until() {
  SweepPlan plan = test::small_plan();
  plan.last_seed = plan.first_seed + 19;
  plan.until = PrecisionGoal{*scenarios::parse_subject("e2e.p50"), 0.05};
  return plan;
}

std::vector<std::uint64_t> begun(SweepSeeds& seeds, std::size_t most = 1'000) {
  std::vector<std::uint64_t> runs;
  while (runs.size() < most) {
    const auto next = seeds.begin();
    if (!next) {
      break;
    }
    runs.push_back(*next);
  }
  return runs;
}

TEST(SweepSeeds, WithoutAGoalAreAllThatAreLeftOfTheShard) {
  SweepPlan plan = test::small_plan();
  plan.shard = {2, 3};
  SweepSeeds seeds(plan);
  EXPECT_EQ(seeds.wanted(), 4U);
  seeds.ended(4, 1.0);
  EXPECT_THAT(begun(seeds), ElementsAre(1, 7, 10));
}

TEST(SweepSeeds, BeginWithFiveAtEveryPoint) {
  SweepSeeds seeds(plan_until());
  EXPECT_EQ(seeds.wanted(), 30U);
  const std::vector<std::uint64_t> first = begun(seeds);
  EXPECT_EQ(first.size(), 30U);
  EXPECT_THAT(std::vector(first.begin(), first.begin() + 7), ElementsAre(0, 1, 2, 3, 4, 20, 21));
}

TEST(SweepSeeds, GoOnWhereFiveDoNotSuffice) {
  SweepSeeds seeds(plan_until());
  begun(seeds);
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    seeds.ended(seed, 100.0);                          // the first point is sure
    seeds.ended(20 + seed, seed % 2 == 0 ? 90 : 110);  // the second is not
  }
  EXPECT_THAT(begun(seeds), ElementsAre(25, 26, 27, 28, 29));
  EXPECT_EQ(seeds.wanted(), 35U);
}

TEST(SweepSeeds, GoOnOnlyWhenAllOfAStepHaveEnded) {
  SweepSeeds seeds(plan_until());
  begun(seeds);
  for (const std::uint64_t seed : {4, 3, 2, 1}) {
    seeds.ended(seed, static_cast<double>(seed));
  }
  EXPECT_TRUE(begun(seeds).empty());
  seeds.ended(0, 1);
  EXPECT_EQ(begun(seeds).size(), 5U);
}

TEST(SweepSeeds, GoOnAsIfTheyHadNotBeenInterrupted) {
  SweepSeeds whole(plan_until());
  SweepSeeds again(plan_until());
  begun(whole);
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    whole.ended(seed, static_cast<double>(seed));
    again.ended(4 - seed, static_cast<double>(4 - seed));
  }
  EXPECT_THAT(begun(whole), ElementsAre(5, 6, 7, 8, 9));
  EXPECT_THAT(begun(again, 5), ElementsAre(5, 6, 7, 8, 9));
}

TEST(SweepSeeds, EndWhereNoMoreAreAllowed) {
  SweepSeeds seeds(plan_until());
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    seeds.ended(seed, std::nullopt);
  }
  EXPECT_EQ(begun(seeds, 1).front(), 20U);
}

TEST(SweepSeeds, AreTooFewOrSharedWhereNoIntervalCanBeHad) {
  SweepPlan few = plan_until();
  few.last_seed = few.first_seed + 3;
  EXPECT_THAT(check(few).error().message, HasSubstr("5 seeds at least"));
  SweepPlan shared = plan_until();
  shared.shard = {1, 2};
  EXPECT_THAT(check(shared).error().message, HasSubstr("no --shard"));
}

TEST(SweepSeeds, ArePartOfThePlanAsItIsKept) {
  const SweepPlan plan = plan_until();
  const Result<SweepPlan> read = read_plan(write_plan(plan));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, plan);
  EXPECT_FALSE(*read == test::small_plan());
  std::string edited = write_plan(plan);
  edited.replace(edited.find("0.05"), 4, "1.05");
  EXPECT_FALSE(read_plan(edited));
}

TEST(SweepSeeds, SayInTheTableHowManyTheyWereAndWhetherTheyWereEnough) {
  std::vector<SweepRun> runs;
  for (const std::uint64_t run : {0, 1, 2, 3, 4, 20, 21, 22, 23, 24}) {
    runs.push_back(test::small_run(run));
    runs.back().figure = run < 20 ? 0.2 : 0.1 * static_cast<double>(run - 19);
  }
  const SweepTable table = tabulate(plan_until(), runs);
  EXPECT_TRUE(table.rows[0].figure->reached);
  EXPECT_FALSE(table.is_precise());
  EXPECT_EQ(table.wanted, 35U);
  const std::string text = sweep_text(table, true);
  EXPECT_THAT(text, HasSubstr("5 seeds each, of 20 at most, until the 95 % interval of the mean of "
                              "e2e.p50 is within 5 % of it; 10 of 35 runs"));
  EXPECT_THAT(text, HasSubstr("200 ms +- 0 "));
  EXPECT_THAT(text, HasSubstr("300 ms +- 196 ms, not within 5 %"));
}

TEST(SweepSeeds, AreKeptWithTheFigureOfEach) {
  SweepRun run = test::small_run(3);
  run.figure = 0.25;
  EXPECT_EQ(read_run(write_run(run))->figure, 0.25);
  EXPECT_EQ(read_run(write_run(test::small_run(3)))->figure, std::nullopt);
}

}  // namespace
}  // namespace wavetank::reports
