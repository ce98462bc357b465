// Elections, and the phases of the broadcast, by what servers do when others die, lag or lie apart.

#include "tests/coordination/ensemble_fixture.h"

namespace wavetank::coordination::test {
namespace {

TEST(Ensemble, ElectsTheGreatestIdAmongEquals) {
  EnsembleFixture it;
  EXPECT_EQ(it.await_leader(), it.voter(2));
  it.await_all();
  EXPECT_EQ(it.view(it.voter(0)).leader, it.voter(2));
  EXPECT_EQ(it.probe.leaders.size(), 1U);
}

TEST(Ensemble, OfOneServerElectsItself) {
  EnsembleSpec spec;
  spec.voters = 1;
  EnsembleFixture it(spec);
  const NodeId me = it.add_client();
  EXPECT_EQ(it.call(me, create_op("/a", "x")).error, ErrorCode::ok);
  it.host.kill(it.voter(0));
  it.host.restart(it.voter(0));
  EXPECT_TRUE(it.await([&] { return it.read(me, "/a") == "x"; })) << "it was on disk";
}

TEST(Ensemble, ElectsTheServerWithTheLongestHistory) {
  EnsembleFixture it;
  it.await_all();
  const NodeId me = it.add_client({it.voter(1), it.voter(2)});
  it.host.kill(it.voter(0));
  ASSERT_EQ(it.call(me, create_op("/a", "kept")).error, ErrorCode::ok);
  // Only 1 and 2 have it. 2 goes, 0 comes: 1 must lead.
  it.host.kill(it.voter(2));
  it.host.restart(it.voter(0));
  EXPECT_EQ(it.await_leader(), it.voter(1));
  it.await_all();
  EXPECT_TRUE(it.await([&] { return it.read(me, "/a") == "kept"; }));
  it.expect_agreement();
}

TEST(Ensemble, HasNoLeaderWithoutAQuorum) {
  EnsembleFixture it;
  const NodeId leader = it.await_leader();
  it.await_all();
  for (const NodeId server : it.servers()) {
    if (server != leader) {
      it.host.kill(server);
    }
  }
  EXPECT_TRUE(it.await([&] { return it.view(leader).standing == Standing::looking; }, seconds(30)))
      << "a leader without a quorum gives up";
  it.run(seconds(120));
  EXPECT_EQ(it.leader(), kNoServer);
  EXPECT_FALSE(it.view(leader).serves);
}

TEST(Ensemble, CutOffLeaderGivesUpAndCommitsNothing) {
  EnsembleFixture it;
  const NodeId old = it.await_leader();
  it.await_all();
  const NodeId stranded = it.add_client({old});
  for (const NodeId server : it.servers()) {
    if (server != old) {
      it.host.cut_both(old, server);
    }
  }
  const Xid lost = it.ask(stranded, create_op("/lost"));
  ASSERT_TRUE(it.await([&] { return it.leader() != old && it.leader() != kNoServer; }));
  EXPECT_NE(it.answer(stranded, lost).error, ErrorCode::ok);
  const NodeId me = it.add_client({it.leader()});
  EXPECT_EQ(it.call(me, create_op("/kept")).error, ErrorCode::ok);
  EXPECT_EQ(it.call(me, exists_op("/lost")).error, ErrorCode::no_node);
  it.run(seconds(30));
  it.host.heal_all();
  it.await_all();
  it.run(seconds(5));
  it.expect_agreement();
  EXPECT_EQ(it.call(me, exists_op("/lost")).error, ErrorCode::no_node)
      << "what was never committed was cut from the old leader's log";
}

TEST(Ensemble, GivesALateFollowerWhatItLacks) {
  EnsembleFixture it;
  it.await_all();
  const NodeId late = it.follower();
  const NodeId me = it.add_client({it.leader()});
  it.host.kill(late);
  for (int i = 0; i < 50; ++i) {
    it.call(me, create_op("/n" + std::to_string(i)));
  }
  const int reloads = it.probe.reloads;
  it.host.restart(late);
  it.await_all();
  it.run(seconds(1));
  it.expect_agreement();
  EXPECT_EQ(it.probe.reloads, reloads + 1) << "its own files, and no snapshot of the leader";
}

TEST(Ensemble, GivesAFollowerTheWholeTreeWhenItIsTooFarBehind) {
  EnsembleSpec spec;
  spec.server.commit_log_count = 10;
  EnsembleFixture it(spec);
  it.await_all();
  const NodeId late = it.follower();
  const NodeId me = it.add_client({it.leader()});
  it.host.kill(late);
  for (int i = 0; i < 50; ++i) {
    it.call(me, create_op("/n" + std::to_string(i)));
  }
  const int reloads = it.probe.reloads;
  it.host.restart(late);
  it.await_all();
  it.run(seconds(1));
  it.expect_agreement();
  EXPECT_EQ(it.probe.reloads, reloads + 2) << "its own files, then the leader's tree";
  // And it survives on that: the snapshot took the place of its log.
  it.host.kill(late);
  it.host.restart(late);
  it.await_all();
  it.run(seconds(1));
  it.expect_agreement();
}

TEST(Ensemble, GoesOnThroughMessagesThatAreLost) {
  EnsembleFixture it;
  it.await_all();
  const NodeId follower = it.follower();
  const NodeId me = it.add_client({it.leader()});
  it.call(me, create_op("/a"));
  // A cut too short for any timeout: a proposal is lost on the way, and must not stay so.
  it.host.cut(it.leader(), follower);
  ASSERT_EQ(it.call(me, set_op("/a", "1")).error, ErrorCode::ok);
  it.host.heal_all();
  ASSERT_EQ(it.call(me, set_op("/a", "2")).error, ErrorCode::ok);
  it.run(seconds(30));
  it.await_all();
  it.run(seconds(1));
  it.expect_agreement();
}

TEST(Ensemble, ForcesToDiskBeforeItAcknowledges) {
  EnsembleFixture it;
  it.await_all();
  const NodeId me = it.add_client();
  std::vector<std::string> acknowledged;
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 20; ++i) {
      const std::string path = "/n" + std::to_string(round) + "-" + std::to_string(i);
      if (it.call(me, create_op(path)).error == ErrorCode::ok) {
        acknowledged.push_back(path);
      }
    }
    // The power fails everywhere at once.
    for (const NodeId server : it.servers()) {
      it.host.crash(server);
      it.host.storage(server).lose_unsynced();
    }
    for (const NodeId server : it.servers()) {
      it.host.restart(server);
    }
    it.await_all();
    ASSERT_TRUE(it.await([&] { return it.client(me).client.state() != SessionState::connecting; }));
    if (it.client(me).client.state() == SessionState::expired) {
      it.client(me).client.start({it.host.clock(), it.host.ports(me)});
    }
  }
  EXPECT_GT(acknowledged.size(), 90U);
  for (const std::string& path : acknowledged) {
    EXPECT_EQ(it.insist(me, exists_op(path)).error, ErrorCode::ok) << path << " is lost";
  }
}

TEST(Ensemble, TakesSnapshotsAndDropsTheLogTheyReplace) {
  EnsembleSpec spec;
  spec.server.snap_count = 40;
  spec.server.commit_log_count = 10;
  EnsembleFixture it(spec);
  it.await_all();
  const NodeId me = it.add_client();
  for (int i = 0; i < 400; ++i) {
    it.call(me, i % 2 == 0 ? create_op("/n" + std::to_string(i)) : set_op("/", std::to_string(i)));
  }
  EXPECT_GT(it.probe.snapshots, 20);
  const NodeId server = it.follower();
  const auto& files = it.host.storage(server);
  EXPECT_EQ(files.list("snapshot.").size(), 3U);
  EXPECT_LE(files.list("log.").size(), 5U);
  it.host.kill(server);
  it.host.storage(server).lose_unsynced();
  it.host.restart(server);
  it.await_all();
  it.run(seconds(1));
  it.expect_agreement();
}

TEST(Ensemble, ServerWhoseSnapshotIsTornUsesTheOneBefore) {
  EnsembleSpec spec;
  spec.server.snap_count = 40;
  EnsembleFixture it(spec);
  it.await_all();
  const NodeId me = it.add_client();
  for (int i = 0; i < 200; ++i) {
    it.call(me, create_op("/n" + std::to_string(i)));
  }
  const NodeId server = it.follower();
  it.host.kill(server);
  auto& files = it.host.storage(server);
  files.corrupt(files.list("snapshot.").back(), 50);
  it.host.restart(server);
  it.await_all();
  it.run(seconds(1));
  it.expect_agreement();
}

TEST(Ensemble, ServerCutsATornEntryAtTheEndOfItsLog) {
  EnsembleFixture it;
  it.await_all();
  const NodeId me = it.add_client({it.leader()});
  for (int i = 0; i < 20; ++i) {
    it.call(me, create_op("/n" + std::to_string(i)));
  }
  const NodeId server = it.follower();
  it.host.kill(server);
  auto& files = it.host.storage(server);
  const std::string log = files.list("log.").back();
  files.cut(log, files.size_of(log) - 3);
  it.host.restart(server);
  it.await_all();
  it.run(seconds(1));
  it.expect_agreement();
}

TEST(Ensemble, ServerWithADamagedLogTakesNoPart) {
  EnsembleFixture it;
  it.await_all();
  const NodeId me = it.add_client({it.leader()});
  for (int i = 0; i < 20; ++i) {
    it.call(me, create_op("/n" + std::to_string(i)));
  }
  const NodeId server = it.follower();
  it.host.kill(server);
  auto& files = it.host.storage(server);
  const std::string log = files.list("log.").back();
  files.corrupt(log, files.size_of(log) / 2);
  it.host.restart(server);
  it.run(seconds(60));
  EXPECT_EQ(it.view(server).standing, Standing::failed);
  EXPECT_EQ(it.call(me, create_op("/on")).error, ErrorCode::ok) << "the others go on";
}

TEST(Ensemble, ObserverServesAndTakesNoPartInAQuorum) {
  EnsembleSpec spec;
  spec.observers = 1;
  EnsembleFixture it(spec);
  it.await_all();
  const NodeId watcher = it.observer(0);
  EXPECT_EQ(it.view(watcher).standing, Standing::observing);
  const NodeId me = it.add_client({watcher});
  EXPECT_EQ(it.call(me, create_op("/a", "x")).error, ErrorCode::ok);
  EXPECT_EQ(it.read(me, "/a"), "x");
  it.run(seconds(1));
  it.expect_agreement();
  // With two voters gone, three servers of four do not make a quorum.
  it.host.kill(it.voter(0));
  it.host.kill(it.voter(1));
  it.run(seconds(60));
  EXPECT_EQ(it.leader(), kNoServer);
}

TEST(Ensemble, ObserverThatDiesHoldsNobodyUp) {
  EnsembleSpec spec;
  spec.observers = 2;
  EnsembleFixture it(spec);
  it.await_all();
  const NodeId me = it.add_client({it.leader()});
  it.host.crash(it.observer(0));
  EXPECT_EQ(it.call(me, create_op("/a")).error, ErrorCode::ok);
  it.host.restart(it.observer(0));
  it.await_all();
  it.run(seconds(1));
  it.expect_agreement();
}

TEST(Ensemble, KilledLeaderIsReplacedWithinTheWaitForABetterVote) {
  EnsembleSpec spec;
  spec.voters = 5;
  EnsembleFixture it(spec);
  it.await_all();
  const Time killed = it.host.now();
  it.host.kill(it.leader());
  it.await_leader();
  EXPECT_GE(it.host.now() - killed, spec.server.finalize_wait);
  EXPECT_LT(it.host.now() - killed, spec.server.finalize_wait + milliseconds(20));
}

}  // namespace
}  // namespace wavetank::coordination::test
