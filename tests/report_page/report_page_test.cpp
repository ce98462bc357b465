#include "reports/html/report_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/html/blocks.h"
#include "reports/html/tornado_chart.h"
#include "tests/report_page/sample_pages.h"
#include "tests/reports/sample_run.h"

namespace wavetank::reports {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string page(const RunResult& run) {
  return report_page(run, "wavetank run x.json --seed 7");
}

std::size_t count(const std::string& text, std::string_view what) {
  std::size_t found = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
    ++found;
  }
  return found;
}

TEST(ReportPage, SaysTheVerdictAndHowToRepeatItBeforeAnythingElse) {
  const std::string shown = page(sample::concluded());
  EXPECT_LT(shown.find("FAIL"), shown.find("Objectives"));
  EXPECT_LT(shown.find("wavetank run x.json --seed 7"), shown.find("Objectives"));
}

TEST(ReportPage, LeavesTheCommandOutWhenItIsNotKnown) {
  EXPECT_THAT(report_page(sample::passing(), ""), Not(HasSubstr("class=\"command\"")));
}

TEST(ReportPage, IsTheSameForTheSameResult) {
  EXPECT_EQ(page(sample::concluded()), page(sample::concluded()));
}

TEST(ReportPage, ShowsViolatedObjectivesFirst) {
  const std::string cards = html::objective_cards(sample::concluded(), nullptr).code();
  EXPECT_LT(cards.find("class=\"card fail\""), cards.find("class=\"card unknown\""));
  EXPECT_LT(cards.find("class=\"card unknown\""), cards.find("class=\"card pass\""));
}

TEST(ReportPage, HasNoMoreScriptsThanItsOwnWhateverAScenarioSays) {
  const std::string tame = page(sample::concluded());
  const std::string wild = page(sample::hostile());
  EXPECT_EQ(count(wild, "<script"), count(tame, "<script"));
  EXPECT_EQ(count(wild, "</script"), count(tame, "</script"));
  EXPECT_EQ(count(wild, "<img"), 0);
  const std::string read_by_people = wild.substr(0, wild.find("<script type=\"application/json\""));
  EXPECT_EQ(count(read_by_people, "\u202e"), 0);
}

TEST(ReportPage, IsWholeForARunInWhichNothingHappened) {
  EXPECT_THAT(page(sample::nothing()), HasSubstr("Provenance"));
}

TEST(ReportPage, StaysUnderTwoMegabytesHoweverMuchThereIsToShow) {
  EXPECT_LT(page(sample::crowded()).size(), 2'000'000U);
}

TEST(ReportPage, StaysUnderTwoMegabytesWhateverAScenarioAsksFor) {
  const RunResult run = sample::enormous();
  const std::string page = report_page(run, "wavetank run x.json");
  EXPECT_LT(page.size(), 2'000'000U);
  EXPECT_THAT(page,
              HasSubstr("The whole result is too large for this page: it is in result.json."));
  EXPECT_THAT(page, HasSubstr("id=\"result\" data-cut>"));
  EXPECT_THAT(page, HasSubstr("and 940 more: see result.json")) << "objectives";
  EXPECT_THAT(page, HasSubstr("and 800 more: see result.json")) << "faults";
  EXPECT_THAT(page, HasSubstr("and 2,500 more: see result.json")) << "steps";
  EXPECT_THAT(report_page(sample::passing(), ""), Not(HasSubstr("data-cut")));
}

TEST(Timeline, BreaksALineWhereNothingWasDelivered) {
  RunResult run = sample::passing();
  const std::size_t whole = count(html::timeline(run).code(), "H");
  run.series[200].count = 0;
  const std::string broken = html::timeline(run).code();
  EXPECT_LT(count(broken, "H"), whole);
  const std::size_t p50 =
      broken.find("class=\"line p50\" d=\"M", broken.find("class=\"line p99\" d=\"M"));
  const std::string line = broken.substr(p50, broken.find("/>", p50) - p50);
  EXPECT_EQ(count(line, "M"), 2) << "two strokes of p50";
}

TEST(Timeline, EndsWhereNothingHappensAnyMore) {
  RunResult run = sample::passing();
  SeriesPoint quiet;
  quiet.at = Time() + seconds(500);
  run.series.push_back(quiet);
  EXPECT_THAT(html::timeline(run).code(), Not(HasSubstr("data-end=\"500\"")));
}

TEST(Timeline, MarksEveryFaultAndTheLimitOfAnObjective) {
  const std::string drawn = html::timeline(sample::concluded()).code();
  EXPECT_EQ(count(drawn, "class=\"fault\""), 1);
  EXPECT_EQ(count(drawn, "class=\"aftermath\""), 1);
  EXPECT_THAT(drawn, HasSubstr("crash broker-2"));
  EXPECT_THAT(drawn, HasSubstr("e2e.p99 &lt; 4s during fault"));
}

TEST(ClusterMap, GroupsHostsByNameAndOutlinesTheBusiest) {
  RunResult run = sample::passing();
  run.metrics.hosts = {{"client", 0.1, 0, 0, 0, 0.2},
                       {"broker-1", 0.2, 0.7, 0, 0, 0},
                       {"broker-2", 0.2, 0.9, 0, 0, 0}};
  run.config_json = R"({"services": {"log": {"brokers": "broker[*]"}},
                        "workload": [{"on": "client"}], "consumers": [{"on": "client"}]})";
  const std::string map = html::cluster_map(run).code();
  EXPECT_THAT(map, HasSubstr("2 × broker"));
  EXPECT_THAT(map, HasSubstr("log brokers"));
  EXPECT_THAT(map, HasSubstr("workload, consumers"));
  EXPECT_THAT(map, HasSubstr("Busiest: broker-2, disk 90 %"));
  EXPECT_THAT(map, HasSubstr("At its worst, for a second at 31 s: broker-1, disk 100 %."));
  EXPECT_EQ(count(map, "bottleneck"), 1);
}

TEST(ClusterMap, ColoursTheFlowToTheReadersByTheGreatestBacklog) {
  RunResult run = sample::passing();
  run.metrics.hosts = {{"client", 0.1, 0, 0, 0, 0.2}, {"broker", 0.2, 0.7, 0, 0, 0}};
  run.config_json = R"({"services": {"log": {"brokers": "broker"}},
                        "workload": [{"on": "client"}], "consumers": [{"on": "client"}]})";
  run.metrics.throughput_in.all = 1'000;
  run.metrics.lag.peak = 10'000;
  const std::string map = html::cluster_map(run).code();
  EXPECT_THAT(map, HasSubstr("<g class=\"flow u7\"><title>what consumers read; greatest backlog: "
                             "10k records, as many as 10 s of the load</title>"));
  EXPECT_THAT(map, HasSubstr("lag 10k</text>"));
  run.metrics.lag.peak = 1;
  EXPECT_THAT(html::cluster_map(run).code(), Not(HasSubstr("flow u7")));
  run.config_json =
      R"({"services": {"log": {"brokers": "broker"}}, "workload": [{"on": "client"}]})";
  EXPECT_THAT(html::cluster_map(run).code(), Not(HasSubstr("lag 1"))) << "nobody reads";
}

TEST(ClusterMap, ShowsTheBusiestOfManyHosts) {
  const std::string map = html::cluster_map(sample::crowded()).code();
  EXPECT_THAT(map, HasSubstr("1000 × broker, the busiest 12"));
  EXPECT_EQ(count(map, "class=\"host"), 12);
}

TEST(PercentileCurve, DrawsTheNaiveLatencyBesideAndSaysWhatItHides) {
  const std::string drawn = html::percentile_curve(sample::passing(), nullptr).code();
  EXPECT_EQ(count(drawn, "class=\"line curve-naive\""), 2) << "the line, and its key";
  EXPECT_THAT(drawn, HasSubstr("would report a p99 that is lower by 19 % ("));
  EXPECT_EQ(count(drawn, "curve-baseline"), 0);
}

TEST(PercentileCurve, MarksTheLimitsOfObjectives) {
  const std::string drawn = html::percentile_curve(sample::concluded(), nullptr).code();
  EXPECT_EQ(count(drawn, "class=\"limit-mark fail\""), 1);
  EXPECT_EQ(count(drawn, "class=\"limit-mark pass\""), 1);
}

TEST(UseHeatMap, ShowsEachResourceThatWasEverBusyWithItsWorstSecond) {
  const std::string map = html::use_heat_map(sample::passing()).code();
  EXPECT_THAT(map, HasSubstr("broker-1 disk"));
  EXPECT_THAT(map, HasSubstr("peak 100 % at 31 s"));
  EXPECT_EQ(count(map, ">peak "), 9) << "all that were ever above a twentieth";
}

TEST(UseHeatMap, KeepsTheBusiestOfMany) {
  const std::string map = html::use_heat_map(sample::crowded()).code();
  EXPECT_EQ(count(map, ">peak "), 24);
  EXPECT_THAT(map, HasSubstr("24 of 40 are shown"));
}

TEST(LatencyHeatMap, ReadsTheSameOnDarkPages) {
  const std::string map = html::latency_heat_map(sample::concluded()).code();
  EXPECT_THAT(map, HasSubstr("the stronger the colour, the more"));
  EXPECT_THAT(map, testing::Not(HasSubstr("dark")));
}

TEST(EventLog, SaysThatAnObjectiveHoldsAgainOnlyWhereItDoes) {
  RunResult run = sample::concluded();
  run.slos.resize(1);
  SloReport& slo = run.slos.front();
  slo.expr = "publish.p99 < 1ms";
  slo.ok = false;
  slo.breaches = {{Time() + seconds(10), Time() + seconds(12)},
                  {Time() + seconds(20), run.ended_at + seconds(1)}};
  const auto times_held_again = [&] {
    const std::string log = html::event_log(run).code();
    std::size_t count = 0;
    for (std::size_t at = log.find("holds again"); at != std::string::npos;
         at = log.find("holds again", at + 1)) {
      ++count;
    }
    return count;
  };
  EXPECT_EQ(times_held_again(), 1U) << "one breach lasts to the end";
  slo.expr = "e2e.p99 < 1ms";
  for (SeriesPoint& point : run.series) {
    point.count = 0;
  }
  EXPECT_EQ(times_held_again(), 0U);
  EXPECT_THAT(html::event_log(run).code(), HasSubstr("nothing is delivered that could be judged"));
}

TEST(EventLog, NamesTheCommandThatShowsEachMoment) {
  const std::string log = html::event_log(sample::concluded()).code();
  EXPECT_THAT(log, HasSubstr("wavetank replay . --at 120.000s --show broker-2"));
  EXPECT_THAT(log, HasSubstr("e2e.p99 &lt; 4s during fault does not hold"));
  EXPECT_LT(log.find("crash broker-2: noticed"), log.find("service is whole again"));
}

TEST(EventLog, IsEmptyWhereNothingWentWrong) {
  RunResult run = sample::passing();
  run.faults.clear();
  EXPECT_EQ(html::event_log(run).code(), "");
}

TEST(Baseline, StandsBesideTheFiguresTheObjectivesTheCurveAndTheScenario) {
  RunResult then = sample::concluded();
  then.config_json = R"({"seed":8,"title":"A broker dies at peak"})";
  for (SloReport& slo : then.slos) {
    slo.observed = slo.observed ? std::optional(*slo.observed / 2) : std::nullopt;
  }
  then.metrics.e2e.all.p99 = then.metrics.e2e.all.p99 / 2;
  const RunResult now = sample::concluded();
  const std::string shown = report_page(now, "", &then);
  const auto says = [&](const char* what) { return shown.find(what) != std::string::npos; };
  EXPECT_TRUE(says("against the baseline (FAIL, seed 7): p50 +0 %, p99 +100 %"));
  EXPECT_TRUE(says("baseline 2.55 s +100 %"));
  EXPECT_TRUE(says("baseline, whole"));
  EXPECT_TRUE(says("<code>/seed</code></th><td class=\"words\">8</td><td class=\"words\">7"));
}

TEST(TimeSplit, SaysInWordsWhyP99IsWhatItIs) {
  const std::string split = html::time_split(sample::concluded()).code();
  EXPECT_THAT(split, HasSubstr("<h3>Why e2e.p99 is 4.9 s</h3>"));
  EXPECT_THAT(split, HasSubstr("<strong>82 %</strong> waited in a batch that was not sent yet"));
}

TEST(TornadoChart, DrawsBothSidesOfEachBarAndIsTextWhateverItIsNamed) {
  Tornado t{sample::kHostile, "e2e.p99", "s", 7, 0.010, {}};
  t.bars = {
      {sample::kHostile, "5ms", TornadoSide{"2.5ms", 0.009, ""}, TornadoSide{"10ms", 0.012, ""}},
      {"acks", "all", TornadoSide{"1", std::nullopt, "no"}, std::nullopt}};
  const std::string drawn = tornado_svg(t);
  EXPECT_EQ(count(drawn, "<rect class=\"low\""), 2) << "one, and the key";
  EXPECT_EQ(count(drawn, "<rect class=\"high\""), 2);
  EXPECT_EQ(count(drawn, "<script"), 0);
}

TEST(FaultTable, ShowsARecoveryThatNeverCame) {
  RunResult run = sample::concluded();
  run.faults.front().recovered.reset();
  EXPECT_THAT(html::fault_table(run).code(), HasSubstr("<td class=\"bad\">no</td>"));
}

TEST(TimeSplit, DrawsEachPercentileThatIsKnown) {
  const std::string bars = html::time_split(sample::concluded()).code();
  EXPECT_THAT(bars, HasSubstr("p99 = 4.9 s"));
  EXPECT_THAT(bars, HasSubstr("of all 26,500 records. Their parts are means over the records near "
                              "each among 2,700 that were taken apart"));
  EXPECT_THAT(bars, Not(HasSubstr("p50 =")));
  EXPECT_THAT(bars, HasSubstr("batch 4.5 s (92 %)"));
}

}  // namespace
}  // namespace wavetank::reports
