#include "reports/verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "tests/reports/sample_run.h"

namespace wavetank::reports {
namespace {

using Codes = std::vector<ExitCode>;

SloReport slo(std::optional<bool> ok, const char* phase = "run") {
  SloReport report;
  report.expr = "e2e.p99 < 2s";
  report.what = "p99 end-to-end";
  report.ok = ok;
  report.observed = 4.1;
  report.limit = 2;
  report.unit = "s";
  report.margin = -1.05;
  report.phase = phase;
  return report;
}

struct Judged {
  Verdict verdict;
  Codes codes;
  friend bool operator==(const Judged&, const Judged&) = default;
};

class VerdictOf : public ::testing::Test {
 protected:
  Judged judged() {
    judge(run);
    EXPECT_EQ(run.exit_code, run.exit_codes.empty() ? ExitCode::ok : run.exit_codes.front());
    return {run.verdict, run.exit_codes};
  }

  RunResult run = sample::facts();
};

TEST_F(VerdictOf, ARunWithoutComplaintsIsPass) {
  run.slos = {slo(true)};
  EXPECT_EQ(judged(), (Judged{Verdict::pass, {}}));
}

TEST_F(VerdictOf, AViolatedObjectiveIsFail) {
  run.slos = {slo(true), slo(false)};
  EXPECT_EQ(judged(), (Judged{Verdict::fail, {ExitCode::slo_violated}}));
}

TEST_F(VerdictOf, AnUnknownObjectiveIsNeverPass) {
  run.slos = {slo(true), slo(std::nullopt)};
  EXPECT_EQ(judged(), (Judged{Verdict::unknown, {ExitCode::experiment_void}}));
}

TEST_F(VerdictOf, AMissingBaselineIsNeverPass) {
  run.slos = {slo(std::nullopt)};
  run.slos[0].against_baseline = true;
  EXPECT_EQ(judged(), (Judged{Verdict::unknown, {ExitCode::baseline_not_comparable}}));
}

TEST_F(VerdictOf, ARegressionIsFail) {
  run.slos = {slo(false)};
  run.slos[0].against_baseline = true;
  EXPECT_EQ(judged(), (Judged{Verdict::fail, {ExitCode::slo_violated, ExitCode::regression}}));
}

TEST_F(VerdictOf, AnUnsteadyStartMakesTheExperimentVoid) {
  run.slos = {slo(false, "steady")};
  EXPECT_EQ(judged(), (Judged{Verdict::fail, {ExitCode::experiment_void, ExitCode::slo_violated}}));
  run.faults.clear();
  EXPECT_EQ(judged(), (Judged{Verdict::fail, {ExitCode::slo_violated}}));
}

TEST_F(VerdictOf, ABrokenInvariantOutweighsEverythingElse) {
  run.slos = {slo(false, "steady")};
  run.invariants[1].verdict = Verdict::fail;
  EXPECT_EQ(
      judged(),
      (Judged{Verdict::fail,
              {ExitCode::invariant_broken, ExitCode::experiment_void, ExitCode::slo_violated}}));
}

TEST_F(VerdictOf, AnUnknownInvariantIsNeverPass) {
  run.invariants[1].verdict = Verdict::unknown;
  EXPECT_EQ(judged(), (Judged{Verdict::unknown, {ExitCode::experiment_void}}));
}

TEST_F(VerdictOf, ALostWriteIsFailEvenIfNoCheckerSaw) {
  --run.ledger.delivered;
  ++run.ledger.lost;
  EXPECT_EQ(judged(), (Judged{Verdict::fail, {ExitCode::invariant_broken}}));
}

TEST_F(VerdictOf, ALedgerThatDoesNotBalanceIsFail) {
  --run.ledger.delivered;
  EXPECT_EQ(judged(), (Judged{Verdict::fail, {ExitCode::invariant_broken}}));
}

TEST_F(VerdictOf, AnInterruptedRunIsNeverPass) {
  run.slos = {slo(true)};
  for (const ExitCode code :
       {ExitCode::interrupted, ExitCode::terminated, ExitCode::stopped_by_budget}) {
    run.partial = Partial{code, "stopped"};
    EXPECT_EQ(judged(), (Judged{Verdict::unknown, {code}}));
  }
}

TEST_F(VerdictOf, AnInterruptedRunThatLostAWriteIsFail) {
  run.partial = Partial{ExitCode::interrupted, "stopped"};
  run.invariants[0].verdict = Verdict::fail;
  EXPECT_EQ(judged(), (Judged{Verdict::fail, {ExitCode::invariant_broken, ExitCode::interrupted}}));
}

TEST_F(VerdictOf, FiguresDoNotCount) {
  run.slos = {slo(true)};
  run.figures.emplace_back().holds = false;
  EXPECT_EQ(judged(), (Judged{Verdict::pass, {}}));
}

TEST(SummarySentence, SaysWhatBrokeWhenAndAfterWhat) {
  RunResult run = sample::facts();
  run.faults.front().recovered = seconds(51);
  run.slos = {slo(true), slo(false)};
  run.slos[1].breaches = {{Time() + seconds(120), Time() + seconds(171)}};
  EXPECT_EQ(
      summary_sentence(run),
      "p99 end-to-end was 4.1 s (limit 2 s), missed from 120 s to 171 s after broker-2 crashed; "
      "recovered in 51 s; 0 lost, 12 duplicates");
}

TEST(SummarySentence, SaysOfARateTooThatItsSpanMissedTheLimitAndNotThatItHadTheValue) {
  RunResult run = sample::facts();
  run.slos = {slo(false)};
  run.slos[0].what = "consumer throughput";
  run.slos[0].expr = "throughput_out > 5k/s";
  run.slos[0].unit = "records/s";
  run.slos[0].observed = 4'000;
  run.slos[0].limit = 5'000;
  run.slos[0].breaches = {{Time() + seconds(120), Time() + seconds(171)}};
  EXPECT_EQ(summary_sentence(run).find("consumer throughput was 4k/s (limit 5k/s), missed from "
                                       "120 s to 171 s after broker-2 crashed"),
            0U)
      << summary_sentence(run);
}

TEST(SummarySentence, BlamesTheLastFaultBeforeTheBreachAndNoneAfterIt) {
  RunResult run = sample::facts();
  run.faults.push_back(run.faults.front());
  run.faults[1].kind = "slow_disk";
  run.faults[1].target = "broker-1";
  run.faults[1].at = Time() + seconds(200);
  run.slos = {slo(false)};
  run.slos[0].breaches = {{Time() + seconds(210), Time() + seconds(211)}};
  EXPECT_NE(summary_sentence(run).find("after slow disk of broker-1;"), std::string::npos);
  run.slos[0].breaches = {{Time() + seconds(50), Time() + seconds(51)}};
  EXPECT_NE(summary_sentence(run).find("to 51 s; recovered"), std::string::npos);
}

TEST(SummarySentence, NamesTheObjectiveThatWasMissedByMost) {
  RunResult run = sample::facts();
  run.slos = {slo(false), slo(false)};
  run.slos[0].margin = -0.1;
  run.slos[1].what = "p99 publish";
  EXPECT_EQ(summary_sentence(run).find("p99 publish was 4.1 s"), 0U);
}

TEST(SummarySentence, PutsLossBeforeSlowness) {
  RunResult run = sample::facts();
  run.slos = {slo(false)};
  run.ledger.lost = run.faults[0].lost = 3;
  EXPECT_EQ(summary_sentence(run),
            "3 acknowledged writes were lost after broker-2 crashed; recovered in 45.2 s; 3 lost, "
            "12 duplicates");
}

TEST(SummarySentence, SaysHowManyOfTheLossesAFaultTook) {
  RunResult run = sample::facts();
  run.ledger.lost = 3;
  run.faults[0].lost = 2;
  EXPECT_EQ(summary_sentence(run).find("3 acknowledged writes were lost, 2 of them after broker-2"),
            0U);
}

TEST(SummarySentence, BlamesNoFaultForALossThatNoneTook) {
  RunResult run = sample::facts();
  run.ledger.lost = 3;
  EXPECT_EQ(summary_sentence(run).find("3 acknowledged writes were lost; recovered"), 0U);
}

TEST(SummarySentence, NamesTheBrokenInvariant) {
  RunResult run = sample::facts();
  run.invariants[1].verdict = Verdict::fail;
  run.invariants[1].first = "orders-7: 12 after 13";
  EXPECT_EQ(summary_sentence(run).find("log/order is broken: orders-7: 12 after 13;"), 0U);
}

TEST(SummarySentence, SaysThatTheRunWasCutShort) {
  RunResult run = sample::facts();
  run.partial = Partial{ExitCode::interrupted, "interrupted at 83.2 s of 300 s"};
  EXPECT_EQ(summary_sentence(run).find("interrupted at 83.2 s of 300 s; so far: "), 0U);
}

TEST(SummarySentence, SaysWhatDidNotRecover) {
  RunResult run = sample::facts();
  run.faults.front().recovered = std::nullopt;
  EXPECT_NE(summary_sentence(run).find("; not recovered: broker-2 crashed;"), std::string::npos);
}

TEST(SummarySentence, IsCalmWhenAllIsWell) {
  EXPECT_EQ(sample::passing().summary,
            "all 2 objectives were met; p99 end-to-end was 4.9 s; recovered in 45.2 s; 0 lost, 12 "
            "duplicates");
}

class VerdictOfWhatIsMeantToFail : public VerdictOf {
 protected:
  VerdictOfWhatIsMeantToFail() {
    run.meant_to_fail = {{"log/lost-write"}, {"e2e.p99 < 2s"}, "the leader dies"};
    run.invariants.front().verdict = Verdict::fail;
    run.ledger.lost = 5;
    run.ledger.in_flight -= 5;
    run.slos = {slo(false)};
  }
  /// What a gate says.
  Codes beyond() {
    judge(run);
    return codes_beyond_meant(run);
  }
};

TEST_F(VerdictOfWhatIsMeantToFail, IsTheTrueOneAndSaysThatThisIsWhatTheScenarioShows) {
  EXPECT_EQ(judged(),
            (Judged{Verdict::fail, {ExitCode::invariant_broken, ExitCode::slo_violated}}));
  EXPECT_EQ(beyond(), Codes{});
  EXPECT_EQ(run.as_meant, true);
  EXPECT_THAT(run.summary,
              testing::EndsWith("; this is what the scenario is there to show: the leader dies"));
}

TEST_F(VerdictOfWhatIsMeantToFail, IsNotAsMeantIfItDoesNotFail) {
  run.slos = {slo(true)};
  EXPECT_EQ(beyond(), Codes{ExitCode::experiment_void});
  EXPECT_EQ(run.as_meant, false);
  EXPECT_THAT(run.summary, testing::EndsWith("there to show something else: e2e.p99 < 2s is not "
                                             "violated"));
}

TEST_F(VerdictOfWhatIsMeantToFail, IsNotAsMeantIfItIsOnlyUnknown) {
  run.slos = {slo(std::nullopt)};
  EXPECT_EQ(beyond(), Codes{ExitCode::experiment_void});
  EXPECT_EQ(run.as_meant, false);
}

TEST_F(VerdictOfWhatIsMeantToFail, IsNotAsMeantIfMoreFails) {
  run.invariants.back().verdict = Verdict::fail;
  EXPECT_EQ(beyond(), Codes{ExitCode::invariant_broken});
  run.invariants.back().verdict = Verdict::pass;
  run.slos.push_back(slo(false));
  run.slos.back().expr = "another";
  EXPECT_EQ(beyond(), Codes{ExitCode::slo_violated});
  EXPECT_THAT(run.summary, testing::EndsWith("there to show less than that"));
}

TEST_F(VerdictOfWhatIsMeantToFail, ExcusesALossWithTheRuleThatItBreaksAndNoLedgerThatIsWrong) {
  run.meant_to_fail->invariants.clear();
  EXPECT_EQ(beyond(), Codes{ExitCode::invariant_broken});
  run.meant_to_fail->invariants = {"log/lost-write"};
  run.ledger.in_flight += 1;
  EXPECT_EQ(beyond(), Codes{ExitCode::invariant_broken});
}

TEST_F(VerdictOfWhatIsMeantToFail, KnowsWhatNobodyJudged) {
  run.meant_to_fail->invariants = {"log/lost-wirte"};
  judge(run);
  EXPECT_EQ(
      absent_failures(run),
      std::vector<std::string>{"nobody judged log/lost-wirte (did you mean log/lost-write?)"});
}

}  // namespace
}  // namespace wavetank::reports
