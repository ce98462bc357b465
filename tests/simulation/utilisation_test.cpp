// How busy resources were, as a run tells it.

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "tests/simulation/forked_run.h"

namespace wavetank::test {
namespace {

using reports::Resource;
using reports::ResourceUse;
using reports::RunResult;

const ResourceUse& use_of(const RunResult& run, const std::string& host, Resource resource) {
  static const ResourceUse kNone;
  const auto& all = run.utilisation.resources;
  const auto found = std::ranges::find_if(
      all, [&](const ResourceUse& use) { return use.host == host && use.resource == resource; });
  EXPECT_NE(found, all.end()) << host << " " << name(resource);
  return found == all.end() ? kNone : *found;
}

TEST(Utilisation, IsToldSecondBySecondForEveryResourceThatAHostHas) {
  const RunResult run = run_scenario(kQuickstart);
  EXPECT_EQ(run.utilisation.from, Time() + run.warmup);
  EXPECT_EQ(run.utilisation.to, run.ended_at);
  EXPECT_EQ(run.utilisation.window, seconds(1));
  for (const ResourceUse& use : run.utilisation.resources) {
    ASSERT_FALSE(use.windows.empty());
    const double sum = std::accumulate(use.windows.begin(), use.windows.end(), 0.0);
    EXPECT_NEAR(sum / static_cast<double>(use.windows.size()), use.mean, 1e-3) << use.host;
    EXPECT_NEAR(*std::ranges::max_element(use.windows), use.peak, 1e-4) << use.host;
    EXPECT_LE(use.peak, 1.0) << use.host << " " << name(use.resource);
  }
  for (const Resource resource : reports::kResources) {
    EXPECT_GT(use_of(run, "broker-1", resource).mean, 0) << name(resource);
  }
  EXPECT_EQ(use_of(run, "broker-1", Resource::request_handlers).process, "broker-1");
  EXPECT_TRUE(std::ranges::none_of(run.utilisation.resources, [](const ResourceUse& use) {
    return use.host == "client-1" && use.resource == Resource::disk;
  })) << "a client keeps no files";
}

TEST(Utilisation, FallsToNothingWhileABrokerIsDown) {
  const ResourceUse cpu = use_of(run_scenario(kQuickstart), "broker-2", Resource::cpu);
  const auto second = [&](Time at) {
    return cpu.windows.at(static_cast<std::size_t>((at - Time()).seconds()) - 2);
  };
  EXPECT_EQ(run_scenario(kQuickstart).warmup, seconds(2)) << "of which `second` knows";
  EXPECT_GT(second(Time() + seconds(6)), 0);
  EXPECT_EQ(second(Time() + seconds(10)), 0);
  EXPECT_GT(second(Time() + seconds(14)), 0);
}

TEST(Utilisation, OfALongRunIsToldInFewerLongerWindows) {
  const RunResult run = run_scenario(
      kQuickstart, {"duration=300s", "faults=[]", "slos=[\"lost == 0\"]", "workload.rate=20/s"});
  EXPECT_EQ(run.utilisation.window, seconds(4));
  for (const ResourceUse& use : run.utilisation.resources) {
    EXPECT_LE(use.windows.size(), reports::kMaxUseWindows);
    EXPECT_GE(use.peak + 1e-4, *std::ranges::max_element(use.windows)) << "peaks are of a second";
  }
}

TEST(Utilisation, ShowsTheRequestHandlersOfABrokerThatHasTooFew) {
  const auto busy_with = [](const std::string& threads) {
    const RunResult run =
        run_scenario(kQuickstart, {"faults=[]", "slos=[\"lost == 0\"]", "workload.rate=4k/s",
                                   "services.log.broker_settings.io_threads=" + threads});
    return use_of(run, "broker-1", Resource::request_handlers).mean;
  };
  EXPECT_NEAR(busy_with("1"), 8 * busy_with("8"), 0.1 * busy_with("1"));
}

}  // namespace
}  // namespace wavetank::test
