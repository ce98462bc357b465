// The laboratory against theory, where that is cheap: a law or two of each resource. All of them:
// `wavetank figures --theory`.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "sim/theory/hold.h"
#include "sim/theory/sea.h"
#include "sim/theory/visitors.h"

namespace wavetank::sim::theory {
namespace {

using reports::Agreement;
using reports::TheoryRow;
using testing::Each;
using testing::Property;

std::vector<Law> cheap_laws() {
  static const std::set<std::string> kNames = {"M/M/1, rho 0.5",
                                               "slowest of 100 exponentials",
                                               "5 customers who think for 10 ms",
                                               "M/M/1 behind 5 places, rho 0.8",
                                               "M/D/1 out, rho 0.8",
                                               "d 1 ms + exponential of 5 ms",
                                               "M/G/1-PS, exponential sizes, rho 0.5",
                                               "M/D/1, depth 1, rho 0.8",
                                               "M/D/1, all at once, 0.5 a flush",
                                               "looks every 100 ms",
                                               "N 3, R 1, W 2",
                                               "exponential of 1"};
  std::vector<Law> chosen;
  for (Law& law : all_laws()) {
    if (kNames.contains(law.name)) {
      chosen.push_back(std::move(law));
    }
  }
  EXPECT_EQ(chosen.size(), kNames.size());
  return chosen;
}

std::vector<TheoryRow> held(double slower, bool looks_again) {
  const Effort effort{2, 20, slower, looks_again};
  return hold(
      cheap_laws(), effort, [](const Law&) {}, [] { return false; });
}

TEST(Laws, Hold) {
  EXPECT_THAT(held(1, true), Each(Property(&TheoryRow::agreement, Agreement::within)));
}

TEST(Laws, NoticeAResourceThatIsThreePercentSlowerThanItSays) {
  std::set<std::string> noticed;
  for (const TheoryRow& row : held(1.03, false)) {
    if (row.agreement() == Agreement::outside) {
      noticed.insert(row.law);
    }
  }
  for (const Law& law : cheap_laws()) {
    EXPECT_TRUE(noticed.contains(law.name)) << law.name;
  }
}

/// How long a message takes over a route that shakes.
Law one_message(const std::string& name) {
  return {name,
          "route",
          "nobody",
          {{"way", "?", 1, "ms"}},
          [](const Trial& trial) -> std::vector<double> {
            Sea sea(trial, {kFastCard, kFastCard}, milliseconds(1));
            sea.network->set_jitter(HostId(0), HostId(1), milliseconds(5));
            Inbox inbox;
            double arrived_ms = 0;
            inbox.takes = [&](std::uint64_t) { arrived_ms = in_ms(sea.kernel.now() - Time()); };
            sea.network->transmit(HostId(0), HostId(1), 0, 1000, inbox, 0);
            sea.kernel.run_until(Time() + seconds(10));
            return {arrived_ms};
          }};
}

TEST(Laws, ShareNoDrawsThoughTheirRoutesHaveTheSameNames) {
  const auto rows = hold(
      {one_message("one"), one_message("other"), one_message("one")}, {2, 3}, [](const Law&) {},
      [] { return false; });
  EXPECT_NE(rows[0].simulated->value, rows[1].simulated->value);
  EXPECT_EQ(rows[0].simulated->value, rows[2].simulated->value);
}

TEST(Laws, HaveNamesOfTheirOwn) {
  std::set<std::string> names;
  for (const Law& law : all_laws()) {
    EXPECT_TRUE(names.insert(law.name).second) << law.name;
    EXPECT_FALSE(law.figures.empty()) << law.name;
  }
}

}  // namespace
}  // namespace wavetank::sim::theory
