#include <gmock/gmock.h>

#include "tests/raft/quorum.h"

namespace wavetank::raft::test {
namespace {

using testing::ElementsAre;

TEST(Election, AQuorumOfOneElectsItselfAtOnce) {
  Quorum quorum(1);
  quorum.run(milliseconds(5));
  EXPECT_EQ(quorum.leader(), kFirst);
  quorum.commit("a");
  EXPECT_THAT(quorum.commands(kFirst), ElementsAre("a"));
}

TEST(Election, OneOfThreeIsElectedAndStays) {
  Quorum quorum;
  const NodeId leader = quorum.await_leader();
  const Term term = quorum.at(leader).term();
  quorum.run(seconds(10));
  EXPECT_EQ(quorum.leader(), leader);
  EXPECT_EQ(quorum.at(leader).term(), term);
}

TEST(Election, WhenTheLeaderDiesAnotherTakesOver) {
  Quorum quorum(5);
  const NodeId first = quorum.await_leader();
  quorum.commit("a");
  quorum.host.crash(first);
  const NodeId second = quorum.await_leader(seconds(2));
  EXPECT_NE(second, first);
  quorum.commit("b");
  EXPECT_THAT(quorum.commands(second), ElementsAre("a", "b"));
}

TEST(Election, NobodyLeadsWithoutAMajority) {
  Quorum quorum;
  const auto others = quorum.followers();
  quorum.host.crash(others[0]);
  quorum.host.crash(others[1]);
  quorum.run(seconds(5));
  EXPECT_FALSE(quorum.leader()) << "a leader that hears nobody steps down";
  quorum.restart(others[0]);
  quorum.await_leader();
}

TEST(Election, WithoutCheckQuorumALoneLeaderKeepsThinkingItLeads) {
  Config config = quick();
  config.check_quorum = false;
  Quorum quorum(3, config);
  const NodeId leader = quorum.await_leader();
  quorum.cut_off(leader);
  quorum.run(seconds(5));
  EXPECT_EQ(quorum.at(leader).standing(), Standing::leader);
}

TEST(Election, WhoComesBackDoesNotDeposeTheLeader) {
  Quorum quorum;
  const NodeId away = quorum.followers()[0];
  const Term term = quorum.at(quorum.await_leader()).term();
  quorum.cut_off(away);
  quorum.run(seconds(10));
  EXPECT_EQ(quorum.at(away).term(), term) << "pre-votes do not raise the term";
  quorum.host.heal_all();
  quorum.run(seconds(2));
  EXPECT_EQ(quorum.at(quorum.await_leader()).term(), term);
}

TEST(Election, WithoutPreVoteAndCheckQuorumItDoes) {
  Config config = quick();
  config.pre_vote = config.check_quorum = false;
  Quorum quorum(3, config);
  const NodeId away = quorum.followers()[0];
  const Term term = quorum.at(quorum.await_leader()).term();
  quorum.cut_off(away);
  quorum.run(seconds(10));
  EXPECT_GT(quorum.at(away).term(), term + 5);
  quorum.host.heal_all();
  quorum.run(seconds(2));
  EXPECT_GT(quorum.at(quorum.await_leader()).term(), term + 5);
}

/// etcd's defaults, five times as fast: ten to nineteen ticks of 20 ms.
Config ticking() {
  Config config;
  config.heartbeat_interval = milliseconds(20);
  config.election_timeout_min = milliseconds(200);
  config.election_timeout_max = milliseconds(400);
  config.counts_ticks = true;
  config.pre_vote = false;
  return config;
}

/// How long three servers are without a leader that has just been heard, in ticks, and how many
/// terms it takes until there is another.
struct Succession {
  double ticks = 0;
  std::uint64_t terms = 0;
};
Succession succession(std::uint64_t seed) {
  Quorum quorum(3, ticking(), seed);
  quorum.host.set_latency(milliseconds(1));
  const NodeId leader = quorum.await_leader();
  const Term term = quorum.at(leader).term();
  quorum.commit("a");
  quorum.host.crash(leader);
  const Time crashed = quorum.host.now();
  const NodeId next = quorum.await_leader();
  return {(quorum.host.now() - crashed).seconds() / 0.02,
          quorum.at(next).term().value() - term.value()};
}

TEST(Election, WhoCountsTicksStandsWhenTenToNineteenHavePassed) {
  constexpr int kTrials = 100;
  int at_once = 0;
  double least = 100;
  double sum = 0;
  for (std::uint64_t seed = 1; seed <= kTrials; ++seed) {
    const Succession it = succession(seed);
    if (it.terms == 1) {
      ++at_once;
      least = std::min(least, it.ticks);
      sum += it.ticks;
      EXPECT_LT(it.ticks, 20);
    }
  }
  // The first tick comes anywhere within the first interval; the lesser of two uniform draws from
  // 10..19 is 12.85 on average, and an election takes half a tick here.
  EXPECT_GT(least, 9);
  EXPECT_LT(least, 10.2);
  EXPECT_NEAR(sum / at_once, 12.85 - 0.5 + 0.5, 0.7);
  // Whose tenth tick is still to come ignores who stands with its own, and then two stand in a
  // term.
  EXPECT_GT(at_once, kTrials * 3 / 4);
  EXPECT_LT(at_once, kTrials);
}

TEST(Election, AServerWithAnOlderLogIsNotElected) {
  Quorum quorum;
  const auto others = quorum.followers();
  const NodeId leader = quorum.await_leader();
  quorum.host.crash(others[0]);
  quorum.commit("a");
  quorum.await_applied(others[1], 1);
  quorum.host.crash(leader);
  quorum.restart(others[0]);
  EXPECT_EQ(quorum.await_leader(), others[1]);
}

/// Votes and answers as they arrive, beside what their sender's disk holds at that moment.
TEST(Election, NoVoteIsGivenBeforeItIsDurable) {
  Quorum quorum(5);
  int votes = 0;
  quorum.host.on_delivery = [&](NodeId from, NodeId to, port::Lane lane,
                                const port::Message& message) {
    const auto vote = port::decode<Vote>(message);
    if (lane == port::Lane::response && vote && vote->granted && !vote->pre) {
      ++votes;
      Ballot stored{port::kNoNotify};
      ASSERT_TRUE(stored.load({quorum.host.clock(), quorum.host.ports(from)}));
      EXPECT_GE(stored.term(), vote->term);
      EXPECT_TRUE(stored.term() > vote->term || stored.voted_for() == to);
    }
  };
  quorum.host.crash(quorum.await_leader());
  quorum.await_leader();
  EXPECT_GE(votes, 4);
}

TEST(Election, ACandidateCountsItsOwnVoteWhenItIsDurable) {
  Config config = quick();
  config.election_timeout_max = config.election_timeout_min + milliseconds(10);
  config.pre_vote = config.check_quorum = false;
  Quorum quorum(2, config, 3);
  const NodeId voter = quorum.await_leader();
  const NodeId candidate = quorum.followers()[0];
  quorum.host.crash(voter);
  quorum.host.set_disk_latency(candidate, milliseconds(100));
  quorum.run(milliseconds(90));
  quorum.restart(voter);  // it has the whole timeout before it
  quorum.run(milliseconds(70));
  ASSERT_EQ(quorum.at(candidate).standing(), Standing::candidate);
  quorum.run(milliseconds(40));
  EXPECT_EQ(quorum.at(candidate).standing(), Standing::candidate) << "though it has both votes";
  quorum.run(milliseconds(70));
  EXPECT_EQ(quorum.at(candidate).standing(), Standing::leader);
}

TEST(Election, AVoteSurvivesARestart) {
  Quorum quorum;
  const NodeId leader = quorum.await_leader();
  const Term term = quorum.at(leader).term();
  for (const NodeId server : quorum.servers) {
    quorum.host.crash(server);
    quorum.host.storage(server).lose_unsynced();
    quorum.restart(server);
    EXPECT_EQ(quorum.at(server).term(), term);
  }
  EXPECT_GT(quorum.at(quorum.await_leader()).term(), term);
}

TEST(Election, AServerThatCannotReadItsBallotStaysSilent) {
  Quorum quorum;
  const NodeId damaged = quorum.followers()[0];
  quorum.host.crash(damaged);
  quorum.host.storage(damaged).corrupt("raft/ballot", 3);
  quorum.restart(damaged);
  EXPECT_TRUE(quorum.at(damaged).damaged());
  quorum.host.crash(quorum.await_leader());
  quorum.run(seconds(10));
  EXPECT_FALSE(quorum.leader()) << "one healthy server of three is no majority";
}

TEST(Election, EqualTimeoutsSplitVotes) {
  Config config = quick();
  config.pre_vote = config.check_quorum = false;
  config.election_timeout_max = config.election_timeout_min;
  Quorum quorum(5, config);
  quorum.run(seconds(10));
  EXPECT_FALSE(quorum.leader()) << "all stand at the same moment, for ever";
}

}  // namespace
}  // namespace wavetank::raft::test
