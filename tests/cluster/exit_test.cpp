// A process whose storage fails it, and what its peers and its supervisor see.

#include "tests/cluster/cluster_fixture.h"

namespace wavetank::sim::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;

/// `a` and `b` store, on machines of their own; `a` has a supervisor.
class Exit : public ClusterTest {
 protected:
  const MachineId home = machine(1);
  const MachineId away = machine(1);
  const NodeId a = node(home, 1, true, milliseconds(5));
  const NodeId b = node(away, 1, true);

  void SetUp() override { cluster->start_all(); }
  static void append(port::Ports& ports, std::string_view text) {
    ports.storage().append(ports.storage().open("log"), Bytes::copy_of(text));
  }
  static void sync(port::Ports& ports) {
    ports.storage().sync(ports.storage().open("log"), port::StorageToken(7));
  }
};

TEST_F(Exit, AnAppendWithoutRoomEndsTheProcessBeforeAnythingOfItsStepLeaves) {
  cluster->disk(away).set_full(true);
  step(after_us(1000), b, [this](port::Ports& ports) {
    append(ports, "record");
    say(ports, a, "stored it");
  });
  run_until(after_us(100'000));
  EXPECT_FALSE(cluster->node(b).running());
  EXPECT_THAT(seen(b), ElementsAre("start", "no room"));
  EXPECT_THAT(seen(a), ElementsAre("start", "reset by 1"));
  EXPECT_EQ(saw(a, "reset by 1"), after_us(1100));
}

TEST_F(Exit, AFailedSyncEndsTheProcess) {
  step(after_us(1000), b, [](port::Ports& ports) {
    append(ports, "record");
    sync(ports);
  });
  at(after_us(1001), [this] { cluster->disk(away).set_failing(true); });
  run_until(after_us(100'000));
  EXPECT_THAT(seen(b), ElementsAre("start", "failed 7"));
  EXPECT_FALSE(cluster->node(b).running());
}

TEST_F(Exit, ARoleMayCarryOn) {
  carries_on(b);
  cluster->disk(away).set_full(true);
  step(after_us(1000), b, [this](port::Ports& ports) {
    append(ports, "record");
    say(ports, a, "never mind");
  });
  run_until(after_us(100'000));
  EXPECT_TRUE(cluster->node(b).running());
  EXPECT_THAT(seen(a), Contains("never mind from 1"));
}

TEST_F(Exit, ASupervisorStartsTheProcessAgainAndItFindsItsFiles) {
  std::string found;
  when(a, "start",
       [&](port::Ports& ports) { found = std::string(as_text(ports.storage().load("log"))); });
  step(after_us(1000), a, [](port::Ports& ports) { append(ports, "before"); });
  at(after_us(1500), [this] { cluster->disk(home).set_full(true); });
  step(after_us(2000), a, [](port::Ports& ports) { append(ports, "in vain"); });
  run_until(after_us(100'000));
  EXPECT_THAT(seen(a), ElementsAre("start", "no room", "start"));
  EXPECT_EQ(last_seen(a).at, after_us(7000));
  EXPECT_EQ(found, "before");
}

TEST_F(Exit, WaitingStepsAndTimersGoWithTheProcess) {
  step(after_us(900), a, [](port::Ports& ports) {
    ports.set_timer(port::TimerId(1), after_us(3000));
    work_us(ports, 200);
  });
  at(after_us(950), [this] { cluster->disk(home).set_full(true); });
  step(after_us(1000), a, [](port::Ports& ports) { append(ports, "in vain"); });
  step(after_us(1010), a, [](port::Ports&) { FAIL() << "its process is gone"; });
  run_until(after_us(100'000));
  EXPECT_THAT(seen(a), ElementsAre("start", "no room", "start"));
}

TEST_F(Exit, AMachineThatCrashesMeanwhileIsNotStartedBySupervisors) {
  cluster->disk(home).set_full(true);
  step(after_us(1000), a, [](port::Ports& ports) { append(ports, "in vain"); });
  at(after_us(3000), [this] { cluster->crash(home, Unsynced::lost); });
  run_until(after_us(50'000));
  EXPECT_FALSE(cluster->node(a).running());
  at(after_us(60'000), [this] { cluster->restart(home); });
  run_until(after_us(100'000));
  EXPECT_TRUE(cluster->node(a).running());
}

TEST_F(Exit, AWipedMachineFindsNoFiles) {
  std::string found = "nothing was looked for";
  when(b, "start",
       [&](port::Ports& ports) { found = std::string(as_text(ports.storage().load("log"))); });
  step(after_us(1000), b, [](port::Ports& ports) {
    append(ports, "record");
    sync(ports);
  });
  at(after_us(50'000), [this] { cluster->wipe(away); });
  at(after_us(60'000), [this] { cluster->restart(away); });
  run_until(after_us(100'000));
  EXPECT_EQ(found, "");
  EXPECT_EQ(cluster->disk(away).allocated_bytes(), 0U);
}

}  // namespace
}  // namespace wavetank::sim::test
