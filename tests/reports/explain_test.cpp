#include "reports/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/reports/sample_run.h"

namespace wavetank::reports {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string explained(const RunResult& run, std::string_view subject) {
  const auto explanation = explain(run, subject);
  return explanation ? explanation_text(*explanation, "out", {})
                     : "error: " + explanation.error().message;
}

TEST(Explain, TakesTheFirstViolatedObjectiveIfNothingIsNamed) {
  EXPECT_THAT(explained(sample::concluded(), ""),
              AllOf(HasSubstr("e2e.p99 < 4s during fault is broken: p99 end-to-end was 5.1 s"),
                    HasSubstr("broken from 120 s to 132 s, amid crash broker-2")));
}

TEST(Explain, TakesP99IfNothingIsViolated) {
  EXPECT_THAT(explained(sample::passing(), ""), testing::StartsWith("e2e.p99 was 4.9 s\n"));
}

TEST(Explain, NamesCausesByTheirShareWithWhenAndWhere) {
  const std::string text = explained(sample::passing(), "e2e.p99 during fault");
  EXPECT_THAT(text, HasSubstr("causes, by their share of the time of the slowest 1 %: "));
  EXPECT_THAT(text,
              HasSubstr("82 %  waited in a batch that was not sent yet, during crash broker-2"));
  EXPECT_THAT(text, HasSubstr("18 %  waited for the producer to take it, during crash broker-2"));
  EXPECT_THAT(text, HasSubstr("led by broker-1 (67 %), broker-2 (33 %)"));
  EXPECT_THAT(text, HasSubstr("had that taken no time, p99 would be 1 s"));
  EXPECT_THAT(text, HasSubstr("crash broker-2 at 120 s: detect 9.1 s"));
  EXPECT_LT(text.find("in a batch"), text.find("for the producer"));
}

TEST(Explain, NamesARecordToLookAt) {
  EXPECT_THAT(explained(sample::passing(), "e2e.p99"),
              HasSubstr("wavetank replay out --events 12"));
}

TEST(Explain, FindsAnObjectiveByTextAndByNumber) {
  const RunResult run = sample::concluded();
  const std::string by_number = explained(run, "2");
  EXPECT_EQ(by_number, explained(run, "e2e.p99 < 4s during fault"));
  EXPECT_EQ(explained(run, "9"), "error: there is no objective 9: this run has 5");
}

TEST(Explain, SaysWhatItCannotExplainAndWhatWasProbablyMeant) {
  EXPECT_THAT(
      explained(sample::concluded(), "e2e.p99 < 4s during fautl"),
      AllOf(HasSubstr("error: "), HasSubstr("did you mean \"e2e.p99 < 4s during fault\"?")));
}

TEST(Explain, TakesTheNearestPercentileThatWasKeptAndSaysSo) {
  EXPECT_THAT(explained(sample::passing(), "e2e.p98"), HasSubstr("kept apart is p99, the nearest"));
}

TEST(Explain, DoesNotAnswerForAPercentileWithOneThatSpeaksOfOtherRecords) {
  const std::string text = explained(sample::passing(), "e2e.p75");
  EXPECT_THAT(text, testing::StartsWith("e2e.p75 was between "));
  EXPECT_THAT(text, AllOf(HasSubstr("which say nothing of p75: an objective on e2e.p75 has it"),
                          Not(HasSubstr("causes, by"))));
  EXPECT_THAT(explained(sample::passing(), "publish.p75"),
              testing::StartsWith("no causes of publish.p75 are known"));
}

TEST(Explain, ReadsAPercentileAsItIsPrinted) {
  EXPECT_EQ(explained(sample::passing(), "e2e.p99.9"), explained(sample::passing(), "e2e.p999"));
}

TEST(Explain, DoesNotTakeAMeanForAPercentile) {
  RunResult run = sample::passing();
  run.metrics.e2e.all.mean = milliseconds(123);
  const std::string text = explained(run, "e2e.mean");
  EXPECT_THAT(text, testing::StartsWith("e2e.mean was 123 ms\n"));
  EXPECT_THAT(text,
              AllOf(HasSubstr("only percentiles are taken apart"), Not(HasSubstr("causes, by"))));
  EXPECT_THAT(explained(run, "e2e.min"), testing::StartsWith("no causes of e2e.min are known\n"));
}

TEST(Explain, TellsTheTimeAfterTheFaultsFromTheWholeRun) {
  RunResult run = sample::passing();
  LatencySummary after = run.metrics.e2e.all;
  after.p99 = milliseconds(7);
  run.metrics.e2e.by_phase[static_cast<std::size_t>(Phase::after)] = after;
  EXPECT_THAT(explained(run, "e2e.p99 during after"),
              testing::StartsWith("e2e.p99 during after was 7 ms\n"));
}

TEST(Explain, TakesABacklogForTheGreatest) {
  EXPECT_EQ(explained(sample::passing(), "lag"), explained(sample::passing(), "lag.max"));
  EXPECT_THAT(explained(sample::passing(), "lag"), HasSubstr("the backlog was greatest at"));
}

TEST(Explain, ShowsNoHostWhereAFaultStruckNone) {
  RunResult run = sample::passing();
  run.faults.front().target = "zone eu-3";
  EXPECT_THAT(explained(run, "recovery"), Not(HasSubstr("--show")));
}

TEST(Explain, GivesTimesBelowAMillisecond) {
  RunResult run = sample::passing();
  for (Tail& tail : run.tails) {
    for (TailCause& cause : tail.causes) {
      cause.mean = microseconds(897);
    }
  }
  const auto json = nlohmann::json::parse(explanation_json(run, explain(run, "e2e.p99").value()));
  EXPECT_DOUBLE_EQ(json["causes"][0]["mean_ms"].get<double>(), 0.897);
}

TEST(Explain, TakesARecoveryApart) {
  const std::string text = explained(sample::passing(), "recovery");
  EXPECT_THAT(text, HasSubstr("slowest was crash broker-2 at 120 s: 45.2 s"));
  EXPECT_LT(text.find("the process was not back with its log"), text.find("had not noticed"));
  EXPECT_THAT(text, HasSubstr("wavetank replay out --at 120.000s --show broker-2"));
}

TEST(Explain, CountsToARecoveryOnlyWhatItIsMadeOf) {
  RunResult run = sample::passing();
  run.faults.front().recovered = run.faults.front().phases.detect;
  const std::string text = explained(run, "recovery");
  EXPECT_THAT(text, HasSubstr("100 %  the controllers had not noticed"));
  EXPECT_THAT(text,
              HasSubstr("beside it, or after it: the process was not back with its log, 36 s"));
}

TEST(Explain, CallsTheFaultThatNeverEndedTheSlowest) {
  RunResult run = sample::passing();
  run.faults.push_back(run.faults.front());
  run.faults.back().target = "broker-3";
  run.faults.back().recovered.reset();
  EXPECT_THAT(explained(run, "recovery"), HasSubstr("crash broker-3 at 120 s: not until the end"));
}

TEST(Explain, NamesLostRecordsAndTheFaultThatTookThem) {
  RunResult run = sample::passing();
  run.ledger.lost = run.faults.front().lost = 1;
  run.lost = {{17, "order-5", "orders-7", 991, Time() + seconds(119)}};
  EXPECT_THAT(explained(run, "lost"), AllOf(HasSubstr("1 of 29,990 acknowledged records are gone"),
                                            HasSubstr("100 %  acknowledged before crash broker-2"),
                                            HasSubstr("event 17"), HasSubstr("--events 17")));
}

TEST(Explain, SaysThatThereIsTooLittleToGoBy) {
  RunResult run;
  conclude(run, {}, {});
  EXPECT_THAT(explained(run, ""), HasSubstr("too few records were taken apart"));
}

TEST(Explain, SurvivesAResultEditedByHand) {
  RunResult run = sample::passing();
  run.faults.clear();
  EXPECT_THAT(explained(run, "e2e.p99"), HasSubstr("in a fault"));
  for (Tail& tail : run.tails) {
    tail.causes.clear();
  }
  EXPECT_THAT(explained(run, "e2e.p99"), Not(HasSubstr("causes, by")));
}

TEST(Explain, ShowsNamesThatCannotHarmATerminal) {
  RunResult run = sample::passing();
  run.faults.front().target = "\x1b[31m\n";
  EXPECT_THAT(explained(run, "e2e.p99"), Not(HasSubstr("\x1b")));
}

TEST(Explain, GivesTheSameAsOneDocument) {
  const RunResult run = sample::concluded();
  const auto explanation = explain(run, "2");
  ASSERT_TRUE(explanation);
  const auto json = nlohmann::json::parse(explanation_json(run, *explanation));
  EXPECT_EQ(json.at("subject"), "e2e.p99 during fault");
  EXPECT_EQ(json.at("/objective/ok"_json_pointer), false);
  EXPECT_EQ(json.at("/causes/0/leg"_json_pointer), "batch");
  EXPECT_EQ(json.at("/causes/0/period/fault"_json_pointer), 0);
}

}  // namespace
}  // namespace wavetank::reports
