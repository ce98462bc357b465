#include "scenarios/schedule.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scenario_texts.h"
#include "scenarios/quantity.h"

namespace wavetank::scenarios {
namespace {

std::vector<std::string> steps(std::vector<std::string> overrides = {}) {
  const Loaded loaded = load_small(std::move(overrides));
  EXPECT_TRUE(loaded.scenario) << all_texts(loaded);
  std::vector<std::string> lines;
  if (loaded.scenario) {
    for (const Step& step : compile_schedule(*loaded.scenario)) {
      lines.push_back(fmt::format("{} {} {}{}{}", to_text(step.at - Time()), step.action,
                                  step.target, step.detail.empty() ? "" : ": ", step.detail));
    }
  }
  return lines;
}

TEST(Schedule, WritesOutWhatStartsEndsAndBreaks) {
  EXPECT_THAT(steps(), testing::ElementsAre("0s load starts load: 1k/s",
                                            "5s crash broker-2: unsynced bytes lost",
                                            "9s restart broker-2", "20s load stops load"));
}

TEST(Schedule, EndsOneFaultBeforeTheNextBegins) {
  EXPECT_THAT(
      steps({R"(faults=[{"at":"9s","pause":"broker-1","for":"1s"},
                                {"at":"5s","crash":"broker-2","for":"4s"}])"}),
      testing::ElementsAre("0s load starts load: 1k/s", "5s crash broker-2: unsynced bytes lost",
                           "9s restart broker-2", "9s pause broker-1", "10s pause ends broker-1",
                           "20s load stops load"));
}

TEST(Schedule, AFaultWithoutEndHasNoEnd) {
  EXPECT_THAT(steps({R"(faults=[{"at":"9s","clock_step":"broker-1","by":"-2s"}])"}),
              testing::ElementsAre("0s load starts load: 1k/s", "9s clock_step broker-1: by -2s",
                                   "20s load stops load"));
}

}  // namespace
}  // namespace wavetank::scenarios
