#include "engine/coordination/tree/watches.h"

#include "tests/coordination/tree_fixture.h"

namespace wavetank::coordination::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr SessionId kAda{1};
constexpr SessionId kBob{2};

TEST(WatchTable, FiresOnce) {
  WatchTable table;
  EXPECT_TRUE(table.add(WatchKind::data, "/a", kAda));
  EXPECT_THAT(table.fire({EventType::data_changed, "/a"}), ElementsAre(kAda));
  EXPECT_THAT(table.fire({EventType::data_changed, "/a"}), IsEmpty());
  EXPECT_EQ(table.size(), 0U);
}

TEST(WatchTable, TellsAllWhoWatchInTheOrderOfTheirSessions) {
  WatchTable table;
  table.add(WatchKind::data, "/a", kBob);
  table.add(WatchKind::data, "/a", kAda);
  EXPECT_THAT(table.fire({EventType::deleted, "/a"}), ElementsAre(kAda, kBob));
}

TEST(WatchTable, TellsADeletionOnceToWhoWatchesDataAndChildren) {
  WatchTable table;
  table.add(WatchKind::data, "/a", kAda);
  table.add(WatchKind::children, "/a", kAda);
  EXPECT_THAT(table.fire({EventType::deleted, "/a"}), ElementsAre(kAda));
  EXPECT_EQ(table.size(), 0U);
}

TEST(WatchTable, KeepsDataAndChildrenApart) {
  WatchTable table;
  table.add(WatchKind::children, "/a", kAda);
  EXPECT_THAT(table.fire({EventType::data_changed, "/a"}), IsEmpty());
  EXPECT_THAT(table.fire({EventType::created, "/a"}), IsEmpty());
  EXPECT_THAT(table.fire({EventType::children_changed, "/b"}), IsEmpty());
  EXPECT_THAT(table.fire({EventType::children_changed, "/a"}), ElementsAre(kAda));
}

TEST(WatchTable, ForgetsASessionWhoseConnectionIsGone) {
  WatchTable table;
  table.add(WatchKind::data, "/a", kAda);
  table.add(WatchKind::data, "/a", kBob);
  table.forget(kAda);
  table.forget(kAda);
  EXPECT_THAT(table.fire({EventType::data_changed, "/a"}), ElementsAre(kBob));
}

TEST(WatchTable, SetTwiceIsSetOnce) {
  WatchTable table;
  table.add(WatchKind::data, "/a", kAda);
  table.add(WatchKind::data, "/a", kAda);
  EXPECT_EQ(table.size(), 1U);
}

}  // namespace
}  // namespace wavetank::coordination::test
