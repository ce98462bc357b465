#include "engine/coordination/limits.h"
#include "tests/coordination/ensemble_fixture.h"

namespace wavetank::coordination::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr Duration kTimeout = seconds(10);

class Sessions : public testing::Test {
 protected:
  Sessions() { it.await_all(); }
  SessionId session(NodeId client) { return it.client(client).client.session(); }

  EnsembleFixture it;
};

TEST_F(Sessions, LiveAsLongAsTheirClientDoes) {
  const NodeId me = it.add_client();
  it.call(me, create_op("/mine", "", true));
  it.run(seconds(120));
  EXPECT_EQ(it.call(me, exists_op("/mine")).error, ErrorCode::ok);
  EXPECT_THAT(it.probe.expired, IsEmpty());
}

TEST_F(Sessions, GetATimeoutWithinTheServersBounds) {
  it.spec.client.session_timeout = milliseconds(100);
  const NodeId hasty = it.add_client();
  it.run(seconds(60));
  EXPECT_EQ(it.client(hasty).client.state(), SessionState::connected);
  EXPECT_EQ(it.host.role<Server>(it.leader()).tree().sessions().at(session(hasty)), seconds(4));
}

TEST_F(Sessions, ExpireWithTheirEphemeralNodesOnceTheClientIsSilentForTheTimeout) {
  const NodeId me = it.add_client();
  const NodeId other = it.add_client();
  const SessionId mine = session(me);
  it.call(me, create_op("/mine", "", true));
  it.call(me, create_op("/lasting"));
  it.host.crash(me);
  it.run(kTimeout - seconds(4));  // it was heard of at most a third of the timeout ago
  EXPECT_EQ(it.call(other, exists_op("/mine")).error, ErrorCode::ok);
  it.run(seconds(10));
  EXPECT_EQ(it.call(other, exists_op("/mine")).error, ErrorCode::no_node);
  EXPECT_EQ(it.call(other, exists_op("/lasting")).error, ErrorCode::ok);
  EXPECT_THAT(it.probe.expired, ElementsAre(mine));
}

TEST_F(Sessions, ThatAreClosedEndAtOnce) {
  const NodeId me = it.add_client();
  const NodeId other = it.add_client();
  const SessionId mine = session(me);
  it.call(me, create_op("/mine", "", true));
  EXPECT_EQ(it.answer(me, it.ask(me, RequestKind::close_session, {})).error, ErrorCode::ok);
  EXPECT_EQ(it.client(me).client.state(), SessionState::closed);
  it.answer(other, it.ask(other, RequestKind::sync, {}));
  EXPECT_EQ(it.call(other, exists_op("/mine")).error, ErrorCode::no_node);
  EXPECT_THAT(it.probe.closed, ElementsAre(mine));
  EXPECT_EQ(it.call(me, exists_op("/")).error, ErrorCode::session_expired);
}

TEST_F(Sessions, MoveToAnotherServerWhenTheirsDies) {
  const NodeId me = it.add_client();
  it.call(me, create_op("/mine", "", true));
  const NodeId server = it.client(me).client.server();
  const SessionId before = session(me);
  it.host.kill(server);
  ASSERT_TRUE(it.await([&] {
    return it.client(me).client.state() == SessionState::connected &&
           it.client(me).client.server() != server;
  }));
  EXPECT_EQ(session(me), before);
  EXPECT_EQ(it.call(me, exists_op("/mine")).error, ErrorCode::ok);
  it.run(seconds(60));
  EXPECT_EQ(it.call(me, exists_op("/mine")).error, ErrorCode::ok);
  EXPECT_THAT(it.probe.expired, IsEmpty());
}

TEST_F(Sessions, TellTheApplicationOfConnectionLossForWhatWasUnderWay) {
  const NodeId me = it.add_client();
  it.host.set_latency(milliseconds(20));
  const Xid asked = it.ask(me, create_op("/a"));
  it.host.kill(it.client(me).client.server());
  EXPECT_EQ(it.answer(me, asked).error, ErrorCode::connection_loss);
  EXPECT_THAT(it.client(me).states, Contains(SessionState::connecting));
}

TEST_F(Sessions, ThatExpiredAreRefusedByNameWhenTheClientReturns) {
  const NodeId me = it.add_client();
  it.call(me, create_op("/mine", "", true));
  for (const NodeId server : it.servers()) {
    it.host.cut_both(me, server);
  }
  it.run(seconds(30));
  EXPECT_EQ(it.client(me).client.state(), SessionState::connecting) << "it cannot know yet";
  it.host.heal_all();
  ASSERT_TRUE(it.await([&] { return it.client(me).client.state() == SessionState::expired; }));
  EXPECT_EQ(it.call(me, exists_op("/mine")).error, ErrorCode::session_expired);
  const SessionId old = session(me);
  it.client(me).client.start({it.host.clock(), it.host.ports(me)});
  ASSERT_TRUE(it.await([&] { return it.client(me).client.state() == SessionState::connected; }));
  EXPECT_NE(session(me), old);
  EXPECT_EQ(it.call(me, exists_op("/mine")).error, ErrorCode::no_node);
}

TEST_F(Sessions, SurviveALeaderThatDies) {
  const NodeId me = it.add_client();
  it.call(me, create_op("/mine", "", true));
  it.host.kill(it.leader());
  it.run(seconds(30));
  it.await_leader();
  EXPECT_EQ(it.call(me, exists_op("/mine")).error, ErrorCode::ok);
  EXPECT_THAT(it.probe.expired, IsEmpty());
}

// The leader may have heard of a client's moves in the wrong order (ZOOKEEPER-710): whom it takes
// for moved must be able to claim the session again.
TEST_F(Sessions, ThatMovedAreNotServedByTheOldServerUntilTheyClaimItAnew) {
  const NodeId me = it.add_client({it.follower()});
  const SessionId mine = session(me);
  const NodeId old = it.client(me).client.server();
  // Another client takes the session over, at another server.
  const NodeId thief(300);
  it.host.add(thief, [&] {
    return std::make_unique<TestClient>(it.spec.client, std::vector<NodeId>{it.leader()});
  });
  it.host.start(thief);
  it.host.ports(thief).send(it.leader(), port::Lane::request,
                            port::encode(Connect{77, mine, kTimeout, Zxid()}, 0));
  it.run(seconds(1));
  ASSERT_NE(old, it.leader());
  EXPECT_EQ(it.call(me, create_op("/a")).error, ErrorCode::connection_loss);
  ASSERT_TRUE(it.await([&] { return it.client(me).client.state() == SessionState::connected; }));
  EXPECT_EQ(session(me), mine);
  EXPECT_EQ(it.call(me, create_op("/a")).error, ErrorCode::ok) << "the first had no effect";
}

TEST_F(Sessions, WatchesMoveAlongAndFireForWhatHappenedMeanwhile) {
  const NodeId me = it.add_client();
  const NodeId other = it.add_client();
  it.call(me, create_op("/a", "1"));
  it.call(me, create_op("/b", "1"));
  it.call(me, get_op("/a", true));
  it.call(me, get_op("/b", true));
  it.call(me, exists_op("/c", true));
  const NodeId server = it.client(me).client.server();
  it.host.cut_both(me, server);
  it.call(other, set_op("/a", "2"));
  it.call(other, create_op("/c"));
  ASSERT_TRUE(it.await([&] { return it.client(me).client.server() != server; }));
  it.run(seconds(1));
  EXPECT_THAT(it.client(me).watches,
              testing::UnorderedElementsAre(std::pair(EventType::data_changed, "/a"),
                                            std::pair(EventType::created, "/c")));
  it.call(other, set_op("/b", "2"));
  it.run(seconds(1));
  EXPECT_THAT(it.client(me).watches.back(), std::pair(EventType::data_changed, "/b"))
      << "what had not fired is still set";
  EXPECT_EQ(it.client(me).watches.size(), 3U);
}

TEST_F(Sessions, MoreWatchesThanOneRequestCanNameMoveAlong) {
  const NodeId me = it.add_client();
  const NodeId other = it.add_client({EnsembleFixture::voter(1)});
  const std::string first(limits::kPathBytes - 8, 'a');
  std::string last;
  for (std::size_t bytes = 0; bytes < limits::kRequestBytes; bytes += last.size()) {
    last = "/" + first + std::to_string(bytes / first.size());
    it.call(other, create_op(last));
    it.insist(me, get_op(last, true));
  }
  const NodeId before = it.client(me).client.server();
  it.host.cut_both(me, before);
  ASSERT_TRUE(it.await([&] {
    return it.client(me).client.state() == SessionState::connected &&
           it.client(me).client.server() != before;
  }));
  it.call(other, set_op(last, "new"));
  it.run(seconds(1));
  EXPECT_THAT(it.client(me).watches, ElementsAre(std::pair(EventType::data_changed, last)));
}

TEST_F(Sessions, AreNotServedByAServerThatIsBehindWhatTheClientSaw) {
  const NodeId me = it.add_client({it.leader()});
  it.call(me, create_op("/a"));
  const NodeId behind = it.follower();
  it.host.ports(me).send(behind, port::Lane::request,
                         port::encode(Connect{88, session(me), kTimeout, Zxid(~0ULL >> 1)}, 0));
  bool refused = false;
  it.host.on_delivery = [&](NodeId from, NodeId to, port::Lane, const port::Message& message) {
    refused |= from == behind && to == me && port::decode<Disconnected>(message).has_value();
  };
  it.run(seconds(1));
  EXPECT_TRUE(refused);
}

}  // namespace
}  // namespace wavetank::coordination::test
