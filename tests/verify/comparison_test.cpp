#include "sim/verify/comparison.h"

#include <gtest/gtest.h>

namespace wavetank::sim {
namespace {

using Kind = EventDifference::Kind;

/// Ten events a checkpoint.
Testimony with_digests(const std::vector<std::uint64_t>& digests) {
  Testimony testimony;
  for (const std::uint64_t digest : digests) {
    const std::uint64_t number = testimony.checkpoints.size() + 1;
    testimony.checkpoints.push_back({number * 10, Time(static_cast<std::int64_t>(number)), digest});
  }
  return testimony;
}

TEST(FirstDifference, IsTheStretchBeforeTheFirstDigestThatDiffers) {
  const Testimony run = with_digests({1, 2, 3, 4});
  EXPECT_EQ(first_difference(run, run), std::nullopt);
  EXPECT_EQ(first_difference(run, with_digests({1, 2, 9, 9})), (Stretch{21, 30}));
  EXPECT_EQ(first_difference(run, with_digests({9, 2, 3, 4})), (Stretch{1, 10}));
}

TEST(FirstDifference, IsWhereTheShorterRunEnds) {
  const Testimony run = with_digests({1, 2, 3});
  EXPECT_EQ(first_difference(run, with_digests({1, 2})), (Stretch{21, 30}));
  EXPECT_EQ(first_difference(with_digests({}), run), (Stretch{1, 10}));
}

/// Each schedules the next.
Testimony with_events(std::uint64_t first, const std::vector<std::string>& words) {
  Testimony testimony;
  for (const std::string& of_one : words) {
    const std::uint64_t number = first + testimony.events.size();
    testimony.events.push_back({number, Time(static_cast<std::int64_t>(number)), number - 1, 0,
                                number, number + 1, of_one});
  }
  return testimony;
}

TEST(FirstEventDifference, NamesBothEventsAndWhatScheduledThem) {
  const Testimony here = with_events(5, {"a", "b", "c"});
  const Testimony there = with_events(5, {"a", "b", "x"});
  EXPECT_EQ(first_event_difference(here, here), std::nullopt);
  const auto found = first_event_difference(here, there);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->kind, Kind::event);
  EXPECT_EQ(found->here->words, "c");
  EXPECT_EQ(found->there->words, "x");
  EXPECT_EQ(found->cause_here, here.events[1]);
}

TEST(FirstEventDifference, TellsContentFromEffects) {
  const Testimony here = with_events(5, {"a", "b"});
  Testimony there = here;
  there.events[1].scheduled += 1;
  EXPECT_EQ(first_event_difference(here, there)->kind, Kind::effects);
  there.events[0].digest += 1;
  EXPECT_EQ(first_event_difference(here, there)->kind, Kind::content);
  EXPECT_EQ(first_event_difference(here, there)->here->words, "a");
}

TEST(FirstEventDifference, IsWhereOneRunIsOver) {
  const auto found = first_event_difference(with_events(1, {"a", "b"}), with_events(1, {"a"}));
  EXPECT_EQ(found->here->words, "b");
  EXPECT_EQ(found->there, std::nullopt);
}

TEST(FirstResultDifference, IsNamedByItsPath) {
  EXPECT_FALSE(first_result_difference(R"({"a": 1})", R"({"a": 1})"));
  const auto found =
      first_result_difference(R"({"a": [1, {"b": 2}]})", R"({"a": [1, {"b": 3, "c": 4}]})");
  EXPECT_EQ(found->path, "/a/1/b");
  EXPECT_EQ(found->here, "2");
  EXPECT_EQ(found->there, "3");
  EXPECT_EQ(first_result_difference(R"({"a": 1})", R"({"a": 1, "c": 4})")->path, "/c");
  EXPECT_EQ(first_result_difference(R"({"a": [1]})", R"({"a": [1, 2]})")->path, "/a");
  EXPECT_EQ(first_result_difference(R"({"a": 1})", R"({"a":1})")->path, "");
}

}  // namespace
}  // namespace wavetank::sim
