#include "sim/platform/platform.h"

#include <gtest/gtest.h>

#include <functional>

namespace wavetank::sim {
namespace {

constexpr std::uint64_t kMegabyte = 1'000'000;

HostSpec host(std::string name, std::uint64_t nic_bytes_per_s = 100 * kMegabyte) {
  HostSpec spec;
  spec.name = std::move(name);
  spec.nic_bytes_per_s = nic_bytes_per_s;
  return spec;
}

/// Two regions. The first has zones a (a1, a2, a3: 100 us) and b (b1), 500 us apart and at most 50
/// MB/s between them; the second, 20 ms away, has zone c (c1).
PlatformSpec two_regions() {
  RegionSpec east;
  east.name = "east";
  east.zone_latency = microseconds(500);
  east.zone_bytes_per_s = 50 * kMegabyte;
  east.zones = {ZoneSpec{"a", microseconds(100), {host("a1"), host("a2"), host("a3")}},
                ZoneSpec{"b", microseconds(70), {host("b1")}}};
  RegionSpec west;
  west.name = "west";
  west.zones = {ZoneSpec{"c", microseconds(30), {host("c1", 10 * kMegabyte)}}};
  PlatformSpec spec;
  spec.regions = {east, west};
  spec.routes = {RegionRouteSpec{"east", "west", milliseconds(20), 0}};
  return spec;
}

struct Ending {
  std::uint64_t payload;
  bool failed;
  Time at;
};

class PlatformTest : public testing::Test, protected FlowObserver, protected EventTarget {
 protected:
  PlatformTest() {
    auto created = Platform::create(two_regions(), kernel);
    if (!created) {
      throw std::runtime_error(created.error().message);
    }
    platform = std::move(*created);
  }
  void flow_ended(std::uint64_t payload, bool failed) override {
    endings.push_back({payload, failed, kernel.now()});
    if (event_after_ending != Duration()) {
      kernel.schedule(kernel.now() + event_after_ending, *this, payload);
    }
  }
  void fire(std::uint64_t) override {
    events.push_back(kernel.now());
    if (on_event) {
      on_event();
    }
  }
  HostId id(std::string_view name) { return platform->find(name).value(); }
  FlowId flow(std::string_view from, std::string_view to, std::uint64_t bytes,
              std::uint64_t payload = 0) {
    return platform->start_flow(id(from), id(to), bytes, *this, payload);
  }
  /// To the resolution of SimGrid's clock, rounded up to whole nanoseconds.
  static void expect_near(Time actual, Duration expected) {
    EXPECT_NEAR(static_cast<double>(actual.ns()), static_cast<double>(expected.ns()), 2.0);
  }

  Kernel kernel;
  std::unique_ptr<Platform> platform;
  std::vector<Ending> endings;
  std::vector<Time> events;
  Duration event_after_ending;
  std::function<void()> on_event;
};

TEST(PlatformOfTwoZones, CanHaveALinkBetweenThemThatIsNarrowerThanItsCards) {
  PlatformSpec spec = two_regions();
  spec.regions.pop_back();  // the first and the last host are of two zones now
  spec.routes.clear();
  Kernel kernel;
  const auto platform = Platform::create(spec, kernel);
  ASSERT_TRUE(platform) << platform.error().message;
  EXPECT_EQ((*platform)->path_rate(HostId(0), HostId(3)), 50 * kMegabyte);
}

TEST_F(PlatformTest, CountsHostsInTheOrderOfTheSpecification) {
  EXPECT_EQ(platform->host_count(), 5u);
  EXPECT_EQ(id("a1"), HostId(0));
  EXPECT_EQ(id("c1"), HostId(4));
  EXPECT_EQ(platform->hosts_in("east").size(), 4u);
  EXPECT_EQ(platform->hosts_in("b"), std::vector{HostId(3)});
  EXPECT_FALSE(platform->find("nobody"));
}

TEST_F(PlatformTest, KnowsLatenciesToTheNanosecond) {
  EXPECT_EQ(platform->latency(id("a1"), id("a2")), microseconds(100));
  EXPECT_EQ(platform->latency(id("a1"), id("b1")), microseconds(500));
  EXPECT_EQ(platform->latency(id("b1"), id("a1")), microseconds(500));
  EXPECT_EQ(platform->latency(id("c1"), id("a1")), milliseconds(20));
  EXPECT_EQ(platform->latency(id("a1"), id("a1")), microseconds(20));
}

TEST_F(PlatformTest, KnowsTheNarrowestPartOfARoute) {
  EXPECT_EQ(platform->path_rate(id("a1"), id("a2")), 100 * kMegabyte);
  EXPECT_EQ(platform->path_rate(id("a1"), id("b1")), 50 * kMegabyte);
  EXPECT_EQ(platform->path_rate(id("a1"), id("c1")), 10 * kMegabyte);
}

TEST_F(PlatformTest, AFlowTakesLatencyPlusBytesOverBandwidth) {
  flow("a1", "a2", 100 * kMegabyte, 1);
  flow("b1", "c1", 10 * kMegabyte, 2);
  kernel.run_until(Time() + seconds(5));
  ASSERT_EQ(endings.size(), 2u);
  expect_near(endings[0].at, seconds(1) + microseconds(100));
  expect_near(endings[1].at, seconds(1) + milliseconds(20));
  EXPECT_FALSE(endings[0].failed);
  EXPECT_EQ(kernel.pending(), 0u);
  EXPECT_EQ(platform->live_flows(), 0u);
}

TEST_F(PlatformTest, AFlowBetweenZonesIsHeldToTheirBandwidth) {
  flow("a1", "b1", 50 * kMegabyte);
  kernel.run_until(Time() + seconds(5));
  expect_near(endings.at(0).at, seconds(1) + microseconds(500));
}

TEST_F(PlatformTest, TwoFlowsIntoOneHostShareItsCardFairly) {
  flow("a1", "a3", 50 * kMegabyte, 1);
  flow("a2", "a3", 100 * kMegabyte, 2);
  kernel.run_until(Time() + seconds(5));
  ASSERT_EQ(endings.size(), 2u);
  expect_near(endings[0].at, seconds(1) + microseconds(100));  // half the card each
  expect_near(endings[1].at, milliseconds(1500) + microseconds(100));
}

TEST_F(PlatformTest, OppositeDirectionsOfACardDoNotDisturbEachOther) {
  flow("a1", "a2", 100 * kMegabyte, 1);
  flow("a2", "a1", 100 * kMegabyte, 2);
  kernel.run_until(Time() + seconds(5));
  ASSERT_EQ(endings.size(), 2u);
  expect_near(endings[1].at, seconds(1) + microseconds(100));
}

TEST_F(PlatformTest, AnEventScheduledByACompletionIsServedAtItsOwnTimeBeforeTheNextCompletion) {
  event_after_ending = microseconds(7);
  flow("a1", "a2", 100 * kMegabyte, 1);
  flow("b1", "a3", 50 * kMegabyte + 1'000, 2);  // 420 us later
  kernel.run_until(Time() + seconds(5));
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0], endings[0].at + microseconds(7));
  EXPECT_EQ(events[1], endings[1].at + microseconds(7));
  EXPECT_LT(events[0], endings[1].at);
}

TEST_F(PlatformTest, AFlowStartedByAnEventBeforeTheNextCompletionStartsOnTime) {
  on_event = [this] { flow("a2", "a1", kMegabyte, 9); };
  flow("a1", "a2", 100 * kMegabyte, 1);
  kernel.schedule(Time() + milliseconds(300), *this, 0);
  kernel.run_until(Time() + seconds(5));
  ASSERT_EQ(endings.size(), 2u);
  EXPECT_EQ(endings[0].payload, 9u);
  expect_near(endings[0].at, milliseconds(310) + microseconds(100));
  expect_near(endings[1].at, seconds(1) + microseconds(100));
}

TEST_F(PlatformTest, ACancelledFlowLeavesItsBandwidthToTheOthersAndTellsNobody) {
  flow("a1", "a3", 100 * kMegabyte, 1);
  const FlowId second = flow("a2", "a3", 100 * kMegabyte, 2);
  kernel.run_until(Time() + seconds(1) + microseconds(100));
  EXPECT_NEAR(static_cast<double>(platform->flow_remaining_bytes(second)), 50e6, 10.0);
  platform->cancel_flow(second);
  platform->cancel_flow(second);
  kernel.run_until(Time() + seconds(5));
  ASSERT_EQ(endings.size(), 1u);
  expect_near(endings[0].at, milliseconds(1500) + microseconds(100));
}

TEST_F(PlatformTest, AHostThatGoesOffFailsItsFlowsAndRefusesNewOnesUntilItIsOnAgain) {
  flow("a1", "a2", 100 * kMegabyte, 1);
  kernel.run_until(Time() + milliseconds(400));
  platform->set_host_on(id("a2"), false);
  flow("a1", "a2", kMegabyte, 2);
  kernel.run_until(Time() + milliseconds(500));
  ASSERT_EQ(endings.size(), 2u);
  EXPECT_TRUE(endings[0].failed);
  EXPECT_TRUE(endings[1].failed);
  expect_near(endings[0].at, milliseconds(400));
  platform->set_host_on(id("a2"), true);
  flow("a1", "a2", kMegabyte, 3);
  kernel.run_until(Time() + seconds(1));
  ASSERT_EQ(endings.size(), 3u);
  EXPECT_FALSE(endings[2].failed);
}

TEST_F(PlatformTest, CapacityTakenFromACardSlowsTheFlowsOnIt) {
  flow("a1", "a2", 100 * kMegabyte, 1);
  kernel.run_until(Time() + milliseconds(500) + microseconds(100));
  platform->set_flow_capacity(id("a1"), 25e6, 100e6);
  EXPECT_NEAR(platform->flow_usage(id("a1")).out_bytes_per_s, 25e6, 1);
  EXPECT_NEAR(platform->flow_usage(id("a2")).in_bytes_per_s, 25e6, 1);
  kernel.run_until(Time() + seconds(5));
  expect_near(endings.at(0).at, milliseconds(2500) + microseconds(100));
}

TEST(PlatformSpecTest, EveryProblemOfAnImpossiblePlatformIsNamed) {
  PlatformSpec spec = two_regions();
  spec.regions[0].zones[0].hosts[1].name = "a1";
  spec.regions[0].zones[0].hosts[2].nic_bytes_per_s = 0;
  Kernel kernel;
  const auto created = Platform::create(spec, kernel);
  ASSERT_FALSE(created);
  EXPECT_NE(created.error().message.find("two hosts are named 'a1'"), std::string::npos);
  EXPECT_NE(created.error().message.find("0 bytes/s"), std::string::npos);
}

TEST(PlatformSpecTest, ARouteToAnUnknownRegionIsAnError) {
  PlatformSpec spec = two_regions();
  spec.routes.push_back(RegionRouteSpec{"east", "nowhere", milliseconds(1), 0});
  Kernel kernel;
  const auto created = Platform::create(spec, kernel);
  ASSERT_FALSE(created);
  EXPECT_NE(created.error().message.find("'nowhere'"), std::string::npos);
  EXPECT_TRUE(Platform::create(two_regions(), kernel)) << "a refused specification costs nothing";
}

}  // namespace
}  // namespace wavetank::sim
