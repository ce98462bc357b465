// The key-value service in a scenario: its faults, its loads, and what its clients saw; and how an
// ensemble's elections are counted.

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/simulation/forked_run.h"

namespace wavetank::test {
namespace {

using reports::RunResult;
using reports::Verdict;

constexpr const char* kLeaderCrash = "scenarios/coordination/kv-leader-crash.json";
constexpr const char* kPartition = "scenarios/coordination/kv-partitioned-leader.json";

void expect_sound(const RunResult& result) {
  EXPECT_FALSE(result.invariants.empty());
  for (const reports::InvariantReport& invariant : result.invariants) {
    EXPECT_EQ(invariant.verdict, Verdict::pass)
        << invariant.name << ": " << invariant.first.value_or("");
  }
}

double scalar(const RunResult& result, const std::string& name) {
  const auto found = std::ranges::find(result.metrics.scalars, name, &reports::ScalarMetric::name);
  return found == result.metrics.scalars.end() ? -1 : found->value;
}

TEST(KeyValue, IsWithoutALeaderAfterEachOfManyKills) {
  const RunResult result = run_scenario(
      kLeaderCrash, {"duration=40s", "slos=[]",
                     R"(faults=[{ "at": "5s", "process_kill": "kv: leader", "for": "1s",
                                  "repeat": { "times": 5, "every": "6s", "spread": "100ms" } }])"});
  ASSERT_EQ(result.faults.size(), 5U);
  for (const reports::FaultReport& fault : result.faults) {
    ASSERT_TRUE(fault.elected);
    EXPECT_GT(*fault.elected, milliseconds(800)) << "an election timeout, less a heartbeat";
    EXPECT_LT(*fault.elected, seconds(5));
    EXPECT_NE(fault.note.find(" led"), std::string::npos) << "it is said who led";
  }
  expect_sound(result);
}

TEST(KeyValue, LosesNoLeaderWithAFollower) {
  const RunResult result = run_scenario(
      kLeaderCrash, {"slos=[]", R"(faults=[{ "at": "6s", "pause": "client", "for": "1s" }])"});
  ASSERT_EQ(result.faults.size(), 1U);
  EXPECT_FALSE(result.faults[0].elected);
  ASSERT_TRUE(result.faults[0].recovered) << "nobody had to";
  EXPECT_LT(*result.faults[0].recovered, seconds(2));
}

TEST(KeyValue, HasNotRecoveredWhileNothingIsConfirmed) {
  const RunResult result = run_scenario(
      kLeaderCrash, {"slos=[]", R"(faults=[{ "at": "6s", "process_kill": "server[*]" }])"});
  ASSERT_EQ(result.faults.size(), 1U);
  EXPECT_FALSE(result.faults[0].recovered);
}

TEST(KeyValue, HasRecoveredWhenAClientIsToldAndNotWhenALeaderHasCarriedOutWhatWasLeft) {
  const RunResult result =
      run_scenario(kLeaderCrash, {"slos=[]", "kv_clients[0].client.retry_backoff=4s",
                                  R"(faults=[{ "at": "6s", "process_kill": "kv: leader" }])"});
  ASSERT_EQ(result.faults.size(), 1U);
  ASSERT_TRUE(result.faults[0].elected && result.faults[0].recovered);
  EXPECT_GT(*result.faults[0].recovered, seconds(3)) << "they wait before they ask again";
  EXPECT_LT(*result.faults[0].elected, seconds(3));
}

TEST(Ensemble, CountsAnElectionToTheFaultThatLedToIt) {
  const RunResult result =
      run_scenario("scenarios/coordination/election.json",
                   {"slos=[]", R"(faults=[{ "at": "4s", "slow_cpu": "server-2", "for": "1s" },
                                          { "at": "6s", "process_kill": "server-3", "for": "1s" },
                                          { "at": "7500ms", "process_kill": "server-1", "for": "1s" },
                                          { "at": "9s", "process_kill": "coordination: leader" }])"});
  ASSERT_EQ(result.faults.size(), 4U);
  for (const reports::FaultReport& fault : result.faults) {
    ASSERT_TRUE(fault.recovered);
    EXPECT_LT(*fault.recovered, seconds(1));
  }
  EXPECT_FALSE(result.faults[0].elected);
  EXPECT_TRUE(result.faults[3].elected);
}

TEST(KeyValue, ShowsNothingOldWithoutAFault) {
  const RunResult result = run_scenario(
      kPartition, {"faults=[]", "slos=[]", "duration=6s", "warmup=2s",
                   "kv_clients[4].servers=server[*]", "kv_clients[5].servers=server[*]"});
  EXPECT_LT(scalar(result, "stale_reads"), 20) << "but for the time that an entry takes";
  EXPECT_GT(scalar(run_scenario(kPartition), "stale_reads"), 100);
}

TEST(KeyValue, AsksAtARateWhateverIsAnswered) {
  const std::string open = R"(kv_clients=[{ "name": "open", "on": "client", "clients": 4,
                                            "rate": "500/s", "keys": 20 }])";
  const RunResult result = run_scenario(kLeaderCrash, {open, "slos=[]"});
  EXPECT_NEAR(static_cast<double>(result.ledger.produced), 12 * 500, 300);
  EXPECT_GT(result.metrics.e2e.all.max, milliseconds(500)) << "from the time that was meant";
  expect_sound(result);
}

}  // namespace
}  // namespace wavetank::test
