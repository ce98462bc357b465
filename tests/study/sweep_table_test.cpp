#include "reports/study/sweep_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/study/small_sweep.h"

namespace wavetank::reports {
namespace {

using testing::HasSubstr;
using testing::Not;

SweepTable table_of(std::uint64_t runs) {
  std::vector<SweepRun> all;
  for (std::uint64_t number = 0; number < runs; ++number) {
    all.push_back(test::small_run(number));
  }
  return tabulate(test::small_plan(), all);
}

TEST(SweepTable, HasARowAPointOverItsSeeds) {
  const SweepTable table = table_of(12);
  ASSERT_EQ(table.rows.size(), 6U);
  const SweepRow& row = table.rows[1];  // runs 2 and 3
  EXPECT_EQ(row.runs, 2U);
  EXPECT_EQ(row.passed, 1U);
  EXPECT_DOUBLE_EQ(row.p99_ms->value, 5.5);
  EXPECT_NEAR(*row.p99_ms->high - row.p99_ms->value, 12.706 * 0.5, 1e-9);
  EXPECT_EQ(row.e2e.count, 2'000U);
  EXPECT_EQ(row.e2e.max, milliseconds(23) + nanoseconds(12'345));
  EXPECT_EQ(row.ledger.delivered, 2'000U);
  EXPECT_EQ(row.fullest.what, "broker-1 processor 95 %");
  EXPECT_THAT(row.digests, testing::ElementsAre("d2", "d3"));
}

TEST(SweepTable, CountsARunThatDeliversNothing) {
  std::vector<SweepRun> all{test::small_run(0), test::small_run(1)};
  all[1].result.metrics.e2e.all.count = 0;
  all[1].result.metrics.throughput_out.all = 0;
  const SweepTable table = tabulate(test::small_plan(), all);
  EXPECT_DOUBLE_EQ(table.rows[0].throughput_out->value, 500);
  EXPECT_DOUBLE_EQ(table.rows[0].p99_ms->value, 3);
  EXPECT_THAT(sweep_text(table, true), HasSubstr("3 ms (of 1 of 2 runs)"));
}

TEST(SweepTable, NamesWhatIsFullOnAverageOverTheSeeds) {
  std::vector<SweepRun> all{test::small_run(0), test::small_run(1)};
  all[1].result.utilisation.resources = {
      {"broker-1", Resource::cpu, "", 2, 0.35, 1, Time() + seconds(4), {}},
      {"broker-2", Resource::cpu, "", 2, 1.0, 1, Time() + seconds(4), {}}};
  SweepTable table = tabulate(test::small_plan(), all);
  EXPECT_THAT(sweep_text(table, true), HasSubstr("nothing full, most broker-1 processor 65 %"));
  EXPECT_EQ(nlohmann::json::parse(sweep_json(table))["points"][0]["bound_by"], nullptr);
  all[1].result.utilisation = all[0].result.utilisation;
  table = tabulate(test::small_plan(), all);
  EXPECT_EQ(nlohmann::json::parse(sweep_json(table))["points"][0]["bound_by"],
            "broker-1 processor 95 %");
}

TEST(SweepTable, LeavesFiguresOfRunsThatWereCutShortOutOfTheMeans) {
  std::vector<SweepRun> all{test::small_run(0), test::small_run(1)};
  all[1].result.partial = {ExitCode::stopped_by_budget, "stopped at 2 s of 10 s"};
  all[1].result.metrics.throughput_out.all = 1;
  const SweepTable table = tabulate(test::small_plan(), all);
  EXPECT_DOUBLE_EQ(table.rows[0].throughput_out->value, 1'000);
  EXPECT_DOUBLE_EQ(table.rows[0].p99_ms->value, 3);
  EXPECT_THAT(sweep_text(table, true), HasSubstr("1k/s (of 1 of 2 runs)"));
}

TEST(SweepTable, OfASweepThatWasInterruptedSaysSo) {
  const SweepTable table = table_of(3);
  EXPECT_EQ(table.rows.size(), 2U);
  EXPECT_THAT(sweep_text(table, true), HasSubstr("3 of 12 runs"));
}

TEST(SweepTable, AsTextHasAColumnAnAxis) {
  const std::string text = sweep_text(table_of(12), true);
  EXPECT_THAT(text, HasSubstr("workload.rate  workload.producer.acks"));
  EXPECT_THAT(text, HasSubstr("1 of 2 fail"));
  EXPECT_THAT(text, HasSubstr("3.5 ms +- 6.35 ms"));
  EXPECT_THAT(text, HasSubstr("6 points, 2 seeds each"));
}

TEST(SweepTable, AsMarkdownIsATableThatNoTitleBreaks) {
  const std::string text = sweep_markdown(table_of(12));
  EXPECT_THAT(text, Not(HasSubstr("<brokers>")));
  EXPECT_THAT(text, HasSubstr("| verdict | bound by |\n|---|---|---:|---:|---:|---:|---|---|\n"));
}

TEST(SweepTable, AsJsonHasEveryPoint) {
  const auto json = nlohmann::json::parse(sweep_json(table_of(12)));
  EXPECT_EQ(json["kind"], "sweep");
  EXPECT_EQ(json["points"].size(), 6U);
  EXPECT_EQ(json["points"][1]["values"]["workload.producer.acks"], "all");
  EXPECT_DOUBLE_EQ(json["points"][1]["p99_ms"]["value"], 5.5);
}

TEST(SweepTable, AsAPageDrawsEveryAxisAndRunsNothing) {
  const std::string page = sweep_page(table_of(12));
  EXPECT_THAT(page, Not(HasSubstr("<brokers>")));
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, HasSubstr("aria-label=\"p99 end to end by workload.rate"));
  EXPECT_THAT(page, HasSubstr("workload.producer.acks=all"));
  EXPECT_THAT(page, HasSubstr("1k/s: 3.5 ms (0 s .. 9.85 ms)"));
}

TEST(SweepTable, AsAPageIsThereEvenWithoutARun) {
  EXPECT_THAT(sweep_page(table_of(0)), HasSubstr("</html>"));
}

}  // namespace
}  // namespace wavetank::reports
