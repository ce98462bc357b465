// Runs that are not deterministic are caught, whatever they draw on, and the event is named.

#include <gtest/gtest.h>

#include "reports/result_json.h"
#include "sim/verify/verifier.h"
#include "tests/verify/canary.h"

namespace wavetank::test {
namespace {

using sim::EventDifference;
using sim::Verification;

std::string in_words(const Verification& found) {
  if (found.end == Verification::End::same) {
    return "the same";
  }
  if (found.end == Verification::End::results_differ) {
    return "another result: " + found.result->path;
  }
  if (found.end == Verification::End::no_other_run) {
    return "no other run";
  }
  if (!found.event) {
    return "somewhere";
  }
  const EventDifference& event = *found.event;
  const std::string kind = event.kind == EventDifference::Kind::event     ? "event"
                           : event.kind == EventDifference::Kind::content ? "content"
                                                                          : "effects";
  return kind + ": " + (event.here ? event.here->words : "nothing") + " / " +
         (event.there ? event.there->words : "nothing") + ", because of " +
         (event.cause_here ? event.cause_here->words : "nothing");
}

struct Setting {
  bool side_by_side = true;
  std::string program = WAVETANK_CANARY;
  std::string added_to_result = {};
};

/// A run with the canary, held against another: in a process of its own, for SimGrid's sake.
std::string verified(Draws draws, Does does, const Setting& setting = {}) {
  sim::ChildProcess child([&] {
    const scenarios::Scenario scenario = canary_scenario();
    sim::Verifier verifier({{setting.program, std::to_string(static_cast<int>(draws)),
                             std::to_string(static_cast<int>(does))},
                            setting.side_by_side});
    Canary canary(draws, does);
    sim::RunHooks hooks;
    canary.join(hooks);
    verifier.attend(hooks);
    const Result<reports::RunResult> result = sim::run(scenario, hooks);
    return in_words(verifier.conclude(reports::write_result(*result) + setting.added_to_result));
  });
  return child.wait().value_or("no answer");
}

TEST(Verify, FindsARunThatDrawsOnNothingTheSame) {
  EXPECT_EQ(verified(Draws::on_nothing, Does::schedule_at_another_time), "the same");
  EXPECT_EQ(verified(Draws::on_nothing, Does::mix_it_in, {.side_by_side = false}), "the same");
}

TEST(Verify, NamesTheEventAtAnotherTimeAndTheOneThatScheduledIt) {
  for (const Draws draws : {Draws::on_code_address, Draws::on_stack_address}) {
    const std::string found = verified(draws, Does::schedule_at_another_time);
    EXPECT_TRUE(found.starts_with("event: ")) << found;
    EXPECT_NE(found.find("canary: flies"), std::string::npos) << found;
  }
}

TEST(Verify, NamesTheEventThatSchedulesOthers) {
  EXPECT_EQ(verified(Draws::on_size_of_environment, Does::schedule_more_events),
            "effects: canary: draws / canary: draws, because of nothing");
}

TEST(Verify, NamesTheEventThatMeetsOtherContent) {
  const std::string draws = "content: canary: draws / canary: draws, because of nothing";
  EXPECT_EQ(verified(Draws::on_order_of_blocks, Does::mix_it_in), draws);
  EXPECT_EQ(verified(Draws::on_fresh_memory, Does::mix_it_in), draws);
  EXPECT_EQ(verified(Draws::on_freed_memory, Does::mix_it_in), draws);
  EXPECT_EQ(verified(Draws::on_time_zone, Does::mix_it_in), draws);
}

TEST(Verify, CatchesARunThatDrawsOnTheClock) {
  EXPECT_EQ(verified(Draws::on_clock, Does::mix_it_in, {.side_by_side = false}),
            "content: canary: draws / canary: draws, because of nothing");
}

TEST(Verify, ComparesResultsByTheByte) {
  EXPECT_EQ(verified(Draws::on_nothing, Does::mix_it_in, {.added_to_result = " "}),
            "another result: ");
}

TEST(Verify, DoesNotTakeAProcessThatSaysNothingForTheSame) {
  EXPECT_EQ(verified(Draws::on_nothing, Does::mix_it_in, {.program = "/bin/true"}), "no other run");
  EXPECT_EQ(verified(Draws::on_nothing, Does::mix_it_in, {.program = "/nowhere"}), "no other run");
}

}  // namespace
}  // namespace wavetank::test
