#include "engine/coordination/tree/data_tree.h"

#include "tests/coordination/tree_fixture.h"

namespace wavetank::coordination::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(DataTree, HasARootAndNothingElse) {
  const DataTree tree;
  EXPECT_NE(tree.find("/"), nullptr);
  EXPECT_EQ(tree.find("/a"), nullptr);
  EXPECT_EQ(tree.size(), 1U);
}

TEST(DataTree, KeepsTheDataOfANode) {
  Tree it;
  const ChangeResult made = it.apply(create("/a", "hello"));
  EXPECT_EQ(made.error, ErrorCode::ok);
  EXPECT_EQ(made.path, "/a");
  EXPECT_EQ(it.data("/a"), "hello");
  EXPECT_EQ(it.tree.find("/a")->stat(), made.stat);
}

TEST(DataTree, SaysWhenANodeWasMadeAndChanged) {
  Tree it;
  it.apply(create("/a", "1"));
  it.apply(set_data("/a", "three", 1));
  it.apply(create("/a/b"));
  const Stat stat = it.tree.find("/a")->stat();
  EXPECT_EQ(stat.created, Zxid(1));
  EXPECT_EQ(stat.modified, Zxid(2));
  EXPECT_EQ(stat.children_changed, Zxid(3));
  EXPECT_EQ(stat.created_ms, 1001);
  EXPECT_EQ(stat.modified_ms, 1002);
  EXPECT_EQ(stat.version, 1);
  EXPECT_EQ(stat.data_bytes, 5U);
  EXPECT_EQ(stat.children, 1U);
}

TEST(DataTree, CountsEveryChangeOfTheChildrenInCversion) {
  Tree it;
  it.apply(create("/a", "", 1));
  it.apply(create("/b", "", 2));
  EXPECT_EQ(it.tree.find("/")->stat().cversion, 2);
  it.apply(remove("/a"));
  EXPECT_EQ(it.tree.find("/")->stat().cversion, 3);
  EXPECT_EQ(it.tree.find("/")->stat().children, 1U);
}

TEST(DataTree, EndsTheEphemeralNodesWithTheirSessionAndNoOthers) {
  Tree it;
  it.open(SessionId(7));
  it.open(SessionId(8));
  it.apply(create("/mine", "", 1, SessionId(7)));
  it.apply(create("/mine-too", "", 2, SessionId(7)));
  it.apply(create("/yours", "", 3, SessionId(8)));
  it.apply(create("/lasting", "", 4));
  EXPECT_THAT(it.tree.ephemerals(SessionId(7)), ElementsAre("/mine", "/mine-too"));
  it.close(SessionId(7));
  EXPECT_EQ(it.tree.find("/mine"), nullptr);
  EXPECT_EQ(it.tree.find("/mine-too"), nullptr);
  EXPECT_NE(it.tree.find("/yours"), nullptr);
  EXPECT_NE(it.tree.find("/lasting"), nullptr);
  EXPECT_THAT(it.tree.ephemerals(SessionId(7)), IsEmpty());
  EXPECT_FALSE(it.tree.sessions().contains(SessionId(7)));
  EXPECT_TRUE(it.tree.sessions().contains(SessionId(8)));
}

TEST(DataTree, ForgetsAnEphemeralNodeThatWasRemoved) {
  Tree it;
  it.open(SessionId(7));
  it.apply(create("/mine", "", 1, SessionId(7)));
  it.apply(remove("/mine"));
  EXPECT_THAT(it.tree.ephemerals(SessionId(7)), IsEmpty());
}

TEST(DataTree, TellsWhatHappenedInOrder) {
  Tree it;
  it.apply(create("/a"));
  EXPECT_THAT(it.take_events(), ElementsAre(TreeEvent{EventType::created, "/a"},
                                            TreeEvent{EventType::children_changed, "/"}));
  it.apply(set_data("/a", "x", 1));
  EXPECT_THAT(it.take_events(), ElementsAre(TreeEvent{EventType::data_changed, "/a"}));
  it.apply(remove("/a"));
  EXPECT_THAT(it.take_events(), ElementsAre(TreeEvent{EventType::deleted, "/a"},
                                            TreeEvent{EventType::children_changed, "/"}));
}

TEST(DataTree, AppliesAllChangesOfAMulti) {
  Tree it;
  Transaction multi = numbered(1, create("/a", "1"));
  multi.kind = TransactionKind::multi;
  multi.changes.push_back(create("/a/b", "2"));
  multi.changes.push_back(set_data("/a", "3", 1));
  it.apply(multi);
  EXPECT_EQ(it.data("/a"), "3");
  EXPECT_EQ(it.data("/a/b"), "2");
}

TEST(DataTree, ChangesNothingForARequestThatFailed) {
  Tree it;
  const std::uint64_t before = it.tree.digest();
  const ChangeResult failed =
      it.apply(Change{ChangeKind::fail, "/a", {}, {}, 0, ErrorCode::bad_version});
  EXPECT_EQ(failed.error, ErrorCode::bad_version);
  EXPECT_EQ(it.tree.digest(), before);
  EXPECT_EQ(it.tree.last_zxid(), Zxid(1)) << "it has its place in the order all the same";
}

TEST(DataTree, IsEqualToAnotherThatAppliedTheSame) {
  Tree one;
  Tree other;
  for (Tree* it : {&one, &other}) {
    it->apply(create("/a", "1"));
    it->apply(create("/b", "2", 2));
    it->apply(remove("/a"));
  }
  EXPECT_EQ(one.tree.digest(), other.tree.digest());
  other.apply(set_data("/b", "3", 1));
  EXPECT_NE(one.tree.digest(), other.tree.digest());
}

}  // namespace
}  // namespace wavetank::coordination::test
