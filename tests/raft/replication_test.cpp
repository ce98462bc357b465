#include <gmock/gmock.h>

#include "tests/raft/quorum.h"

namespace wavetank::raft::test {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

TEST(Replication, EveryServerAppliesTheSameCommandsInOrder) {
  Quorum quorum(5);
  for (const char* command : {"a", "b", "c"}) {
    quorum.commit(command);
  }
  for (const NodeId server : quorum.servers) {
    quorum.await_applied(server, 3);
    EXPECT_THAT(quorum.commands(server), ElementsAre("a", "b", "c"));
  }
}

TEST(Replication, NothingIsCommittedWithoutAMajority) {
  Quorum quorum;
  const NodeId leader = quorum.await_leader();
  for (const NodeId other : quorum.followers()) {
    quorum.host.crash(other);
  }
  ASSERT_TRUE(quorum.propose(leader, "a"));
  quorum.run(milliseconds(200));
  EXPECT_THAT(quorum.commands(leader), SizeIs(0));
}

TEST(Replication, AMajorityOfFollowersCommitsWhileTheLeaderStillWrites) {
  Quorum quorum;
  const NodeId leader = quorum.await_leader();
  quorum.host.set_disk_latency(leader, seconds(1));
  ASSERT_TRUE(quorum.propose(leader, "a"));
  quorum.run(milliseconds(10));
  EXPECT_THAT(quorum.commands(leader), ElementsAre("a"));
}

TEST(Replication, TheLeaderCountsItsOwnEntryWhenItIsDurable) {
  Quorum quorum;
  const NodeId leader = quorum.await_leader();
  quorum.host.crash(quorum.followers()[0]);
  quorum.host.set_disk_latency(leader, milliseconds(100));
  ASSERT_TRUE(quorum.propose(leader, "a"));
  quorum.run(milliseconds(50));
  EXPECT_THAT(quorum.commands(leader), SizeIs(0));
  quorum.run(milliseconds(60));
  EXPECT_THAT(quorum.commands(leader), ElementsAre("a"));
}

TEST(Replication, OnlyTheLeaderTakesCommands) {
  Quorum quorum;
  EXPECT_FALSE(quorum.propose(quorum.followers()[0], "a"));
}

TEST(Replication, ManyCommandsShareFewMessagesAndSyncs) {
  Quorum quorum;
  const NodeId leader = quorum.await_leader();
  quorum.run(seconds(1));
  const std::uint64_t before = quorum.host.delivered();
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(quorum.propose(leader, "command"));
  }
  quorum.await_applied(leader, 1000);
  EXPECT_LT(quorum.host.delivered() - before, 50U);
}

TEST(Replication, ALaggardCatchesUp) {
  Quorum quorum;
  const NodeId late = quorum.followers()[0];
  quorum.host.kill(late);
  for (int i = 0; i < 50; ++i) {
    quorum.commit("c" + std::to_string(i));
  }
  quorum.restart(late);
  quorum.await_applied(late, 50);
  EXPECT_EQ(quorum.commands(late), quorum.commands(quorum.await_leader()));
}

TEST(Replication, WhatWasNotCommittedGivesWayToTheNewLeadersEntries) {
  Quorum quorum;
  quorum.commit("a");
  const NodeId old = quorum.await_leader();
  quorum.cut_off(old);
  ASSERT_TRUE(quorum.propose(old, "lost"));
  quorum.run(seconds(2));
  quorum.commit("b");
  quorum.host.heal_all();
  quorum.await_applied(old, 2);
  EXPECT_THAT(quorum.commands(old), ElementsAre("a", "b"));
}

TEST(Replication, LostMessagesAreSentAgain) {
  Quorum quorum;
  const NodeId leader = quorum.await_leader();
  const NodeId late = quorum.followers()[0];
  quorum.host.cut(leader, late);
  quorum.commit("a");
  quorum.host.heal_all();
  quorum.commit("b");
  quorum.await_applied(late, 2);
  EXPECT_THAT(quorum.commands(late), ElementsAre("a", "b"));
}

TEST(Replication, ACommittedEntrySurvivesPowerLossOfAll) {
  Quorum quorum;
  quorum.commit("a");
  for (const NodeId server : quorum.servers) {
    quorum.host.crash(server);
    quorum.host.storage(server).lose_unsynced();
  }
  for (const NodeId server : quorum.servers) {
    quorum.restart(server);
  }
  quorum.commit("b");
  EXPECT_THAT(quorum.commands(quorum.await_leader()), ElementsAre("a", "b"));
}

TEST(Replication, AReadIsConfirmedByAMajority) {
  Quorum quorum;
  const NodeId leader = quorum.await_leader();
  const std::uint64_t read =
      quorum.at(leader).read_index({quorum.host.clock(), quorum.host.ports(leader)});
  EXPECT_LT(quorum.at(leader).confirmed_reads(), read);
  quorum.run(milliseconds(1));
  EXPECT_GE(quorum.at(leader).confirmed_reads(), read);
}

TEST(Replication, AReadIsNotConfirmedByALeaderThatWasReplaced) {
  Quorum quorum;
  const NodeId old = quorum.await_leader();
  quorum.cut_off(old);
  const std::uint64_t read =
      quorum.at(old).read_index({quorum.host.clock(), quorum.host.ports(old)});
  quorum.run(seconds(3));
  quorum.host.heal_all();
  quorum.run(seconds(3));
  EXPECT_LT(quorum.at(old).confirmed_reads(), read);
}

/// Says what the test tells it to.
class Puppet final : public port::Role {
 public:
  void start(port::Now, port::Ports&) override {}
  void on_message(port::Now, NodeId, port::Lane, const port::Message&, port::Ports&) override {}
  void on_timer(port::Now, port::TimerId, port::Ports&) override {}
};

/// Figure 8 of the paper: a majority holds it, and still a leader without it could be elected.
TEST(Replication, AnEntryOfAnEarlierTermIsCommittedOnlyWithOneOfTheLeadersOwn) {
  Config config = quick();
  config.pre_vote = config.check_quorum = false;
  Oracle oracle;
  wavetank::test::BareHost host;
  host.add(kFirst, [&] {
    return std::make_unique<Lister>(Membership{kFirst, {kFirst, kSecond, kThird}}, config, oracle);
  });
  for (const NodeId puppet : {kSecond, kThird}) {
    host.add(puppet, [] { return std::make_unique<Puppet>(); });
  }
  host.start_all();
  Consensus& server = host.role<Lister>(kFirst).consensus;
  const auto second_says = [&](port::Lane lane, const auto& message) {
    host.ports(kSecond).send(kFirst, lane, port::encode(message, 0));
    host.run_for(milliseconds(1));
  };
  AppendEntries of_term_two{Term(2), 1, LogIndex(0), Term(0), LogIndex(0), {}};
  of_term_two.entries = {{Term(1), {}}, {Term(2), Bytes::copy_of("x")}};
  second_says(port::Lane::request, of_term_two);
  ASSERT_EQ(server.log().last(), LogIndex(2));
  host.run_until([&] { return server.standing() == Standing::candidate; }, seconds(1));
  ASSERT_EQ(server.term(), Term(3));
  second_says(port::Lane::response, Vote{Term(3), false, true});
  ASSERT_EQ(server.standing(), Standing::leader);

  Appended held{Term(3), 0, true, LogIndex(2), LogIndex(2)};
  second_says(port::Lane::response, held);
  EXPECT_EQ(server.committed(), LogIndex(0));
  held.index = LogIndex(3);
  second_says(port::Lane::response, held);
  EXPECT_EQ(server.committed(), LogIndex(3));
}

Config compacting() {
  Config config = quick();
  config.snapshot_entries = 20;
  config.retained_entries = 5;
  return config;
}

TEST(Snapshot, TakesThePlaceOfOldEntries) {
  Quorum quorum(3, compacting());
  for (int i = 0; i < 100; ++i) {
    quorum.commit("c" + std::to_string(i));
  }
  const EntryLog& log = quorum.at(quorum.await_leader()).log();
  EXPECT_LT(log.last() - log.first(), 40U);
  EXPECT_LE(quorum.host.storage(kFirst).list("raft/0").size(), 3U) << "old segments are removed";
}

TEST(Snapshot, ARestartedServerBeginsWithIt) {
  Quorum quorum(3, compacting());
  for (int i = 0; i < 45; ++i) {
    quorum.commit("c" + std::to_string(i));
  }
  const NodeId server = quorum.followers()[0];
  quorum.await_applied(server, 45);
  quorum.host.crash(server);
  quorum.host.storage(server).lose_unsynced();
  quorum.restart(server);
  EXPECT_THAT(quorum.commands(server), SizeIs(testing::Ge(20U)));
  quorum.await_applied(server, 45);
  EXPECT_EQ(quorum.commands(server), quorum.commands(quorum.await_leader()));
}

TEST(Snapshot, IsSentToWhoLacksEntriesThatAreGone) {
  Quorum quorum(3, compacting());
  const NodeId late = quorum.followers()[0];
  quorum.host.kill(late);
  for (int i = 0; i < 100; ++i) {
    quorum.commit("c" + std::to_string(i));
  }
  quorum.restart(late);
  quorum.await_applied(late, 100);
  EXPECT_EQ(quorum.commands(late), quorum.commands(quorum.await_leader()));
  quorum.commit("last");
  quorum.await_applied(late, 101);
}

TEST(Snapshot, GreaterThanAMessageIsSentInParts) {
  Quorum quorum(3, compacting());
  const NodeId late = quorum.followers()[0];
  quorum.host.kill(late);
  for (int i = 0; i < 45; ++i) {
    quorum.commit(std::string(100'000, static_cast<char>('a' + i % 26)));
  }
  quorum.restart(late);
  quorum.await_applied(late, 45);
  EXPECT_EQ(quorum.commands(late), quorum.commands(quorum.await_leader()));
}

TEST(Snapshot, ADamagedOneSilencesItsServer) {
  Quorum quorum(3, compacting());
  for (int i = 0; i < 45; ++i) {
    quorum.commit("c" + std::to_string(i));
  }
  const NodeId server = quorum.followers()[0];
  quorum.await_applied(server, 45);
  quorum.host.crash(server);
  quorum.host.storage(server).corrupt("raft/snapshot", 20);
  quorum.restart(server);
  EXPECT_TRUE(quorum.at(server).damaged());
}

}  // namespace
}  // namespace wavetank::raft::test
