// What servers and clients of an ensemble say of themselves to who looks.

#include "tests/coordination/ensemble_fixture.h"
#include "tests/support/described.h"

namespace wavetank::coordination::test {
namespace {

using wavetank::test::described;
using wavetank::test::rows;
using wavetank::test::said;

TEST(ServerDescription, LeaderShowsItsLearnersAndSessions) {
  EnsembleFixture it;
  const NodeId leader = it.await_leader();
  it.await_all();
  const NodeId me = it.add_client({it.follower()});
  ASSERT_EQ(it.call(me, create_op("/a", "x", true)).error, ErrorCode::ok);
  const port::Description shown = described(it.host.role<Server>(leader));
  EXPECT_EQ(said(shown, "standing"), "leading");
  EXPECT_EQ(said(shown, "leading/phase"), "broadcast");
  ASSERT_EQ(rows(shown, "leading/learners"), 2U);
  EXPECT_EQ(said(shown, "leading/learners/#0/progress"), "follows");
  EXPECT_EQ(said(shown, "leading/learners/#0/acknowledged"), said(shown, "applied"));
  EXPECT_EQ(rows(shown, "sessions"), 1U);
}

TEST(ServerDescription, FollowerShowsItsLeaderAndItsClients) {
  EnsembleFixture it;
  const NodeId leader = it.await_leader();
  it.await_all();
  const NodeId follower = it.follower();
  const NodeId me = it.add_client({follower});
  const port::Description shown = described(it.host.role<Server>(follower));
  EXPECT_EQ(said(shown, "following/leader"), "node " + std::to_string(leader.value()));
  EXPECT_EQ(said(shown, "following/up to date"), "yes");
  ASSERT_EQ(rows(shown, "clients/connections"), 1U);
  EXPECT_EQ(said(shown, "clients/connections/#0/client"), "node " + std::to_string(me.value()));
  EXPECT_EQ(rows(shown, "leading/learners"), 0U);
}

TEST(ServerDescription, AloneItShowsTheVotesOfItsElection) {
  EnsembleFixture it;
  const NodeId leader = it.await_leader();
  it.await_all();
  for (const NodeId server : it.servers()) {
    if (server != leader) {
      it.host.kill(server);
    }
  }
  ASSERT_TRUE(it.await([&] { return it.view(leader).standing == Standing::looking; }));
  const port::Description shown = described(it.host.role<Server>(leader));
  EXPECT_EQ(said(shown, "standing"), "looking");
  EXPECT_EQ(said(shown, "election/votes for"), "node " + std::to_string(leader.value()));
  EXPECT_EQ(said(shown, "election/decided"), "no");
}

TEST(ClientDescription, ShowsItsSessionAndWhatIsUnderWay) {
  EnsembleFixture it;
  it.await_all();
  const NodeId me = it.add_client({it.follower()});
  EXPECT_EQ(said(described(it.client(me).client), "in flight"), "0");
  it.ask(me, create_op("/a", "x"));
  const port::Description shown = described(it.client(me).client);
  EXPECT_EQ(said(shown, "state"), "connected");
  EXPECT_EQ(said(shown, "in flight"), "1");
}

}  // namespace
}  // namespace wavetank::coordination::test
