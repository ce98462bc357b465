// What servers and clients of the key-value service say of themselves to who looks.

#include <gtest/gtest.h>

#include "tests/kv/service.h"
#include "tests/support/described.h"

namespace wavetank::kv::test {
namespace {

using wavetank::test::described;
using wavetank::test::rows;
using wavetank::test::said;

TEST(KvDescription, LeaderShowsHowFarItsPeersAre) {
  Service service;
  const NodeId client = service.add_client();
  service.done(client, put("a", "1"));
  service.run(seconds(1));
  const port::Description it = described(service.at(service.await_leader()));
  EXPECT_EQ(said(it, "quorum/standing"), "leader");
  ASSERT_EQ(rows(it, "quorum/peers"), 2U);
  EXPECT_EQ(said(it, "quorum/peers/#0/match"), said(it, "quorum/last index"));
  EXPECT_EQ(said(it, "store/keys"), "1");
}

TEST(KvDescription, LeaderThatIsCutOffShowsWhatWaits) {
  Service service;
  const NodeId client = service.add_client();
  service.done(client, put("a", "1"));
  const NodeId leader = service.await_leader();
  service.isolate(leader);
  service.ask(client, put("a", "2"));
  service.run(milliseconds(20));
  const port::Description it = described(service.at(leader));
  EXPECT_EQ(rows(it, "transactions that wait"), 1U);
  EXPECT_NE(said(it, "quorum/committed"), said(it, "quorum/last index"));
}

TEST(KvDescription, FollowerNamesItsLeaderAndTerm) {
  Service service;
  const NodeId leader = service.await_leader();
  service.run(seconds(1));
  const port::Description it = described(service.at(service.follower()));
  EXPECT_EQ(said(it, "quorum/standing"), "follower");
  EXPECT_EQ(said(it, "quorum/leader"), "node " + std::to_string(leader.value()));
  EXPECT_EQ(said(it, "quorum/term"), said(described(service.at(leader)), "quorum/term"));
}

TEST(KvDescription, ClientShowsItsOpenRequests) {
  Service service;
  const NodeId client = service.add_client();
  service.done(client, put("a", "1"));
  EXPECT_EQ(rows(described(service.client(client)), "requests"), 0U);
  service.ask(client, put("a", "2"));
  const port::Description it = described(service.client(client));
  ASSERT_EQ(rows(it, "requests"), 1U);
  EXPECT_EQ(said(it, "requests/#0/kind"), "change");
}

}  // namespace
}  // namespace wavetank::kv::test
