// Groups that read again what was written: they get what they ask for, and those who read live do
// not notice, unless both want more than a card takes.

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/simulation/forked_run.h"

namespace wavetank::test {
namespace {

using reports::RunResult;

constexpr const char* kByTime = "scenarios/log/retention-and-replay.json";
constexpr const char* kByOffset = "scenarios/log/replay-from-offset.json";
/// The live group alone.
constexpr const char* kNoReplay =
    R"(consumers=[{ "group": "live", "topic": "events", "on": "client-2" }])";
constexpr const char* kNoBounds = R"(slos=["lost == 0"])";

double scalar(const RunResult& result, const std::string& name) {
  const auto found = std::ranges::find(result.metrics.scalars, name, &reports::ScalarMetric::name);
  return found == result.metrics.scalars.end() ? -1 : found->value;
}

TEST(ReplayingReaders, DisturbNobodyWhoReadsLive) {
  const RunResult with = run_scenario(kByTime, {kNoBounds});
  const RunResult without = run_scenario(kByTime, {kNoBounds, kNoReplay});
  EXPECT_EQ(scalar(without, "delivered_beside"), 0);
  EXPECT_GT(scalar(with, "delivered_beside"), 25'000);
  EXPECT_EQ(with.ledger.delivered, without.ledger.delivered);
  const reports::LatencySummary& live = with.metrics.e2e.all;
  const reports::LatencySummary& alone = without.metrics.e2e.all;
  EXPECT_LE(live.p50.seconds(), alone.p50.seconds() * 1.02);
  EXPECT_LE(live.p99.seconds(), alone.p99.seconds() * 1.05);
}

TEST(ReplayingReaders, DisturbThoseWhoReadLiveWhereACardIsTooSmall) {
  const char* small = "cluster.network.bandwidth=30Mbps";
  const RunResult with = run_scenario(kByTime, {kNoBounds, small});
  const RunResult without = run_scenario(kByTime, {kNoBounds, small, kNoReplay});
  EXPECT_GT(with.metrics.e2e.all.max, without.metrics.e2e.all.max * 2);
}

TEST(ReplayingReaders, ReadFromTheOffsetThatTheyAskFor) {
  const RunResult some = run_scenario(kByOffset, {kNoBounds});
  EXPECT_EQ(scalar(some, "delivered_beside"),
            static_cast<double>(some.ledger.acknowledged) - 6 * 1000);
  const RunResult all = run_scenario(kByOffset, {kNoBounds, "consumers[1].consumer.from.offset=0"});
  EXPECT_EQ(scalar(all, "delivered_beside"), static_cast<double>(all.ledger.acknowledged));
}

}  // namespace
}  // namespace wavetank::test
