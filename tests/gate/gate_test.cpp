#include "reports/gate/gate.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "reports/conclude.h"
#include "reports/verdict.h"
#include "tests/reports/sample_run.h"

namespace wavetank::reports {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

/// The sample run with its 99th percentile end-to-end changed by this factor, and another digest.
RunResult changed(double factor) {
  RunResult run = sample::passing();
  run.provenance.digest = "another";
  run.metrics.e2e.all.p99 = Duration(
      static_cast<std::int64_t>(static_cast<double>(run.metrics.e2e.all.p99.ns()) * factor));
  return run;
}

GatedRun against(const RunResult& result, const Baseline& baseline, double tolerance = 0.05) {
  return gate("sample", "dir/sample.json", result, {true, &baseline, "", tolerance});
}
GatedRun against(const RunResult& result, const RunResult& before, double tolerance = 0.05) {
  return against(result, baseline_of(before), tolerance);
}
GatedRun against_nothing(const RunResult& result) {
  return gate("sample", "dir/sample.json", result, {true, nullptr, "it is not there", 0.05});
}

const GateCheck& last(const GatedRun& run) {
  return run.checks.back();
}

TEST(Gate, CallsTheSameEventsIdentical) {
  const RunResult run = sample::passing();
  const GatedRun gated = against(run, run);
  EXPECT_EQ(gated.code, ExitCode::ok);
  EXPECT_EQ(last(gated), (GateCheck{"baseline", true, "identical"}));
}

TEST(Gate, DoesNotCallIdenticalWhatHasOtherNumbersUnderTheSameDigest) {
  RunResult edited = sample::passing();
  edited.metrics.e2e.all.p99 = edited.metrics.e2e.all.p99 / 2;
  const GatedRun gated = against(sample::passing(), edited);
  EXPECT_EQ(gated.code, ExitCode::regression);
  EXPECT_THAT(last(gated).detail, HasSubstr("e2e.p99"));
}

TEST(Gate, SaysWhenItWasGivenNoBaseline) {
  const GatedRun gated = gate("sample", "sample.json", sample::passing(), {});
  EXPECT_THAT(gate_text({gated}, {}), HasSubstr("no baseline was given"));
}

TEST(Gate, IsNeverGreenWithoutABaseline) {
  const GatedRun gated = against_nothing(sample::passing());
  EXPECT_EQ(gated.code, ExitCode::baseline_not_comparable);
  EXPECT_EQ(last(gated), (GateCheck{"baseline", false, "it is not there", true}));
}

TEST(Gate, IsNeverGreenAgainstAnotherScenarioOrSeed) {
  const RunResult run = sample::passing();
  RunResult other = run;
  other.provenance.seed += 1;
  EXPECT_EQ(against(run, other).code, ExitCode::baseline_not_comparable);
  EXPECT_EQ(last(against(run, other)).detail, "the baseline is of another seed");
  other = run;
  other.provenance.scenario_sha256 = "another";
  EXPECT_EQ(against(run, other).code, ExitCode::baseline_not_comparable);
  EXPECT_EQ(last(against(run, other)).detail, "the baseline is of another scenario");
}

/// A baseline from which somebody has taken figures.
Baseline without(const RunResult& run, const std::vector<std::string>& figures) {
  Baseline baseline = baseline_of(run);
  for (const std::string& figure : figures) {
    EXPECT_EQ(std::erase_if(baseline.figures,
                            [&](const BaselineFigure& it) { return it.name == figure; }),
              1U)
        << figure;
  }
  return baseline;
}

TEST(Gate, IsNeverGreenAgainstABaselineOfTheSameEventsThatLacksAFigure) {
  const RunResult run = sample::passing();
  for (const std::string figure :
       {"lost", "e2e.p99", "publish.p50 during steady", "drained of fault 1 (crash broker-2)"}) {
    const GatedRun gated = against(run, without(run, {figure}));
    EXPECT_EQ(gated.code, ExitCode::baseline_not_comparable) << figure;
    EXPECT_EQ(last(gated), (GateCheck{"baseline", false,
                                      "the baseline lacks 1 of the run's figures, first " + figure +
                                          ": renew it with --update",
                                      true}));
  }
  Baseline empty = baseline_of(run);
  const std::size_t all = empty.figures.size();
  empty.figures.clear();
  EXPECT_EQ(last(against(run, empty)).detail,
            fmt::format("the baseline lacks {} of the run's figures, first lost: renew it with "
                        "--update",
                        all));
}

TEST(Gate, IsNeverGreenAgainstABaselineOfOtherEventsThatLacksWhatEveryRunHas) {
  const RunResult run = sample::passing();
  for (const std::string figure :
       {"lost", "duplicated", "refused", "e2e.p50", "e2e.p99", "publish.p999", "publish.max",
        "throughput_in", "throughput_out", "lag.peak", "e2e.p99 during fault"}) {
    const GatedRun gated = against(changed(1), without(run, {figure}));
    EXPECT_EQ(gated.code, ExitCode::baseline_not_comparable) << figure;
    EXPECT_THAT(last(gated).detail, HasSubstr("first " + figure + ": renew"));
  }
}

TEST(Gate, TellsOfOtherEventsWhatDidNotComeWhenTheBaselineWasKept) {
  const GatedRun gated =
      against(changed(1), without(sample::passing(), {"drained of fault 1 (crash broker-2)"}));
  EXPECT_EQ(gated.code, ExitCode::ok);
  EXPECT_EQ(last(gated).detail,
            "the same figures, of other events; not judged, for the baseline lacks it: drained of "
            "fault 1 (crash broker-2)");
}

TEST(Gate, IsNeverGreenAgainstAFigureInAnotherUnitOrWithoutItsWorst) {
  const RunResult run = sample::passing();
  const auto e2e_p99 = [](Baseline& it) -> BaselineFigure& {
    return *std::ranges::find(it.figures, "e2e.p99", &BaselineFigure::name);
  };
  for (const RunResult& now : {run, changed(1)}) {
    Baseline milliseconds = baseline_of(run);
    e2e_p99(milliseconds).unit = "ms";
    EXPECT_EQ(against(now, milliseconds).code, ExitCode::baseline_not_comparable);
    EXPECT_EQ(last(against(now, milliseconds)).detail,
              "the baseline has e2e.p99 in \"ms\", not in \"s\": renew it with --update");
    Baseline unjudged = baseline_of(run);
    e2e_p99(unjudged).worst.reset();
    EXPECT_EQ(against(now, unjudged).code, ExitCode::baseline_not_comparable);
  }
}

TEST(Gate, TurnsRedWhenANumberIsWorseByMoreThanItMay) {
  const RunResult baseline = sample::passing();
  const GatedRun gated = against(changed(1.1), baseline);
  EXPECT_EQ(gated.code, ExitCode::regression);
  EXPECT_THAT(last(gated).detail, HasSubstr("e2e.p99"));
  EXPECT_THAT(last(gated).detail, HasSubstr("+10 %"));
}

TEST(Gate, LetsPassWhatIsWorseByNoMoreThanItMayAndWhatIsBetter) {
  const RunResult baseline = sample::passing();
  EXPECT_EQ(against(changed(1.1), baseline, 0.2).code, ExitCode::ok);
  EXPECT_EQ(against(changed(0.5), baseline).code, ExitCode::ok);
  EXPECT_THAT(last(against(changed(1.03), baseline)).detail,
              HasSubstr("no figure is worse by more than 5 %"));
}

TEST(Gate, LetsNothingWorseGrowFromZeroHoweverTolerant) {
  const RunResult baseline = sample::passing();
  RunResult run = changed(1);
  run.ledger.refused = baseline.ledger.refused + 1;
  RunResult none = baseline;
  none.ledger.refused = 0;
  EXPECT_EQ(against(run, none, 1'000).code, ExitCode::regression);
}

TEST(Gate, CountsWhatHasNoBetterAndWorse) {
  RunResult baseline = sample::passing();
  RunResult run = changed(1);
  baseline.metrics.scalars.push_back({"cleanings", 3, ""});
  run.metrics.scalars.push_back({"cleanings", 30, ""});
  EXPECT_EQ(against(run, baseline).code, ExitCode::ok);
}

TEST(Gate, TurnsRedForARunThatIsNotWellInItselfThoughItIsIdentical) {
  const RunResult run = sample::concluded();
  const GatedRun gated = against(run, run);
  EXPECT_EQ(gated.code, run.exit_code);
  EXPECT_NE(gated.code, ExitCode::ok);
  EXPECT_THAT(gate_text({gated}, {}), HasSubstr("objective"));
}

TEST(Gate, LetsPassWhatIsNoWorseThanTheWorstOfItsSeeds) {
  const RunResult run = sample::passing();
  Baseline baseline = baseline_of(run);
  widen(baseline, changed(2));
  EXPECT_EQ(against(changed(1.9), baseline).code, ExitCode::ok);
  EXPECT_EQ(against(changed(2.2), baseline).code, ExitCode::regression);
  EXPECT_THAT(last(against(changed(2.2), baseline)).detail, HasSubstr("at worst"));
}

TEST(Gate, TurnsRedWhenARecoveryNeverCame) {
  RunResult run = changed(1);
  run.faults.front().drained.reset();
  const GatedRun gated = against(run, sample::passing());
  EXPECT_EQ(gated.code, ExitCode::regression);
  EXPECT_THAT(last(gated).detail, HasSubstr("drained of fault 1"));
  EXPECT_THAT(last(gated).detail, HasSubstr("and is missing"));
}

TEST(Gate, SaysWhatDiffersMostThoughItMay) {
  EXPECT_THAT(last(against(changed(0.5), sample::passing())).detail,
              HasSubstr("differ, most of all e2e.p99"));
  EXPECT_EQ(last(against(changed(1), sample::passing())).detail,
            "the same figures, of other events");
}

/// A run that loses writes, as its scenario says that it would.
RunResult meant_to_fail() {
  RunResult run = sample::facts();
  run.invariants.front() = {"log/lost-write", Verdict::fail, 9, "event 0/17 is gone"};
  run.ledger.lost = 1;
  run.ledger.in_flight -= 1;
  run.meant_to_fail = {{"log/lost-write"}, {"lost == 0"}, "the leader dies"};
  const auto objectives = sample::slos({"lost == 0"});
  conclude(run, sample::evidence(), {objectives, {}, nullptr});
  return run;
}

TEST(Gate, LetsPassWhatFailsAsItIsMeantTo) {
  const RunResult run = meant_to_fail();
  EXPECT_EQ(run.exit_code, ExitCode::invariant_broken);
  const GatedRun gated = against(run, run);
  EXPECT_EQ(gated.code, ExitCode::ok) << gate_text({gated}, {});
  EXPECT_THAT(gate_text({gated}, {}), HasSubstr("fails as it is meant to: identical"));
}

TEST(Gate, TurnsRedWhenWhatIsMeantToFailDoesNot) {
  RunResult run = meant_to_fail();
  run.invariants.front().verdict = Verdict::pass;
  run.ledger.lost = 0;
  run.ledger.in_flight += 1;
  const auto objectives = sample::slos({"lost == 0"});
  conclude(run, sample::evidence(), {objectives, {}, nullptr});
  EXPECT_EQ(run.exit_code, ExitCode::ok) << "the run's own verdict is the true one";
  const GatedRun gated = gate("sample", "sample.json", run, {});
  EXPECT_EQ(gated.code, ExitCode::experiment_void);
  EXPECT_THAT(gate_text({gated}, {}), HasSubstr("log/lost-write is not broken"));
}

TEST(Gate, TurnsRedWhenMoreFailsThanIsMeantTo) {
  RunResult run = meant_to_fail();
  run.invariants.back().verdict = Verdict::fail;
  judge(run);
  EXPECT_EQ(gate("sample", "sample.json", run, {}).code, ExitCode::invariant_broken);
}

TEST(Gate, TurnsRedForARunThatDied) {
  const GatedRun gated =
      gate_nothing("sample", "sample.json", ExitCode::internal_error, "its process died");
  EXPECT_EQ(gate_code({gated}), ExitCode::internal_error);
  EXPECT_THAT(gate_text({gated}, {}), HasSubstr("its process died"));
}

TEST(Gate, EndsWithTheVerdict) {
  const RunResult run = sample::passing();
  EXPECT_THAT(gate_text({against(run, run)}, {}), EndsWith("PASS  all of 1 scenario may pass\n"));
  EXPECT_THAT(
      gate_text({against(run, run), against_nothing(run)}, {}),
      EndsWith("FAIL  1 of 2 scenarios may not pass: baseline missing or not comparable\n"));
}

TEST(Gate, LetsNoNameBecomeMarkupOrACommand) {
  GatedRun gated = against_nothing(sample::passing());
  gated.name = "a\"<b>\n::error::x";
  gated.file = "a,b:c%.json";
  const std::string junit = gate_junit({gated});
  EXPECT_THAT(junit, Not(HasSubstr("<b>")));
  EXPECT_THAT(junit, HasSubstr("&quot;&lt;b&gt;\\n"));
  const std::string annotations = gate_annotations({gated});
  EXPECT_THAT(annotations, HasSubstr("file=a%2Cb%3Ac%25.json"));
  EXPECT_EQ(std::ranges::count(annotations, '\n'), 1);
  EXPECT_THAT(gate_text({gated}, {}), Not(HasSubstr("\n::error")));
  EXPECT_THAT(gate_markdown({gated}), Not(HasSubstr("<b>\n")));
}

TEST(Gate, CallsWhatCouldNotBeJudgedAnErrorAndNotAFailure) {
  const std::string died =
      gate_junit({gate_nothing("x", "x.json", ExitCode::internal_error, "its process died")});
  EXPECT_THAT(died, HasSubstr("tests=\"1\" failures=\"0\" errors=\"1\""));
  EXPECT_THAT(died, HasSubstr("<error message=\"its process died\""));
  EXPECT_THAT(gate_junit({against_nothing(sample::passing())}),
              HasSubstr("<error message=\"it is not there\""));
}

TEST(Gate, LooksAtTheFiguresOfPapers) {
  RunResult run = sample::passing();
  FigureReport figure;
  figure.id = "orders/recovery-broker";
  figure.claimed = "< 60 s";
  figure.unit = "s";
  figure.simulated = 70;
  figure.holds = false;
  run.figures = {figure};
  EXPECT_EQ(gate("x", "x.json", run, {}).code, ExitCode::slo_violated);
  run.figures[0].holds = true;
  EXPECT_EQ(gate("x", "x.json", run, {}).code, ExitCode::ok);
  run.figures[0].holds.reset();
  EXPECT_EQ(gate("x", "x.json", run, {}).code, ExitCode::ok) << "not known here";
}

TEST(Gate, AnnotatesTheMostSeriousFirst) {
  GatedRun slow = against_nothing(sample::passing());
  slow.code = ExitCode::regression;
  slow.checks = {{"baseline", false, "slower"}};
  GatedRun lossy = slow;
  lossy.code = ExitCode::invariant_broken;
  lossy.checks = {{"ledger", false, "3 acknowledged records are gone"}};
  const std::string annotations = gate_annotations({slow, lossy});
  EXPECT_LT(annotations.find("gone"), annotations.find("slower"));
}

/// As a pipeline sees them that is not to be stopped by figures yet.
std::vector<GatedRun> softened(std::vector<GatedRun> runs) {
  soften(runs);
  return runs;
}

TEST(Gate, LetsRegressionsPassWhenItIsSoftAndSaysSoEverywhere) {
  const RunResult run = sample::passing();
  const auto runs = softened({against(run, run), against(changed(1.1), run)});
  EXPECT_EQ(gate_code(runs), ExitCode::ok);
  EXPECT_THAT(gate_text(runs, {}), HasSubstr("! sample  regression against baseline, let pass\n"));
  EXPECT_THAT(gate_text(runs, {}),
              EndsWith("PASS  all of 2 scenarios may pass; 1 only because the gate is soft\n"));
  EXPECT_THAT(gate_markdown(runs), testing::StartsWith("**PASS**"));
  EXPECT_THAT(gate_annotations(runs), testing::StartsWith("::warning file="));
  const std::string junit = gate_junit(runs);
  EXPECT_THAT(junit, HasSubstr("failures=\"0\" errors=\"0\" skipped=\"1\""));
  EXPECT_THAT(junit, HasSubstr("<skipped message=\"e2e.p99 "));
  EXPECT_THAT(junit, Not(HasSubstr("<failure")));
  const auto json = nlohmann::json::parse(gate_json(runs));
  EXPECT_EQ(json["pass"], true);
  EXPECT_EQ(json["exit_code"], 0);
  EXPECT_EQ(json["scenarios"][1]["exit_code"], 10) << "it stays what it is";
  EXPECT_EQ(json["scenarios"][1]["let_pass"], true);
}

TEST(Gate, LetsPassNothingThatIsLostMissingOrDiedHoweverSoft) {
  RunResult lossy = sample::passing();
  lossy.ledger.lost = 1;
  lossy.ledger.in_flight -= 1;
  judge(lossy);
  EXPECT_EQ(gate_code(softened({gate("x", "x.json", lossy, {})})), ExitCode::invariant_broken);
  EXPECT_EQ(gate_code(softened({against_nothing(sample::passing())})),
            ExitCode::baseline_not_comparable);
  // An objective that is not met is more serious than a baseline that is not there.
  EXPECT_EQ(gate_code(softened({against_nothing(sample::concluded())})), ExitCode::slo_violated);
  EXPECT_EQ(gate_code(softened({gate_nothing("x", "x.json", ExitCode::internal_error, "died")})),
            ExitCode::internal_error);
}

TEST(Gate, SaysBesideWhatStopsItWhatItHasLetPass) {
  const auto runs =
      softened({against_nothing(sample::passing()), against(changed(1.1), sample::passing())});
  EXPECT_THAT(gate_text(runs, {}),
              EndsWith("FAIL  1 of 2 scenarios may not pass: baseline missing or not comparable; 1 "
                       "only because the gate is soft\n"));
}

TEST(Gate, GroupsTestCasesByFolderScenarioAndKind) {
  GatedRun gated = against_nothing(sample::passing());
  gated.name = "v1.2";
  gated.file = "scenarios/log/v1.2.json";
  gated.checks = {{"invariant log/lost-write", true, ""},
                  {"ledger", true, ""},
                  {"objective lost == 0", false, "3"},
                  {"meant to fail", true, ""},
                  {"baseline", true, "identical"}};
  const std::string junit = gate_junit({gated});
  for (const char* classname :
       {"wavetank.log.v1_2.invariant\" name=\"invariant",
        "wavetank.log.v1_2.invariant\" name=\"ledger", "wavetank.log.v1_2.slo\" name=\"objective",
        "wavetank.log.v1_2.hypothesis\" name=\"meant",
        "wavetank.log.v1_2.baseline\" name=\"baseline"}) {
    EXPECT_THAT(junit, HasSubstr(classname));
  }
  gated.file = "v1.2.json";
  EXPECT_THAT(gate_junit({gated}), HasSubstr("classname=\"wavetank.v1_2.slo\""));
}

TEST(Gate, TellsInJUnitWhatFailedFromWhatCouldNotBeJudged) {
  RunResult run = sample::passing();
  GatedRun gated = against_nothing(run);
  gated.name = "quickstart";
  gated.file = "scenarios/log/quickstart.json";
  gated.checks.push_back({"objective lost == 0", false, "lost was 1"});
  gated.checks.push_back({"objective lost == 0", false, "lost was 1"});
  const std::string junit = gate_junit(
      {gated, gate_nothing("b", "b.json", ExitCode::stopped_by_budget, "it took too long")});
  EXPECT_THAT(junit, HasSubstr("<testsuite name=\"quickstart\" "
                               "file=\"scenarios/log/quickstart.json\" tests="));
  EXPECT_THAT(junit, HasSubstr("failures=\"2\" errors=\"1\">"));
  EXPECT_THAT(junit, HasSubstr("<testcase classname=\"wavetank.log.quickstart.baseline\" "
                               "name=\"baseline\">\n      <error message="));
  EXPECT_THAT(junit, HasSubstr("classname=\"wavetank.log.quickstart.slo\" "
                               "name=\"objective lost == 0 (2)\">\n      <failure message="));
  EXPECT_THAT(junit, HasSubstr("tests=\"1\" failures=\"0\" errors=\"1\">"));
  EXPECT_THAT(junit, HasSubstr("<error message=\"it took too long\""));
}

TEST(Gate, AnnotatesAtMostAsMuchAsGitHubShows) {
  GatedRun gated = against_nothing(sample::passing());
  gated.checks.assign(30, {"invariant x", false, "broken"});
  const std::string annotations = gate_annotations({gated});
  EXPECT_EQ(std::ranges::count(annotations, '\n'), 10);
  EXPECT_THAT(annotations, HasSubstr("and 21 more"));
}

TEST(Gate, SaysAllInJson) {
  const RunResult run = sample::passing();
  const auto json = nlohmann::json::parse(gate_json({against_nothing(run)}));
  EXPECT_EQ(json["pass"], false);
  EXPECT_EQ(json["exit_code"], 11);
  EXPECT_EQ(json["scenarios"][0]["checks"].back()["detail"], "it is not there");
}

}  // namespace
}  // namespace wavetank::reports
