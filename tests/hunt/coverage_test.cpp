#include "sim/hunt/coverage.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>

#include "engine/base/sometimes.h"
#include "scenarios/load.h"

namespace wavetank::sim {
namespace {

using Names = std::vector<std::string>;

std::string scenario(const std::string& name) {
  return scenarios::load_file(WAVETANK_SOURCE_DIR "/scenarios/" + name + ".json")
      .scenario->effective_json;
}

Survey survey_of(const std::vector<Visit>& visits) {
  return survey(visits, 2, {[](std::size_t) {}, [] { return false; }});
}

TEST(Coverage, CountsRunsAndRemembersTheLeastOfThem) {
  Coverage coverage;
  coverage.add(7, {"log/unclean-election", "log/follower-truncates"});
  coverage.add(3, {"log/follower-truncates"});
  EXPECT_EQ(coverage.reached().at("log/follower-truncates").runs, 2u);
  EXPECT_EQ(coverage.reached().at("log/follower-truncates").first, 3u);
  EXPECT_EQ(coverage.last_news(), 7u);
}

TEST(Coverage, KnowsWhatNoRunHasReached) {
  Coverage coverage;
  const std::size_t all = coverage.never().size();
  EXPECT_EQ(all, Coverage::all());
  EXPECT_GE(all, 40u);
  coverage.add(1, {"log/unclean-election"});
  EXPECT_EQ(coverage.never().size(), all - 1);
  EXPECT_FALSE(std::ranges::count(coverage.never(), "log/unclean-election"));
}

TEST(Coverage, MarksAreNamedByAreaAndWhatHappens) {
  const std::regex name("[a-z]+/[a-z]+(-[a-z]+)*");
  for (const Mark* mark : Mark::all()) {
    EXPECT_TRUE(std::regex_match(std::string(mark->name()), name)) << mark->name();
  }
}

TEST(Survey, TellsWhichRunsReachAMark) {
  const Survey seen = survey_of({{"quiet", [] { return scenario("log/acks-all"); }},
                                 {"unclean", [] { return scenario("log/unclean-election"); }}});
  EXPECT_EQ(seen.trouble, Names());
  const auto reached = seen.coverage.reached().find("log/unclean-election");
  ASSERT_NE(reached, seen.coverage.reached().end());
  EXPECT_EQ(reached->second.runs, 1u);
  EXPECT_EQ(reached->second.first, 1u);
}

TEST(Survey, SaysWhatCameToNoEnd) {
  const Survey seen = survey_of({{"nonsense", [] { return std::string("{}"); }},
                                 {"dies", []() -> std::string { std::_Exit(3); }}});
  Names trouble = seen.trouble;
  std::ranges::sort(trouble);
  ASSERT_EQ(trouble.size(), 2u);
  EXPECT_EQ(trouble[0], "dies: the process died");
  EXPECT_TRUE(trouble[1].starts_with("nonsense: "));
}

}  // namespace
}  // namespace wavetank::sim
