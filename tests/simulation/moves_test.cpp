// Partitions that an operator moves: each test fails if the move, its throttle or its end does
// nothing.

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/simulation/forked_run.h"

namespace wavetank::test {
namespace {

using reports::ExitCode;
using reports::RunResult;

constexpr const char* kThrottled = "scenarios/log/reassign-throttled.json";

RunResult with_faults(const std::string& faults, const std::string& throttle = "10MB/s",
                      const std::string& more = "") {
  return run_scenario(
      kThrottled,
      {R"(faults=[{"at": "15s", "reassign": "orders-0", "to": ["broker-1", "broker-3"], "throttle": ")" +
           throttle + "\"" + more + "}" + faults + "]",
       "slos=[\"lost == 0\"]"});
}

std::optional<double> scalar(const RunResult& result, const std::string& name) {
  const auto found = std::ranges::find(result.metrics.scalars, name, &reports::ScalarMetric::name);
  return found == result.metrics.scalars.end() ? std::nullopt : std::optional(found->value);
}

TEST(MovedPartition, TakesItsBytesDividedByTheThrottle) {
  for (const double megabytes_per_s : {10.0, 15.0}) {
    const RunResult result =
        with_faults("", std::to_string(static_cast<int>(megabytes_per_s)) + "MB/s");
    ASSERT_TRUE(scalar(result, "move_rate").has_value()) << result.faults[0].note;
    EXPECT_NEAR(*scalar(result, "move_rate") / 1e6, megabytes_per_s, megabytes_per_s / 10);
    EXPECT_EQ(result.exit_code, ExitCode::ok) << result.summary;
  }
}

TEST(MovedPartition, HurtsThoseWhoWriteAndReadIfNothingThrottlesIt) {
  const RunResult throttled = with_faults("");
  const RunResult not_throttled = run_scenario("scenarios/log/reassign-unthrottled.json");
  EXPECT_LT(*scalar(not_throttled, "move_duration"), *scalar(throttled, "move_duration") / 3);
  EXPECT_GT(not_throttled.metrics.e2e.all.max, throttled.metrics.e2e.all.max * 2);
}

TEST(MovedPartition, OutlivesACrashOfTheBrokerItMovesTo) {
  const RunResult result =
      with_faults(R"(, {"at": "18s", "crash": "broker-3", "for": "2s"})", "20MB/s");
  ASSERT_TRUE(scalar(result, "move_duration").has_value()) << result.faults[0].note;
  EXPECT_EQ(result.exit_code, ExitCode::ok) << result.summary;
}

TEST(MovedPartition, OutlivesACrashOfTheBrokerItIsCopiedFrom) {
  const RunResult result =
      with_faults(R"(, {"at": "18s", "crash": "leader_of: orders-0", "for": "4s"})");
  ASSERT_TRUE(scalar(result, "move_duration").has_value()) << result.faults[0].note;
  EXPECT_EQ(result.exit_code, ExitCode::ok) << result.summary;
}

TEST(MovedPartition, StaysWhereItWasIfTheMoveIsCancelled) {
  const RunResult result = with_faults("", "10MB/s", R"(, "for": "3s")");
  EXPECT_FALSE(scalar(result, "move_duration").has_value());
  EXPECT_NE(result.faults[0].note.find("1 were given up"), std::string::npos)
      << result.faults[0].note;
  EXPECT_EQ(result.exit_code, ExitCode::ok) << result.summary;
}

}  // namespace
}  // namespace wavetank::test
