// Applications that read one topic and write another, over crashes.

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/simulation/forked_run.h"

namespace wavetank::test {
namespace {

using reports::ExitCode;
using reports::RunResult;
using reports::Verdict;

constexpr const char* kExactlyOnce = "scenarios/log/transaction-read-process-write.json";
constexpr const char* kAtLeastOnce = "scenarios/log/read-process-write-at-least-once.json";

reports::InvariantReport effects(const RunResult& result) {
  const auto found = std::ranges::find(result.invariants, "log/exactly-one-effect",
                                       &reports::InvariantReport::name);
  return found == result.invariants.end() ? reports::InvariantReport{} : *found;
}

TEST(ReadProcessWrite, HasExactlyOneEffectOfEveryRecord) {
  const RunResult result = run_scenario(kExactlyOnce);
  EXPECT_EQ(effects(result).verdict, Verdict::pass) << effects(result).first.value_or("");
  EXPECT_EQ(effects(result).checked, result.ledger.produced);
  EXPECT_EQ(result.ledger.delivered, result.ledger.produced);
  EXPECT_EQ(result.exit_code, ExitCode::ok) << result.summary;
}

TEST(ReadProcessWrite, HasMoreThanOneEffectOfSomeWithoutTransactions) {
  const RunResult result = run_scenario(kAtLeastOnce);
  EXPECT_EQ(effects(result).verdict, Verdict::fail);
  EXPECT_NE(effects(result).first->find("has 2 effects"), std::string::npos)
      << *effects(result).first;
}

TEST(ReadProcessWrite, HasOneEffectWithoutTransactionsAsLongAsNothingFails) {
  const RunResult result = run_scenario(kAtLeastOnce, {"faults=[]", "slos=[\"lost == 0\"]"});
  EXPECT_EQ(effects(result).verdict, Verdict::pass) << effects(result).first.value_or("");
}

/// Whoever writes in an application's name, of its group or of its producers: the coordinators die
/// in the middle, and brokers with them.
TEST(ReadProcessWrite, HasExactlyOneEffectWhateverDies) {
  for (
      const char* fault :
      {R"({"when": {"event": "transaction_committing", "of": "enrich-1", "not_before": "8s"}, "crash": "host_of: event", "for": "4s"})",
       R"({"when": {"event": "between_append_and_fsync", "of": "__consumer_offsets", "not_before": "8s"}, "crash": "host_of: event", "for": "4s"})",
       R"({"at": "8s", "rolling_restart": "broker[*]", "down": "1s", "between": "3s"})",
       R"({"at": "8s", "pause": "worker-1", "for": "9s"})"}) {
    const RunResult result =
        run_scenario(kExactlyOnce, {std::string("faults=[") + fault + "]", "slos=[\"lost == 0\"]"});
    EXPECT_EQ(effects(result).verdict, Verdict::pass)
        << fault << ": " << effects(result).first.value_or("");
    EXPECT_EQ(result.exit_code, ExitCode::ok) << fault << ": " << result.summary;
  }
}

}  // namespace
}  // namespace wavetank::test
