#include "sim/replay/show.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

namespace wavetank::sim {
namespace {

using testing::HasSubstr;
using testing::Not;

Replayed two_brokers() {
  Replayed seen;
  seen.at = Time() + seconds(7);
  seen.names = {"broker-1", "broker-2"};
  for (std::uint32_t i = 0; i < 2; ++i) {
    NodeState state;
    state.name = seen.names[i];
    state.clock.monotonic = Time() + seconds(7) + milliseconds(i);
    port::Description& role = state.description.group("role");
    role.say("epoch", 3).say("leader", NodeId(0)).say("next look", seen.at + milliseconds(31 + i));
    port::Description& partitions = role.list("partitions");
    for (int p = 0; p < 40; ++p) {
      partitions.row("events-" + std::to_string(p)).say("high watermark", p == 7 ? 100 + i : 100U);
    }
    state.messages = port::Description("messages in flight", port::Description::Kind::list);
    seen.nodes.push_back(std::move(state));
  }
  return seen;
}

TEST(ShownNode, HasNamesAndTimesAsItsClockSeesThem) {
  const std::string text = show_nodes(two_brokers(), {});
  EXPECT_THAT(text, HasSubstr("broker-2 at 7.000000 s, its clock shows 7.001000 s"));
  EXPECT_THAT(text, HasSubstr("epoch 3, leader broker-1, next look in 31 ms"));
}

TEST(ShownNode, LeavesOutLongListsAndSaysSo) {
  const std::string text = show_nodes(two_brokers(), {});
  EXPECT_THAT(text, HasSubstr("partitions (40)"));
  EXPECT_THAT(text, HasSubstr("events-15"));
  EXPECT_THAT(text, Not(HasSubstr("events-16")));
  EXPECT_THAT(text, HasSubstr("… and 24 more (--all)"));
  EXPECT_THAT(show_nodes(two_brokers(), {{}, true}), HasSubstr("events-39"));
}

TEST(ShownNode, LetsNoTextBecomeATerminalsEscape) {
  Replayed seen = two_brokers();
  seen.nodes.resize(1);
  seen.nodes[0].name = "evil\x1b[31m";
  seen.nodes[0].description.say("evil\x1b[2J", "\x1b]0;title\x07");
  seen.nodes[0].transitions.push_back({seen.at, Change::leads, {"\x1b[5m"}, "\x9b 1m", 1, seen.at});
  seen.stories.push_back({EventId(1), {{seen.at, "\x1b[0m"}}, 0});
  const std::string text = show_nodes(seen, {}) + show_stories(seen, {});
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, HasSubstr("\\x1b[31m"));
}

TEST(ShownNode, IsColouredOnlyIfAskedFor) {
  ShowOptions options;
  EXPECT_THAT(show_nodes(two_brokers(), options), Not(HasSubstr("\x1b[")));
  options.style.color = true;
  EXPECT_THAT(show_nodes(two_brokers(), options), HasSubstr("\x1b[1mbroker-1\x1b[0m"));
}

TEST(ShownNode, IsAsciiIfTheTerminalIs) {
  ShowOptions options;
  options.style.ascii = true;
  for (const char c : show_nodes(two_brokers(), options)) {
    EXPECT_GE(c, 0);
  }
}

TEST(ShownDifference, IsWhatDiffersAndNoTimes) {
  const std::string text = show_difference(two_brokers(), {});
  EXPECT_THAT(text, HasSubstr("role / partitions / events-7"));
  EXPECT_THAT(text, HasSubstr("- 100"));
  EXPECT_THAT(text, HasSubstr("+ 101"));
  EXPECT_THAT(text, Not(HasSubstr("events-8")));
  EXPECT_THAT(text, Not(HasSubstr("next look")));
  EXPECT_THAT(show_difference(two_brokers(), {{}, true}), HasSubstr("events-8"));
}

TEST(ShownDifference, OfEqualsSaysSo) {
  Replayed seen = two_brokers();
  seen.nodes[1] = NodeState{};
  seen.nodes[0] = NodeState{};
  EXPECT_THAT(show_difference(seen, {}), HasSubstr("nothing differs but times"));
}

TEST(ReplayDocument, HoldsEverythingAsJson) {
  Replayed seen = two_brokers();
  seen.digest = "00ff";
  seen.stories.push_back({EventId(5), {{seen.at, "cut by broker-2", true}}, 0});
  const auto document = nlohmann::json::parse(replay_json(seen));
  EXPECT_EQ(document["at_s"], 7.0);
  EXPECT_EQ(document["nodes"][1]["name"], "broker-2");
  EXPECT_EQ(document["nodes"][0]["state"]["role"]["leader"], "broker-1");
  EXPECT_EQ(document["nodes"][1]["state"]["role"]["partitions"][7]["high watermark"], 101);
  EXPECT_EQ(document["records"][0]["steps"][0]["bad"], true);
}

}  // namespace
}  // namespace wavetank::sim
