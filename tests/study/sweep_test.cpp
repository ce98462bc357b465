#include "reports/study/sweep.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/study/small_sweep.h"

namespace wavetank::reports {
namespace {

using test::small_part;
using test::small_plan;
using test::small_run;
using testing::ElementsAre;
using testing::HasSubstr;

Histogram unpacked(const PackedHistogram& packed) {
  Histogram histogram;
  histogram.merge(packed);
  return histogram;
}

TEST(SweepPlan, NumbersItsRunsByPointAndThenBySeed) {
  const SweepPlan plan = small_plan();
  EXPECT_EQ(plan.points(), 6U);
  EXPECT_EQ(plan.runs(), 12U);
  EXPECT_THAT(plan.values_at(0), ElementsAre("1k/s", "1"));
  EXPECT_THAT(plan.values_at(1), ElementsAre("1k/s", "all"));
  EXPECT_THAT(plan.overrides_at(5),
              ElementsAre("workload.rate=4k/s", "workload.producer.acks=all"));
  EXPECT_EQ(plan.point_of(3), 1U);
  EXPECT_EQ(plan.seed_of(3), 8U);
}

TEST(SweepPlan, IsReadAsItWasWritten) {
  SweepPlan plan = small_plan();
  plan.shard = {2, 5};
  const Result<SweepPlan> read = read_plan(write_plan(plan));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, plan);
}

TEST(SweepPlan, ThatSomebodyHasEditedIsRefused) {
  const std::string good = write_plan(small_plan());
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"\"of\": 1", "\"of\": 0"},
           {"\"index\": 1", "\"index\": -1"},
           {"\"last_seed\": 8", "\"last_seed\": 6"},
           {"\"last_seed\": 8", "\"last_seed\": 9000000"},
           {"\"kind\": \"sweep\"", "\"kind\": \"hunt\""},
           {"\"values\"", "\"valves\""},
           {"{", "["}}) {
    std::string bad = good;
    bad.replace(bad.find(from), from.size(), to);
    EXPECT_FALSE(read_plan(bad)) << to;
  }
}

TEST(SweepPlan, HasALimitOfRunsAndSaysItsName) {
  SweepPlan plan = small_plan();
  EXPECT_TRUE(check(plan));
  plan.last_seed = plan.first_seed + kMaxSweepRuns;
  EXPECT_THAT(check(plan).error().message, HasSubstr("limit sweep runs"));
  plan = small_plan();
  plan.axes.push_back(plan.axes.front());
  EXPECT_THAT(check(plan).error().message, HasSubstr("varied twice"));
}

TEST(Shard, HasEveryRunOnceAmongThemAll) {
  for (std::uint64_t run = 0; run < 100; ++run) {
    int had = 0;
    for (std::uint32_t index = 1; index <= 7; ++index) {
      had += Shard{index, 7}.has(run) ? 1 : 0;
    }
    EXPECT_EQ(had, 1);
  }
}

TEST(SweepRun, IsReadAsItWasWritten) {
  const SweepRun run = small_run(5);
  const std::string line = write_run(run);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const Result<SweepRun> read = read_run(line);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->run, 5U);
  EXPECT_EQ(read->result, run.result);
  for (const auto& [a, b] :
       {std::pair(read->e2e, run.e2e), std::pair(read->publish, run.publish)}) {
    EXPECT_EQ(unpacked(a).counts(), unpacked(b).counts());
    EXPECT_EQ(unpacked(a).min(), unpacked(b).min());
    EXPECT_EQ(unpacked(a).max(), unpacked(b).max());
    EXPECT_EQ(unpacked(a).quantile(0.999), unpacked(b).quantile(0.999));
  }
  EXPECT_EQ(write_run(*read), line);
}

TEST(SweepRun, WithoutARecordIsReadAsItWasWritten) {
  const Result<SweepRun> read = read_run(write_run(SweepRun{}));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->e2e.count(), 0U);
}

TEST(SweepRun, ThatIsCutOffOrEditedIsRefused) {
  const std::string line = write_run(small_run(5));
  for (const std::size_t length :
       {std::size_t{0}, std::size_t{10}, line.size() / 2, line.size() - 1}) {
    EXPECT_FALSE(read_run(line.substr(0, length))) << length;
  }
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"\"run\":5", "\"run\":-5"},
           {"\"min_ns\":405000", "\"min_ns\":4"},
           {"\"max_ns\":", "\"max_ns\":9"},
           {"\"buckets\":[", "\"buckets\":[99999999,1,"},
           {"\"buckets\":[", "\"buckets\":[0,18446744073709551615,"},
           {"\"buckets\":[", "\"buckets\":[0,9007199254740993,"},
           {"\"buckets\":[", "\"buckets\":[0,-1,"},
           {"\"buckets\":[", "\"buckets\":[0.5,1,"},
           {"\"buckets\":[", "\"buckets\":[0,"},
           {"\"buckets\":[", "\"buckets\":[,"},
           {"\"buckets\":[", "\"bucket\":["},
           {"]},\"publish\"", ",]},\"publish\""},
           {"]},\"publish\"", ",60000,1,60001,1]},\"publish\""},
           {"\"schema_version\":1", "\"schema_version\":2"}}) {
    std::string bad = line;
    ASSERT_NE(bad.find(from), std::string::npos) << from;
    bad.replace(bad.find(from), from.size(), to);
    EXPECT_FALSE(read_run(bad)) << to;
  }
}

TEST(MergedSweep, TakesARunThatStandsTwiceOnceAndOnlyIfItIsTheSame) {
  SweepPart part = small_part({1, 1});
  part.lines.push_back(part.lines.front());
  EXPECT_TRUE(merge({part}));
  SweepRun other = small_run(0);
  other.result.provenance.digest = "another";
  part.lines.back() = write_run(other);
  const Result<MergedSweep> merged = merge({part});
  ASSERT_FALSE(merged);
  EXPECT_THAT(merged.error().message, HasSubstr("run 0 stands there twice, and differs"));
}

TEST(MergedSweep, IsTheWholeToTheByte) {
  const SweepPart whole = small_part({1, 1});
  for (const std::uint32_t count : {2U, 3U, 12U, 20U}) {
    std::vector<SweepPart> parts;
    for (std::uint32_t index = count; index >= 1; --index) {  // in any order
      parts.push_back(small_part({index, count}));
    }
    const Result<MergedSweep> merged = merge(parts);
    ASSERT_TRUE(merged) << merged.error().message;
    EXPECT_EQ(merged->plan, whole.plan);
    EXPECT_EQ(merged->lines, whole.lines);
    EXPECT_EQ(merged->runs.size(), whole.lines.size());
  }
}

class MergeRefuses : public testing::Test {
 protected:
  std::vector<SweepPart> parts{small_part({1, 3}), small_part({2, 3}), small_part({3, 3})};
  std::string why() {
    const Result<MergedSweep> merged = merge(parts);
    return merged ? "" : merged.error().message;
  }
};

TEST_F(MergeRefuses, ShardsThatAreMissing) {
  parts.erase(parts.begin() + 1);
  EXPECT_EQ(why(), "shard 2 of 3 is missing");
  parts.erase(parts.begin());
  EXPECT_EQ(why(), "shards 1, 2 of 3 are missing");
}

TEST_F(MergeRefuses, AShardThatIsThereTwice) {
  parts.push_back(small_part({2, 3}));
  EXPECT_EQ(why(), "part-2 and part-2 are both shard 2/3");
}

TEST_F(MergeRefuses, AShardThatHasNotFinished) {
  parts[2].lines.pop_back();
  EXPECT_EQ(why(), "shard 3/3 has not finished: run 11 is missing");
}

TEST_F(MergeRefuses, AnotherProgram) {
  parts[1].plan.program_version = "0.2.0";
  EXPECT_EQ(why(), "part-2 is of another program version than part-1: 0.2.0, not 0.1.0+1");
}

TEST_F(MergeRefuses, AnotherScenario) {
  parts[1].plan.scenario_sha256 = "beef";
  EXPECT_EQ(why(), "part-2 is of another scenario than part-1: beef, not 5f70bf18");
}

TEST_F(MergeRefuses, AnotherGridOrNumberOfShards) {
  parts[1].plan.last_seed = 9;
  EXPECT_THAT(why(), HasSubstr("another grid"));
  parts[1] = small_part({2, 4});
  EXPECT_EQ(why(), "part-2 is of another number of shards than part-1: 4, not 3");
}

TEST_F(MergeRefuses, RunsOfAnotherShard) {
  parts[1].lines.push_back(parts[0].lines.front());
  EXPECT_EQ(why(), "part-2: run 0 is none of its own");
}

}  // namespace
}  // namespace wavetank::reports
