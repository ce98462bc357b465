#include "sim/hunt/hunt.h"

#include <gtest/gtest.h>

#include "sim/hunt/failure.h"
#include "small_log.h"

namespace wavetank::sim {
namespace {

using test::loses_records;
using test::small_log;

struct Hunted {
  Tally tally;
  std::vector<Find> finds;
};

Hunted hunt_through(const scenarios::Scenario& base, std::uint64_t seeds, std::size_t jobs = 2) {
  Hunted hunted;
  HuntOptions options;
  options.last_seed = seeds;
  options.jobs = jobs;
  hunted.tally =
      hunt(base, options,
           {{}, [&](const Find& find) { hunted.finds.push_back(find); }, [](const Tally&) {}, {}});
  return hunted;
}

TEST(Hunt, FindsThatTheOldTruncationLosesRecords) {
  const Hunted hunted =
      hunt_through(small_log({"services.log.broker_settings.truncation=high_watermark"}), 60);
  EXPECT_EQ(hunted.tally.runs, 60U);
  ASSERT_FALSE(hunted.finds.empty());
  EXPECT_TRUE(hunted.finds.front().violations.front().rule.starts_with("log/"));
}

TEST(Hunt, WritesFailuresThatFailAgain) {
  const Hunted hunted = hunt_through(small_log(loses_records()), 20);
  ASSERT_FALSE(hunted.finds.empty());
  const Find& find = hunted.finds.front();
  Workers again(1, std::chrono::seconds(60));
  again.start(1, [&] { return run_trial(find.scenario, {}); });
  const Outcome outcome = outcome_of(*again.next({}));
  ASSERT_EQ(outcome.end, TrialEnd::broken);
  EXPECT_EQ(outcome.violations.front().rule, find.violations.front().rule);
  EXPECT_EQ(outcome.violations.front().first, find.violations.front().first);
}

TEST(Hunt, KeepsWhatItFoundWhenItIsStopped) {
  HuntOptions options;
  options.last_seed = 1000;
  int found = 0;
  const Tally tally =
      hunt(small_log(loses_records()), options,
           {{}, [&](const Find&) { ++found; }, [](const Tally&) {}, [&] { return found > 0; }});
  EXPECT_GE(found, 1);
  EXPECT_LT(tally.runs, 1000U);
}

TEST(Trial, EndsWhenItsEventsAreUsedUp) {
  TrialBounds bounds;
  bounds.events_max = 1000;
  Workers workers(1, std::chrono::seconds(60));
  const std::string text = small_log().effective_json;
  workers.start(1, [&] { return run_trial(text, bounds); });
  const Outcome outcome = outcome_of(*workers.next({}));
  EXPECT_EQ(outcome.end, TrialEnd::out_of_budget);
  EXPECT_NE(outcome.why.find("1000 events"), std::string::npos) << outcome.why;
}

TEST(Trial, SaysThatAProcessDied) {
  const Outcome outcome = outcome_of({1, std::nullopt, false});
  EXPECT_EQ(outcome.end, TrialEnd::broken);
  EXPECT_EQ(outcome.violations.front().rule, kDefectRule);
}

TEST(FailureFile, OfAnotherVersionIsRefused) {
  scenarios::Scenario failure = small_log();
  EXPECT_FALSE(is_ours(failure));
  failure.found = scenarios::Found{"log/lost-write", "", 1, false, "", "0.0.0-other"};
  const Status status = is_ours(failure);
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().message.find("0.0.0-other"), std::string::npos);
}

}  // namespace
}  // namespace wavetank::sim
