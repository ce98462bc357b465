#include "tests/cluster/cluster_fixture.h"

namespace wavetank::sim::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr port::TimerId kTimer{3};

/// `a` and its neighbour on one machine, `b` on another.
class Crash : public ClusterTest {
 protected:
  const MachineId home = machine(1);
  const MachineId away = machine(4);
  const NodeId a = node(home, 1, true);
  const NodeId neighbour = node(home);
  const NodeId b = node(away, 1, true);

  void crash_at(Time date, MachineId machine, Unsynced unsynced) {
    at(date, [this, machine, unsynced] { losses = cluster->crash(machine, unsynced); });
  }
  void restart_at(Time date, MachineId machine) {
    at(date, [this, machine] { cluster->restart(machine); });
  }
  void run_until_us(std::int64_t us) {
    if (!started_) {
      cluster->start_all();
      started_ = true;
    }
    run_until(after_us(us));
  }
  static std::string stored(port::Ports& ports) {
    return std::string(as_text(ports.storage().load("log")));
  }
  static void append(port::Ports& ports, std::string_view text) {
    ports.storage().append(ports.storage().open("log"), Bytes::copy_of(text));
  }
  static void sync(port::Ports& ports, std::uint64_t token) {
    ports.storage().sync(ports.storage().open("log"), port::StorageToken(token));
  }

  std::vector<FileLoss> losses;

 private:
  bool started_ = false;
};

// --- what the dead process leaves undone ---

TEST_F(Crash, DropsTheStepsThatWait) {
  step(after_us(1000), a, [](port::Ports& ports) { work_us(ports, 100); });
  step(after_us(1010), a, [](port::Ports&) {});
  crash_at(after_us(1050), home, Unsynced::kept);
  restart_at(after_us(5000), home);
  run_until_us(10'000);
  EXPECT_EQ(served(1), Time::never());
  EXPECT_THAT(seen(a), ElementsAre("start", "start"));
}

TEST_F(Crash, DropsWhatHasNotBeenPaidFor) {
  step(after_us(1000), a, [this](port::Ports& ports) {
    say(ports, b, "unpaid");
    work_us(ports, 100);
  });
  crash_at(after_us(1099), home, Unsynced::kept);
  run_until_us(10'000);
  EXPECT_THAT(seen(b), Not(Contains("unpaid from 0")));
}

TEST_F(Crash, DropsTimers) {
  step(after_us(1000), a, [](port::Ports& ports) { ports.set_timer(kTimer, after_us(8000)); });
  crash_at(after_us(2000), home, Unsynced::kept);
  restart_at(after_us(3000), home);
  run_until_us(10'000);
  EXPECT_THAT(seen(a), ElementsAre("start", "start"));
}

TEST_F(Crash, LetsTheNextProcessUseTheSameTimer) {
  step(after_us(1000), a, [](port::Ports& ports) { ports.set_timer(kTimer, after_us(8000)); });
  crash_at(after_us(2000), home, Unsynced::kept);
  restart_at(after_us(3000), home);
  step(after_us(3500), a, [](port::Ports& ports) { ports.set_timer(kTimer, after_us(9000)); });
  run_until_us(10'000);
  EXPECT_THAT(seen(a), ElementsAre("start", "start", "timer 3"));
  EXPECT_EQ(saw(a, "timer 3"), after_us(9000));
}

TEST_F(Crash, EndsAllProcessesOfTheMachineAndNoOther) {
  crash_at(after_us(1000), home, Unsynced::kept);
  run_until_us(2000);
  EXPECT_FALSE(cluster->node(a).running());
  EXPECT_FALSE(cluster->node(neighbour).running());
  EXPECT_TRUE(cluster->node(b).running());
  EXPECT_FALSE(cluster->powered(home));
  EXPECT_TRUE(cluster->powered(away));
}

TEST_F(Crash, EndsAPause) {
  at(after_us(1000), [this] { cluster->pause(home); });
  crash_at(after_us(2000), home, Unsynced::kept);
  restart_at(after_us(3000), home);
  run_until_us(10'000);
  EXPECT_EQ(last_seen(a).at, after_us(3000));
}

TEST_F(Crash, FreesTheMessageOfAStepThatWasBeingServedOnce) {
  when(a, "ask from 2", [](port::Ports& ports) { work_us(ports, 1000); });
  step(after_us(1000), b, [this](port::Ports& ports) { say(ports, a, "ask"); });
  crash_at(after_us(1500), home, Unsynced::kept);
  run_until_us(3000);
  EXPECT_THAT(seen(a), Contains("ask from 2"));
  EXPECT_EQ(cluster->messages_in_flight(), 0u);
}

TEST_F(Crash, KeepsLaterMessagesApart) {
  const NodeId c = node(machine());
  when(a, "ask from 2", [](port::Ports& ports) { work_us(ports, 1000); });
  step(after_us(1000), b, [this](port::Ports& ports) { say(ports, a, "ask"); });
  crash_at(after_us(1500), home, Unsynced::kept);
  step(after_us(3000), b, [c](port::Ports& ports) {
    say(ports, c, "one");
    say(ports, c, "two");
  });
  run_until_us(5000);
  EXPECT_THAT(seen(c),
              ElementsAre("start", "reset by 0", "reset by 1", "one from 2", "two from 2"));
}

// --- what its peers learn ---

TEST_F(Crash, OfAProcessOnALivingMachineResetsItsPeersAfterTheWayThere) {
  crash_at(after_us(1000), home, Unsynced::kept);
  run_until_us(5000);
  EXPECT_THAT(seen(b), ElementsAre("start", "reset by 0", "reset by 1"));
  EXPECT_EQ(saw(b, "reset by 0"), after_us(1000) + kLatency);
}

TEST_F(Crash, ByLossOfPowerIsSilent) {
  crash_at(after_us(1000), home, Unsynced::lost);
  step(after_us(2000), b, [this](port::Ports& ports) { say(ports, a, "anyone?"); });
  run_until_us(1'000'000);
  EXPECT_THAT(seen(b), ElementsAre("start"));
}

TEST_F(Crash, OfOneEndDoesNotResetTheOthersNextProcess) {
  crash_at(after_us(1000), home, Unsynced::kept);
  crash_at(after_us(1010), away, Unsynced::kept);
  restart_at(after_us(1020), away);
  run_until_us(5000);
  EXPECT_THAT(seen(b), ElementsAre("start", "start"));
}

TEST_F(Crash, AMessageToADeadProcessOnALivingMachineIsAnsweredByAReset) {
  crash_at(after_us(1000), home, Unsynced::kept);
  step(after_us(2000), b, [this](port::Ports& ports) { say(ports, a, "anyone?"); });
  run_until_us(5000);
  EXPECT_THAT(seen(b), ElementsAre("start", "reset by 0", "reset by 1", "reset by 0"));
  EXPECT_EQ(last_seen(b).at, after_us(2000) + way_of("anyone?") + kLatency);
}

TEST_F(Crash, OneConnectionIsResetOnce) {
  step(after_us(1000), b, [this](port::Ports& ports) { say(ports, a, "hello"); });
  crash_at(after_us(1010), home, Unsynced::kept);
  restart_at(after_us(1020), home);
  run_until_us(5000);
  EXPECT_THAT(seen(a), ElementsAre("start", "start")) << "it was said to the process before";
  EXPECT_THAT(seen(b), ElementsAre("start", "reset by 0", "reset by 1"));
}

TEST_F(Crash, WhoHasNotNoticedARestartTalksOnTheOldConnectionAndIsResetWhenItDoes) {
  step(after_us(1000), b, [this](port::Ports& ports) { say(ports, a, "hello"); });
  crash_at(after_us(2000), home, Unsynced::lost);
  restart_at(after_us(3000), home);
  step(after_us(4000), b, [this](port::Ports& ports) {
    say(ports, a, "still there?");
    say(ports, a, "well?");
  });
  step(after_us(4500), b, [this](port::Ports& ports) { say(ports, a, "again"); });
  run_until_us(6000);
  EXPECT_THAT(seen(a), ElementsAre("start", "hello from 2", "start", "again from 2"));
  EXPECT_THAT(seen(b), ElementsAre("start", "reset by 0"));
  EXPECT_EQ(saw(b, "reset by 0"), after_us(4000) + way_of("still there?") + kLatency);
}

TEST_F(Crash, TheNextProcessIsAnsweredThoughAnswersToTheOneBeforeWaitToBeSentAgain) {
  const auto answer = [this](port::Ports& ports) { say(ports, a, "here", port::Lane::response); };
  when(b, "ask from 0", answer);
  step(after_us(1000), a, [this](port::Ports& ports) { say(ports, b, "ask"); });
  crash_at(after_us(1150), home, Unsynced::lost);
  restart_at(after_us(5'000'000), home);
  step(after_us(5'001'000), a, [this](port::Ports& ports) { say(ports, b, "ask"); });
  run_until_us(10'000'000);
  EXPECT_EQ(saw(a, "here from 2"), after_us(5'001'000) + way_of("ask") + way_of("here"));
}

TEST_F(Crash, ResetsBothConnectionsOfTheProcessThatIsGone) {
  step(after_us(1000), b, [this](port::Ports& ports) { say(ports, a, "hello"); });
  step(after_us(1500), a, [this](port::Ports& ports) { say(ports, b, "hello"); });
  crash_at(after_us(2000), home, Unsynced::kept);
  run_until_us(5000);
  EXPECT_THAT(seen(b), Contains("reset by 0"));
  EXPECT_THAT(hung_up(b), Contains(a));
}

TEST_F(Crash, AResetOfAnOldConnectionLeavesTheOneThatTheNextProcessHasOpened) {
  step(after_us(1000), b, [this](port::Ports& ports) { say(ports, a, "hello"); });
  crash_at(after_us(2000), home, Unsynced::lost);
  restart_at(after_us(3000), home);
  step(after_us(3500), a, [this](port::Ports& ports) { say(ports, b, "I am new"); });
  step(after_us(4000), b, [this](port::Ports& ports) { say(ports, a, "still there?"); });
  run_until_us(6000);
  EXPECT_THAT(seen(b), ElementsAre("start", "I am new from 0", "reset by 0"));
  EXPECT_THAT(hung_up(b), IsEmpty());
}

TEST_F(Crash, AnAnswerGoesOnTheConnectionOfItsRequest) {
  when(b, "hello from 0",
       [this](port::Ports& ports) { say(ports, a, "welcome", port::Lane::response); });
  const auto hello = [this](port::Ports& ports) { say(ports, b, "hello"); };
  step(after_us(1000), a, hello);
  crash_at(after_us(2000), home, Unsynced::lost);
  restart_at(after_us(3000), home);
  step(after_us(4000), a, hello);
  run_until_us(6000);
  EXPECT_THAT(seen(a), ElementsAre("start", "welcome from 2", "start", "welcome from 2"));
  EXPECT_THAT(seen(b), ElementsAre("start", "hello from 0", "hello from 0"));
}

TEST_F(Crash, AResetOfConnectionsTellsBothEndsAndLosesWhatIsOnTheWay) {
  step(after_us(1000), b, [this](port::Ports& ports) { say(ports, a, "first"); });
  step(after_us(2000), b, [this](port::Ports& ports) { say(ports, a, "lost"); });
  at(after_us(2050), [this] { cluster->reset_connections(home, away); });
  step(after_us(3000), b, [this](port::Ports& ports) { say(ports, a, "second"); });
  run_until_us(5000);
  EXPECT_THAT(seen(a), ElementsAre("start", "first from 2", "reset by 2", "second from 2"));
  EXPECT_THAT(seen(b), ElementsAre("start", "reset by 0"));
}

TEST_F(Crash, TheNextProcessCanBeTalkedTo) {
  crash_at(after_us(1000), home, Unsynced::kept);
  restart_at(after_us(2000), home);
  step(after_us(3000), b, [this](port::Ports& ports) { say(ports, a, "again"); });
  run_until_us(5000);
  EXPECT_THAT(seen(a), ElementsAre("start", "start", "again from 2"));
  EXPECT_EQ(cluster->node(a).life(), 3u) << "odd while running, one more at every start and end";
}

TEST_F(Crash, TheNextProcessCanBeTalkedToWhenPowerIsBack) {
  crash_at(after_us(1000), home, Unsynced::lost);
  restart_at(after_us(2000), home);
  step(after_us(3000), b, [this](port::Ports& ports) { say(ports, a, "again"); });
  run_until_us(5000);
  EXPECT_THAT(seen(a), ElementsAre("start", "start", "again from 2"));
}

TEST_F(Crash, WhatADeadProcessHadSentIsNotDelivered) {
  step(after_us(1000), a, [this](port::Ports& ports) { say(ports, b, "last words"); });
  crash_at(after_us(1050), home, Unsynced::kept);
  run_until_us(5000);
  EXPECT_THAT(seen(b), ElementsAre("start", "reset by 0", "reset by 1"));
}

TEST_F(Crash, WhatIsOnTheWayBetweenTwoProcessesOfTheMachineIsGone) {
  step(after_us(1000), a, [this](port::Ports& ports) { say(ports, neighbour, "psst"); });
  crash_at(after_us(1010), home, Unsynced::lost);
  restart_at(after_us(1012), home);
  run_until_us(5000);
  EXPECT_THAT(seen(neighbour), ElementsAre("start", "start"));
  EXPECT_THAT(seen(a), ElementsAre("start", "start"));
}

// --- files ---

TEST_F(Crash, OfAProcessLeavesAllItsFilesToTheNext) {
  std::string found;
  step(after_us(1000), a, [](port::Ports& ports) { append(ports, "unsynced"); });
  crash_at(after_us(2000), home, Unsynced::kept);
  restart_at(after_us(3000), home);
  step(after_us(4000), a, [&found](port::Ports& ports) { found = stored(ports); });
  run_until_us(5000);
  EXPECT_EQ(found, "unsynced");
  EXPECT_THAT(losses, IsEmpty());
}

TEST_F(Crash, ByLossOfPowerLeavesWhatWasSynced) {
  std::string found;
  step(after_us(1000), a, [](port::Ports& ports) {
    append(ports, "synced ");
    sync(ports, 7);
  });
  step(after_us(20'000), a, [](port::Ports& ports) { append(ports, "and not"); });
  crash_at(after_us(21'000), home, Unsynced::lost);
  restart_at(after_us(30'000), home);
  step(after_us(31'000), a, [&found](port::Ports& ports) { found = stored(ports); });
  run_until_us(40'000);
  EXPECT_EQ(found, "synced ");
  EXPECT_THAT(seen(a), ElementsAre("start", "stored 7", "start"));
  ASSERT_EQ(losses.size(), 1u);
  EXPECT_EQ(losses[0].lost_bytes, 7u);
}

TEST_F(Crash, HidesTheOperationsOfADeadProcessFromTheNext) {
  step(after_us(1000), a, [](port::Ports& ports) {
    append(ports, "text");
    sync(ports, 7);
  });
  crash_at(after_us(1100), home, Unsynced::kept);
  restart_at(after_us(1150), home);
  run_until_us(100'000);
  EXPECT_THAT(seen(a), ElementsAre("start", "start"));
}

}  // namespace
}  // namespace wavetank::sim::test
