// What docs/networks.md says of the two models of the network.

#include <gtest/gtest.h>

#include <algorithm>

#include "bench/networks/cases.h"

namespace wavetank::bench {
namespace {

const Line& line(const Case& it, const std::string& name) {
  const auto found = std::ranges::find(it.lines, name, &Line::name);
  if (found == it.lines.end()) {
    throw std::runtime_error("no line " + name);
  }
  return *found;
}

double at(const Case& it, const std::string& name, double place) {
  const auto found = std::ranges::find(it.places, place);
  return line(it, name).points.at(static_cast<std::size_t>(found - it.places.begin())).value;
}

TEST(TwoNetworks, GiveAMessageAloneTheSameTime) {
  const Case it = alone();
  for (const double bytes : it.places) {
    const double exact = at(it, "latency + bytes / rate", bytes);
    EXPECT_NEAR(at(it, "flows", bytes), exact, 1e-4) << bytes;
    EXPECT_NEAR(at(it, "queues", bytes), exact, 1e-3 * exact) << bytes;
  }
}

TEST(TwoNetworks, AgreeOnTheLastOfManyAndNotOnTheFirst) {
  const Case in = fan_in();
  for (const double senders : in.places) {
    const double last = at(in, "queues, last", senders);
    EXPECT_NEAR(at(in, "flows, last", senders), last, 1e-3 * last) << senders;
    EXPECT_NEAR(at(in, "flows, first", senders), last, 1e-3 * last) << "all end at once";
    EXPECT_NEAR(at(in, "queues, first", senders), at(in, "queues, first", 1), 1e-6);
  }
}

TEST(TwoNetworks, BothShareASendersCardAmongReceivers) {
  const Case out = fan_out();
  // By turns of 64 KiB: of 16 that each is long, the first is one round earlier.
  const double last = at(out, "queues, last", 32);
  EXPECT_NEAR(at(out, "flows, last", 32), last, 1e-3 * last);
  EXPECT_GT(at(out, "queues, first", 32), 0.85 * last);
}

TEST(TwoNetworks, ShareACardByTurnsOrInInverseProportionToTheLatency) {
  const Case it = near_and_far();
  for (const double factor : it.places) {
    EXPECT_NEAR(at(it, "queues", factor), 0.5, 0.001) << factor;
    EXPECT_NEAR(at(it, "flows", factor), factor / (factor + 1), 0.002) << factor;
  }
}

TEST(TwoNetworks, LetOnlyFlowsFeelTheLinkBetweenZones) {
  const Case it = between_zones();
  EXPECT_NEAR(at(it, "queues", 1), at(it, "queues", 40), 1e-6);
  EXPECT_NEAR(at(it, "flows", 1) / at(it, "flows", 2), 2, 0.01);
  EXPECT_NEAR(at(it, "flows", 40), at(it, "queues", 40), 0.01);
}

TEST(TwoNetworks, LetMessagesOfAChannelFollowEachOtherOrWaitForEachOther) {
  const Case it = one_channel();
  EXPECT_LT(at(it, "queues", 1448), 0.3);
  EXPECT_GT(at(it, "flows", 1448), 100 * 0.1) << "a latency each";
}

TEST(TwoNetworks, LetASmallMessageWaitForFramesOrForNothingBesideATransfer) {
  const Case it = beside_a_transfer();
  const double queues = at(it, "median", 0);
  const double flows = at(it, "median", 1);
  const double both = at(it, "median", 2);
  EXPECT_GT(queues, flows + 0.05);
  EXPECT_LT(flows, both);
  EXPECT_LT(both, queues);
}

}  // namespace
}  // namespace wavetank::bench
