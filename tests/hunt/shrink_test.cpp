#include "sim/hunt/shrink.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "small_log.h"

namespace wavetank::sim {
namespace {

using test::kLosingFault;
using test::loses_records;
using test::small_log;

Result<Shrunk> shrink_all(const scenarios::Scenario& scenario, const char* rule,
                          std::size_t jobs = 2) {
  ShrinkOptions options;
  options.jobs = jobs;
  return shrink(scenario.effective_json, rule, options, {[](std::uint32_t, std::uint64_t) {}, {}});
}

/// One fault that loses records, among others that do no harm.
scenarios::Scenario one_among(int others) {
  std::string faults = kLosingFault;
  for (int i = 0; i < others; ++i) {
    faults += fmt::format(R"(, {{"at": "{}ms", "slow_cpu": "broker-{}", "for": "50ms"}})",
                          2000 + 100 * i, 1 + i % 3);
  }
  std::vector<std::string> overrides = loses_records();
  overrides.push_back("faults=[" + faults + "]");
  return small_log(overrides);
}

TEST(Shrink, FindsTheOneFaultThatMatters) {
  const Result<Shrunk> shrunk = shrink_all(one_among(11), "log/lost-write");
  ASSERT_TRUE(shrunk) << shrunk.error().message;
  EXPECT_EQ(shrunk->faults_before, 12U);
  EXPECT_EQ(shrunk->faults_after, 1U);
  EXPECT_TRUE(shrunk->finished);
  const scenarios::Loaded small = scenarios::load_text(shrunk->scenario, "shrunk");
  ASSERT_TRUE(small.scenario);
  EXPECT_TRUE(std::holds_alternative<scenarios::Crash>(small.scenario->faults.front().action));
  EXPECT_LT(scenarios::expected_records(*small.scenario), 2000.0);
}

TEST(Shrink, GivesTheSameWhateverTheNumberOfProcesses) {
  const scenarios::Scenario scenario = one_among(3);
  EXPECT_EQ(shrink_all(scenario, "log/lost-write", 1)->scenario,
            shrink_all(scenario, "log/lost-write", 2)->scenario);
}

TEST(Shrink, RefusesWhatDoesNotFail) {
  const Result<Shrunk> shrunk = shrink_all(small_log(), "log/lost-write");
  ASSERT_FALSE(shrunk);
  EXPECT_NE(shrunk.error().message.find("log/lost-write"), std::string::npos);
}

}  // namespace
}  // namespace wavetank::sim
