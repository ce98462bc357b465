#include "sim/observe/event_watch.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace wavetank::sim {
namespace {

using scenarios::RunEvent;
using scenarios::When;

constexpr NodeId kA{0};
constexpr NodeId kB{1};
constexpr log::PartitionId kOrders1{1};
constexpr log::PartitionId kEvents0{2};

class EventWatchTest : public testing::Test {
 protected:
  EventWatchTest() {
    log::TopicConfig orders;
    orders.name = "orders";
    orders.partitions = 2;
    log::TopicConfig events;
    events.name = "events";
    topology.topics = {orders, events};
  }
  When when(RunEvent event, std::string of = "", std::uint32_t occurrence = 1) {
    When made;
    made.event = event;
    made.of = std::move(of);
    made.occurrence = occurrence;
    return made;
  }

  Kernel kernel;
  log::Topology topology;
  std::vector<std::pair<std::size_t, NodeId>> happened;
  EventWatch watch{kernel, topology, [this](std::size_t fault, NodeId where) {
                     happened.emplace_back(fault, where);
                   }};
};

TEST_F(EventWatchTest, TellsOfAnEventOnce) {
  watch.bind(3, when(RunEvent::leader_elected), {});
  watch.saw(RunEvent::truncated, kOrders1, kA);
  EXPECT_TRUE(happened.empty());
  watch.saw(RunEvent::leader_elected, kOrders1, kB);
  watch.saw(RunEvent::leader_elected, kOrders1, kA);
  EXPECT_EQ(happened, (std::vector<std::pair<std::size_t, NodeId>>{{3, kB}}));
}

TEST_F(EventWatchTest, KnowsATopicAndAPartition) {
  watch.bind(0, when(RunEvent::leader_elected, "events"), {});
  watch.bind(1, when(RunEvent::leader_elected, "orders-1"), {});
  watch.saw(RunEvent::leader_elected, log::PartitionId(0), kA);
  EXPECT_TRUE(happened.empty());
  watch.saw(RunEvent::leader_elected, kEvents0, kA);
  watch.saw(RunEvent::leader_elected, kOrders1, kB);
  EXPECT_EQ(happened, (std::vector<std::pair<std::size_t, NodeId>>{{0, kA}, {1, kB}}));
}

TEST_F(EventWatchTest, CountsToTheOccurrenceThatIsMeant) {
  watch.bind(0, when(RunEvent::rebalance_started, "readers", 3), {});
  watch.saw(RunEvent::rebalance_started, "readers", kA);
  watch.saw(RunEvent::rebalance_started, "others", kA);
  watch.saw(RunEvent::rebalance_started, "readers", kA);
  EXPECT_TRUE(happened.empty());
  EXPECT_EQ(watch.seen(0), 2U);
  watch.saw(RunEvent::rebalance_started, "readers", kA);
  EXPECT_EQ(happened.size(), 1U);
}

TEST_F(EventWatchTest, DoesNotCountWhatHappensTooEarly) {
  When late = when(RunEvent::broker_fenced);
  late.not_before = Time() + seconds(1);
  watch.bind(0, late, {});
  watch.saw(RunEvent::broker_fenced, kA);
  EXPECT_EQ(watch.seen(0), 0U);
  kernel.run_until(Time() + seconds(1));
  watch.saw(RunEvent::broker_fenced, kA);
  EXPECT_EQ(happened.size(), 1U);
}

TEST_F(EventWatchTest, KnowsTheNodesOfAHost) {
  watch.bind(0, when(RunEvent::controller_elected, "controller-2"), {kB});
  watch.saw(RunEvent::controller_elected, kA);
  EXPECT_TRUE(happened.empty());
  watch.saw(RunEvent::controller_elected, kB);
  EXPECT_EQ(happened.size(), 1U);
}

}  // namespace
}  // namespace wavetank::sim
