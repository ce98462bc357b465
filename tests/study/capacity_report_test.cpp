#include "reports/study/capacity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/study/small_capacity.h"

namespace wavetank::reports {
namespace {

using testing::HasSubstr;
using testing::Not;

using test::capacity_point;
using test::small_capacity;

TEST(CapacityReport, NamesTheLoadWhatBreaksJustBeyondItAndWhatBinds) {
  const std::string text = capacity_text(small_capacity(), true);
  EXPECT_THAT(text, HasSubstr("workload.rate up to 40k/s: at 42k/s the backlog grew by 900 "
                              "records a second (z = 3.0); bound by broker-1 disk writes 104 %"));
  EXPECT_THAT(text, Not(HasSubstr("burnt")));
  EXPECT_THAT(text, HasSubstr("40k/s holds, 42k/s does not"));
  EXPECT_THAT(text, HasSubstr("not judged, for want of what they speak of: recovery < 10s"));
}

TEST(CapacityReport, SaysWhereASearchHasStoppedAndHowFarItIsKnown) {
  CapacityReport it = small_capacity();
  it.by.clear();
  CapacityPoint beyond = capacity_point("", 0, 0);
  LoadProbe last = beyond.probes.front();
  last.value = 500'000;
  beyond.seeds = {{1, 500'000, std::nullopt}};
  beyond.probes = {last};
  it.points = {beyond};
  conclude(it.points[0], it);
  EXPECT_THAT(it.points[0].widen,
              HasSubstr("workload.rate = 500k/s still holds: not bracketed, for the "
                        "search stopped there after 1 run;"));
  it.points[0].widen.clear();
  it.points[0].probes[0].value = 1'000'000;
  conclude(it.points[0], it);
  EXPECT_THAT(it.points[0].widen,
              HasSubstr("workload.rate = 1M/s still holds: not bracketed; raise"));
  it.points = {capacity_point("", 10'000, 90'000)};
  conclude(it.points[0], it);
  EXPECT_TRUE(it.is_bracketed());
  EXPECT_THAT(capacity_text(it, true), HasSubstr("is known to within 1.6e+02 % only"));
}

TEST(CapacityReport, OfOneSearchShowsHowTheLatencyBendsOverTheLoad) {
  CapacityReport it = small_capacity();
  it.by.clear();
  it.points = {capacity_point("", 40'000, 42'000)};
  const std::string page = capacity_page(it);
  EXPECT_THAT(page, HasSubstr("aria-label=\"p99 end to end by workload.rate\""));
  EXPECT_THAT(page, HasSubstr("40k/s, seed 1: holds; 39.9k/s came out, p99 8 ms"));
  EXPECT_THAT(page, HasSubstr("everything burnt; 0/s came out, p99 unknown"));
  EXPECT_THAT(page, Not(HasSubstr("Runs by")));
}

TEST(CapacityReport, AsAPageHasTheCurveAndEveryRun) {
  const std::string page = capacity_page(small_capacity());
  EXPECT_THAT(page, Not(HasSubstr("<brokers>")));
  EXPECT_THAT(page, HasSubstr("the greatest that holds by services.log.topics.events.partitions"));
  std::size_t rings = 0;
  for (std::size_t at = page.find("<circle"); at != std::string::npos;
       at = page.find("<circle", at + 1)) {
    ++rings;
  }
  EXPECT_EQ(rings, 2U);
  EXPECT_THAT(page, HasSubstr("84k/s, seed 1: the backlog grew"));
}

TEST(CapacityReport, AsJsonSaysWhetherItIsBracketed) {
  CapacityReport it = small_capacity();
  EXPECT_EQ(nlohmann::json::parse(capacity_json(it))["bracketed"], true);
  it.points.push_back({});
  it.points.back().by = "12";
  it.points.back().seeds = {{1, 1'000'000.0, std::nullopt}};
  conclude(it.points.back(), it);
  const auto json = nlohmann::json::parse(capacity_json(it));
  EXPECT_EQ(json["bracketed"], false);
  EXPECT_EQ(json["points"][2]["value"], nullptr);
  EXPECT_THAT(capacity_text(it, true),
              HasSubstr("at services.log.topics.events.partitions = 12, workload.rate = 1M/s still "
                        "holds"));
}

TEST(CapacityReport, AsMarkdownIsATable) {
  EXPECT_THAT(capacity_markdown(small_capacity()),
              HasSubstr("| 40k/s | 40k/s holds, 42k/s does not |"));
}

}  // namespace
}  // namespace wavetank::reports
