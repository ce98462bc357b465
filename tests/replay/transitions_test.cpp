#include "sim/replay/transitions.h"

#include <gmock/gmock.h>

#include <set>

namespace wavetank::sim {
namespace {

using testing::ElementsAre;

constexpr NodeId kNode{3};
Time at(std::int64_t s) {
  return Time() + seconds(s);
}

TEST(Transitions, AreKeptByNodeInTheirOrder) {
  Transitions it;
  it.note(at(1), kNode, Change::leads, "p-0", "epoch 1");
  it.note(at(2), NodeId(4), Change::fenced, "", "given up");
  it.note(at(3), kNode, Change::follows, "p-0", "epoch 2");
  const std::vector<Transition> last = it.last(kNode, 10);
  ASSERT_EQ(last.size(), 2U);
  EXPECT_EQ(last[0].change, Change::leads);
  EXPECT_EQ(last[1].at, at(3));
  EXPECT_EQ(it.last(kNode, 1).front().change, Change::follows);
  EXPECT_TRUE(it.last(NodeId(5), 10).empty());
}

TEST(Transitions, OfManyPartitionsAtOnceAreOneLine) {
  Transitions it;
  it.note(at(1), kNode, Change::elected, "p-0", "led by a");
  it.note(at(1), kNode, Change::in_sync, "p-0", "a b");
  it.note(at(1), kNode, Change::elected, "p-1", "led by a");
  it.note(at(1), kNode, Change::elected, "p-2", "led by b");
  it.note(at(1), kNode, Change::elected, "p-1", "led by a");
  const std::vector<Transition> last = it.last(kNode, 10);
  ASSERT_EQ(last.size(), 3U);
  EXPECT_THAT(last[0].subjects, ElementsAre("p-0", "p-1"));
  EXPECT_THAT(last[2].subjects, ElementsAre("p-2"));
}

TEST(Transitions, ThatComeAgainAndAgainAreCounted) {
  Transitions it;
  for (int i = 1; i <= 5; ++i) {
    it.note(at(i), kNode, Change::refused, "p-0", "not_leader_or_follower");
  }
  it.note(at(6), kNode, Change::refused, "p-1", "not_leader_or_follower");
  const std::vector<Transition> last = it.last(kNode, 10);
  ASSERT_EQ(last.size(), 2U);
  EXPECT_EQ(last[0].times, 5U);
  EXPECT_EQ(last[0].at, at(1));
  EXPECT_EQ(last[0].last, at(5));
}

TEST(Transitions, ForgetTheOldestAndSayHowMany) {
  Transitions it;
  for (std::size_t i = 0; i < Transitions::kKept + 3; ++i) {
    it.note(at(static_cast<std::int64_t>(i)), kNode, Change::leads, "p-0", std::to_string(i));
  }
  EXPECT_EQ(it.forgotten(kNode), 3U);
  EXPECT_EQ(it.last(kNode, Transitions::kKept + 3).front().what, "3");
}

TEST(Transitions, EveryKindHasAGlyphOfItsOwn) {
  std::set<char> glyphs;
  for (std::size_t i = 0; i < kChanges; ++i) {
    EXPECT_TRUE(glyphs.insert(glyph(static_cast<Change>(i))).second) << i;
    EXPECT_FALSE(meaning(static_cast<Change>(i)).empty());
  }
}

}  // namespace
}  // namespace wavetank::sim
