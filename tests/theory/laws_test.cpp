// The laboratory against theory, where that is cheap: a law or two of each resource. All of them:
// `wavetank figures --theory`.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "sim/theory/hold.h"

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

TEST(Laws, HaveNamesOfTheirOwn) {
  std::set<std::string> names;
  for (const Law& law : all_laws()) {
    EXPECT_TRUE(names.insert(law.name).second) << law.name;
    EXPECT_FALSE(law.figures.empty()) << law.name;
  }
}

}  // namespace
}  // namespace wavetank::sim::theory
