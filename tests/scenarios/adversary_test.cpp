// The plans of the hunt: drawn from a seed alone, legal, and within what a scenario promises.

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "scenarios/adversary/ground.h"
#include "scenarios/adversary/plan.h"
#include "scenarios/adversary/slowdown.h"
#include "scenarios/load.h"
#include "scenarios/templates.h"

namespace wavetank::scenarios {
namespace {

constexpr std::uint64_t kSeeds = 60;

Scenario scenario(const std::string& name, const std::vector<std::string>& overrides = {}) {
  Loaded loaded = load_file(std::string(WAVETANK_SOURCE_DIR) + "/scenarios/" + name + ".json",
                            {overrides, {}, {}});
  EXPECT_TRUE(loaded.scenario) << name;
  return std::move(*loaded.scenario);
}

Scenario plan_of(const Scenario& base, std::uint64_t seed, const PlanOptions& options = {}) {
  Loaded loaded = load_text(draw_plan(base, seed, options).text, "plan");
  for (const Diagnostic& complaint : loaded.diagnostics) {
    EXPECT_EQ(complaint.level, Level::warning)
        << "seed " << seed << ": " << complaint.pointer << " " << complaint.message;
  }
  return loaded.scenario ? std::move(*loaded.scenario) : Scenario{};
}

/// Whether it takes from a broker what that had not synced. Controllers sync what they promise.
bool damages(const Fault& fault) {
  const auto* crash = std::get_if<Crash>(&fault.action);
  return (crash != nullptr && crash->unsynced != Unsynced::kept &&
          crash->hosts.text.starts_with("broker")) ||
         std::holds_alternative<Wipe>(fault.action) ||
         std::holds_alternative<FailedFsync>(fault.action) ||
         std::holds_alternative<BitRot>(fault.action);
}

TEST(Plan, IsTheSameForTheSameSeedAndAnotherForAnother) {
  const Scenario base = scenario("log/quickstart");
  EXPECT_EQ(draw_plan(base, 7, {}).text, draw_plan(base, 7, {}).text);
  EXPECT_NE(draw_plan(base, 7, {}).text, draw_plan(base, 8, {}).text);
}

TEST(Plan, IsNotMeantToFailThoughItsScenarioIs) {
  const Scenario base = scenario("log/unclean-election");
  ASSERT_TRUE(base.meant_to_fail);
  EXPECT_FALSE(plan_of(base, 1).meant_to_fail);
}

TEST(Plan, IsAlwaysAScenarioOfEveryFamily) {
  for (const char* name :
       {"log/quickstart", "log/transaction-across-partitions", "log/group-cooperative",
        "log/controller-failover", "coordination/session-moves", "coordination/observer",
        "coordination/kv-leader-crash"}) {
    const Scenario base = scenario(name);
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
      const Scenario plan = plan_of(base, seed);
      EXPECT_FALSE(plan.faults.empty()) << name << ", seed " << seed;
      EXPECT_EQ(plan.regime, Regime::adversarial);
      EXPECT_EQ(plan.seed, seed);
    }
  }
}

TEST(Plan, DrawsEveryKindOfFaultSoonerOrLater) {
  const Scenario base = scenario("log/controller-failover");
  std::set<std::string_view> kinds;
  for (std::uint64_t seed = 1; seed <= 10 * kSeeds; ++seed) {
    for (const Fault& fault : plan_of(base, seed).faults) {
      kinds.insert(kind(fault.action));
    }
  }
  for (const char* expected :
       {"crash", "process_kill", "pause", "partition", "slow_link", "delay", "slow_disk",
        "stuck_disk", "slow_cpu", "clock_step", "clock_drift", "wipe", "disk_full", "failed_fsync",
        "loss", "jitter", "connection_reset", "load_spike"}) {
    EXPECT_TRUE(kinds.contains(expected)) << expected;
  }
}

TEST(Plan, HasNoMoreFaultsThanAskedFor) {
  const Scenario base = scenario("log/quickstart");
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    EXPECT_LE(plan_of(base, seed, {false, 3}).faults.size(), 3U);
  }
}

TEST(Plan, DamagesOneBrokerAtATimeWhileTheOthersAreWell) {
  const Scenario base = scenario("log/quickstart");
  int damaging = 0;
  for (std::uint64_t seed = 1; seed <= 5 * kSeeds; ++seed) {
    const Scenario plan = plan_of(base, seed);
    const Duration mending = Ground(plan).mending;
    const std::vector<Fault>& faults = plan.faults;
    for (const Fault& fault : faults) {
      for (const Fault& other : faults) {
        if (damages(fault) && &other != &fault) {
          const Time over = other.until().value_or(other.at);
          EXPECT_TRUE(over + mending <= fault.at || fault.until().value_or(fault.at) < other.at)
              << "seed " << seed << ": " << kind(fault.action) << " at " << (fault.at - Time()).ns()
              << ", " << kind(other.action) << " until " << (over - Time()).ns();
        }
      }
      damaging += damages(fault) ? 1 : 0;
    }
  }
  EXPECT_GT(damaging, 20);
}

TEST(Plan, TakesNothingFromWhoHasTheOnlyCopy) {
  const Scenario alone = scenario("log/quickstart", {"services.log.topics[0].min_insync=1"});
  for (std::uint64_t seed = 1; seed <= 5 * kSeeds; ++seed) {
    EXPECT_TRUE(std::ranges::none_of(plan_of(alone, seed).faults, damages)) << "seed " << seed;
  }
}

TEST(Plan, GoesBeyondThePromisesOnlyIfAsked) {
  const Scenario alone = scenario("log/quickstart", {"services.log.topics[0].min_insync=1"});
  int damaging = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const std::vector<Fault> faults = plan_of(alone, seed, {true, 12}).faults;
    damaging += std::ranges::any_of(faults, damages) ? 1 : 0;
  }
  EXPECT_GT(damaging, 10);
}

TEST(Plan, LeavesTimeToRecover) {
  const Scenario base = scenario("log/quickstart");
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    for (const Fault& fault : plan_of(base, seed).faults) {
      if (!fault.when) {
        EXPECT_LE(fault.until().value_or(fault.at), Time() + base.duration) << "seed " << seed;
      }
    }
  }
}

TEST(ASlowerWorld, IsThatOfEveryScenarioThatTheGateKnows) {
  for (const Template& it : all_templates()) {
    if (it.name.starts_with("log/") || it.name.starts_with("coordination/")) {
      const Scenario base = scenario(it.name);
      const std::optional<Scenario> slow = slowed_down(base);
      ASSERT_TRUE(slow) << it.name;
      EXPECT_EQ(slow->faults.size(), base.faults.size() + 1) << it.name;
    }
  }
}

}  // namespace
}  // namespace wavetank::scenarios
