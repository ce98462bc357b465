// What clients can ask for, through a whole ensemble.

#include "tests/coordination/ensemble_fixture.h"

namespace wavetank::coordination::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Requests : public testing::Test {
 protected:
  Requests() { it.await_all(); }
  ErrorCode error(const Operation& operation) { return it.call(me, operation).error; }

  EnsembleFixture it;
  NodeId me = it.add_client();
};

TEST_F(Requests, ANodeIsCreatedReadChangedAndRemoved) {
  EXPECT_EQ(it.call(me, create_op("/a", "one")).results.at(0).path, "/a");
  EXPECT_EQ(it.read(me, "/a"), "one");
  EXPECT_EQ(it.call(me, set_op("/a", "two")).results.at(0).stat.version, 1);
  EXPECT_EQ(it.read(me, "/a"), "two");
  EXPECT_EQ(error(remove_op("/a")), ErrorCode::ok);
  EXPECT_EQ(it.read(me, "/a"), "NoNode");
}

TEST_F(Requests, ErrorsHaveTheirOwnNames) {
  EXPECT_EQ(error(create_op("/a/b")), ErrorCode::no_node);
  EXPECT_EQ(error(create_op("/a")), ErrorCode::ok);
  EXPECT_EQ(error(create_op("/a")), ErrorCode::node_exists);
  EXPECT_EQ(error(set_op("/a", "x", 7)), ErrorCode::bad_version);
  EXPECT_EQ(error(remove_op("/a", 7)), ErrorCode::bad_version);
  EXPECT_EQ(error(create_op("/a/b")), ErrorCode::ok);
  EXPECT_EQ(error(remove_op("/a")), ErrorCode::not_empty);
  EXPECT_EQ(error(create_op("/e", "", true)), ErrorCode::ok);
  EXPECT_EQ(error(create_op("/e/child")), ErrorCode::no_children_for_ephemerals);
  EXPECT_EQ(error(create_op("relative")), ErrorCode::bad_arguments);
  EXPECT_EQ(error(get_op("/a/")), ErrorCode::bad_arguments);
  EXPECT_EQ(error(remove_op("/")), ErrorCode::bad_arguments);
  EXPECT_EQ(error(set_op("/none", "")), ErrorCode::no_node);
  EXPECT_EQ(error(children_op("/none")), ErrorCode::no_node);
}

TEST_F(Requests, DataBeyondTheLimitIsRefusedAndTheConnectionGoesOn) {
  EXPECT_EQ(error(create_op("/a", std::string(0x100000, 'x'))), ErrorCode::bad_arguments);
  EXPECT_EQ(error(create_op("/a", std::string(1000, 'x'))), ErrorCode::ok);
}

TEST_F(Requests, ConditionalUpdatesOfTheRightVersionSucceedOnce) {
  it.call(me, create_op("/a"));
  const Xid first = it.ask(me, set_op("/a", "1", 0));
  const Xid second = it.ask(me, set_op("/a", "2", 0));
  EXPECT_EQ(it.answer(me, first).error, ErrorCode::ok);
  EXPECT_EQ(it.answer(me, second).error, ErrorCode::bad_version)
      << "judged against what is under way";
}

TEST_F(Requests, SequentialNodesAreNumberedByTheirParent) {
  it.call(me, create_op("/q"));
  EXPECT_EQ(it.call(me, create_op("/q/n-", "", false, true)).results.at(0).path, "/q/n-0000000000");
  EXPECT_EQ(it.call(me, create_op("/q/n-", "", true, true)).results.at(0).path, "/q/n-0000000001");
  it.call(me, remove_op("/q/n-0000000000"));
  EXPECT_EQ(it.call(me, create_op("/q/m-", "", false, true)).results.at(0).path, "/q/m-0000000002")
      << "no number is given twice";
  EXPECT_THAT(it.call(me, children_op("/q")).results.at(0).children,
              ElementsAre("m-0000000002", "n-0000000001"));
}

TEST_F(Requests, AMultiHappensWholeOrNotAtAll) {
  it.call(me, create_op("/a"));
  const Response done = it.answer(me, it.ask(me, RequestKind::multi,
                                             {check_op("/a", 0), create_op("/a/b", "x"),
                                              set_op("/a", "y"), remove_op("/a/b")}));
  EXPECT_EQ(done.error, ErrorCode::ok);
  EXPECT_EQ(it.read(me, "/a"), "y");
  EXPECT_EQ(it.read(me, "/a/b"), "NoNode");
  const Response failed = it.answer(
      me, it.ask(me, RequestKind::multi, {create_op("/c"), check_op("/a", 99), create_op("/d")}));
  EXPECT_EQ(failed.error, ErrorCode::bad_version);
  ASSERT_EQ(failed.results.size(), 3U);
  EXPECT_EQ(failed.results[0].error, ErrorCode::runtime_inconsistency);
  EXPECT_EQ(failed.results[1].error, ErrorCode::bad_version);
  EXPECT_EQ(it.read(me, "/c"), "NoNode");
  EXPECT_EQ(error(create_op("/c")), ErrorCode::ok) << "nothing of it is outstanding";
}

TEST_F(Requests, ARemovedParentLeavesNoRoomForWhatIsUnderWay) {
  it.call(me, create_op("/a"));
  const Xid removed = it.ask(me, remove_op("/a"));
  const Xid created = it.ask(me, create_op("/a/b"));
  const Xid again = it.ask(me, create_op("/a"));
  EXPECT_EQ(it.answer(me, removed).error, ErrorCode::ok);
  EXPECT_EQ(it.answer(me, created).error, ErrorCode::no_node);
  EXPECT_EQ(it.answer(me, again).error, ErrorCode::ok);
}

TEST_F(Requests, OfOneClientAreAnsweredInOrderReadsBehindTheirWrites) {
  std::vector<Xid> asked;
  for (int i = 0; i < 200; ++i) {
    const std::string path = "/n" + std::to_string(i);
    asked.push_back(it.ask(me, create_op(path, std::to_string(i))));
    asked.push_back(it.ask(me, get_op(path)));
  }
  for (int i = 0; i < 200; ++i) {
    EXPECT_EQ(it.answer(me, asked[static_cast<std::size_t>(2 * i)]).error, ErrorCode::ok);
    const Response read = it.answer(me, asked[static_cast<std::size_t>(2 * i) + 1]);
    ASSERT_EQ(read.error, ErrorCode::ok) << "a client reads what it wrote";
    EXPECT_EQ(as_text(read.results[0].data), std::to_string(i));
  }
}

TEST_F(Requests, ASyncMakesAReadSeeWhatOthersWroteBefore) {
  const NodeId reader = it.add_client({it.follower()});
  const NodeId writer = it.add_client({it.leader()});
  const NodeId server = it.client(reader).client.server();
  it.call(writer, create_op("/a", "old"));
  it.run(seconds(1));
  // The follower's commits are slow to come: its own reads are stale, and synced reads are not.
  ASSERT_EQ(it.call(writer, set_op("/a", "new")).error, ErrorCode::ok);
  const Xid synced = it.ask(reader, RequestKind::sync, {});
  const Xid read = it.ask(reader, get_op("/a"));
  EXPECT_EQ(it.answer(reader, synced).error, ErrorCode::ok);
  EXPECT_EQ(as_text(it.answer(reader, read).results.at(0).data), "new");
  EXPECT_TRUE(it.view(server).serves);
}

TEST_F(Requests, BeyondTheOutstandingLimitTheServerReadsNoMore) {
  EnsembleSpec spec;
  spec.server.global_outstanding_limit = 10;
  EnsembleFixture small(spec);
  small.await_all();
  const NodeId client = small.add_client();
  const NodeId server = small.client(client).client.server();
  Xid last;
  for (int i = 0; i < 100; ++i) {
    last = small.ask(client, create_op("/n" + std::to_string(i)));
  }
  std::size_t most = 0;
  small.await([&] {
    most = std::max(most, small.view(server).in_process);
    return small.client(client).answers.contains(last);
  });
  EXPECT_EQ(most, 10U);
  EXPECT_EQ(small.answer(client, last).error, ErrorCode::ok) << "but none is lost";
}

TEST_F(Requests, AWatchFiresOnceAndBeforeTheNewStateIsSeen) {
  const NodeId other = it.add_client();
  it.call(me, create_op("/a", "old"));
  it.answer(other, it.ask(other, RequestKind::sync, {}));
  EXPECT_EQ(as_text(it.call(other, get_op("/a", true)).results.at(0).data), "old");
  it.call(me, set_op("/a", "new"));
  it.call(me, set_op("/a", "newer"));
  it.answer(other, it.ask(other, RequestKind::sync, {}));
  EXPECT_EQ(it.read(other, "/a"), "newer");
  EXPECT_THAT(it.client(other).watches, ElementsAre(std::pair(EventType::data_changed, "/a")));
}

TEST_F(Requests, WatchesTellOfCreationDeletionAndChildren) {
  const NodeId other = it.add_client();
  EXPECT_EQ(it.call(other, exists_op("/a", true)).error, ErrorCode::no_node);
  it.call(other, children_op("/", true));
  it.call(me, create_op("/a"));
  it.run(seconds(1));
  EXPECT_THAT(it.client(other).watches, ElementsAre(std::pair(EventType::created, "/a"),
                                                    std::pair(EventType::children_changed, "/")));
  it.client(other).watches.clear();
  it.call(other, get_op("/a", true));
  it.call(other, children_op("/a", true));
  it.call(me, remove_op("/a"));
  it.run(seconds(1));
  EXPECT_THAT(it.client(other).watches, ElementsAre(std::pair(EventType::deleted, "/a")));
  EXPECT_EQ(it.view(it.client(other).client.server()).watches, 0U);
}

TEST_F(Requests, AReadThatFailsLeavesNoWatch) {
  EXPECT_EQ(it.call(me, get_op("/a", true)).error, ErrorCode::no_node);
  it.call(me, create_op("/a"));
  EXPECT_THAT(it.client(me).watches, IsEmpty());
}

}  // namespace
}  // namespace wavetank::coordination::test
