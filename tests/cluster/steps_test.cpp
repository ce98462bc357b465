#include <optional>

#include "tests/cluster/cluster_fixture.h"

namespace wavetank::sim::test {
namespace {

using ::testing::ElementsAre;

class Steps : public ClusterTest {
 protected:
  const NodeId a = node(machine(1));
  const NodeId b = node(machine(4), 4);
};

TEST_F(Steps, TheFirstStepOfAProcessIsItsStart) {
  cluster->start_all();
  step(after_us(0), a, [this](port::Ports& ports) { say(ports, b, "hi"); });
  run_until(after_us(1000));
  EXPECT_THAT(seen(a), ElementsAre("start"));
  EXPECT_THAT(seen(b), ElementsAre("start", "hi from 0"));
}

TEST_F(Steps, EffectsLeaveWhenTheCostHasBeenPaid) {
  cluster->start_all();
  step(after_us(1000), a, [this](port::Ports& ports) {
    say(ports, b, "hello");
    work_us(ports, 50);
  });
  run_until(after_us(2000));
  EXPECT_EQ(served(0), after_us(1000));
  EXPECT_EQ(saw(b, "hello from 0"), after_us(1050) + way_of("hello"));
}

TEST_F(Steps, AFasterCoreTakesLessForTheSameWork) {
  MachineSpec fast;
  fast.name = "fast";
  fast.host = HostId(2);
  fast.core_speed = 2.0;
  const NodeId c = node(cluster->add_machine(fast));
  cluster->start_all();
  step(after_us(1000), c, [this](port::Ports& ports) {
    work_us(ports, 50);
    say(ports, b, "hello");
  });
  run_until(after_us(2000));
  EXPECT_EQ(saw(b, "hello from 2"), after_us(1025) + way_of("hello"));
  EXPECT_EQ(cluster->node(c).work_done(), microseconds(25));
}

TEST_F(Steps, AStepWaitsForACoreThatAnotherProcessHas) {
  const NodeId neighbour = node(MachineId(0));
  cluster->start_all();
  step(after_us(1000), a, [](port::Ports& ports) { work_us(ports, 50); });
  step(after_us(1010), neighbour, [](port::Ports&) {});
  run_until(after_us(2000));
  EXPECT_EQ(served(1), after_us(1050));
}

TEST_F(Steps, ClientsWaitInALineOfTheirOwnAndTheTwoLinesAreServedByTurns) {
  const NodeId server = node(machine(1), 1, false, {}, [this](NodeId from) { return from == a; });
  cluster->start_all();
  step(after_us(900), server, [](port::Ports& ports) { work_us(ports, 500); });
  step(after_us(1000), a, [&](port::Ports& ports) {
    for (const char* request : {"r1", "r2", "r3"}) {
      say(ports, server, request);
    }
  });
  step(after_us(1100), b, [&](port::Ports& ports) {
    say(ports, server, "p1");
    say(ports, server, "p2");
  });
  run_until(after_us(3000));
  EXPECT_THAT(seen(server), ElementsAre("start", "r1 from 0", "p1 from 1", "r2 from 0", "p2 from 1",
                                        "r3 from 0"));
}

TEST_F(Steps, AnApplicationWithAThreadIsServedBesideTheLoopOneCallAfterTheOther) {
  const NodeId producer = node(machine(4), 1, false, {}, nullptr, {}, true);
  cluster->start_all();
  when(producer, "answer from 1", [](port::Ports& ports) { work_us(ports, 500); });
  step(after_us(1000), b, [&](port::Ports& ports) {
    say(ports, producer, "answer");
    say(ports, producer, "another");
  });
  step(after_us(1000), producer, [](port::Ports& ports) { work_us(ports, 300); });
  step(after_us(1000), producer, [](port::Ports& ports) { work_us(ports, 300); });
  run_until(after_us(3000));
  EXPECT_EQ(served(1), after_us(1000));
  EXPECT_EQ(saw(producer, "answer from 1"), after_us(1000) + way_of("answer"));
  EXPECT_EQ(served(2), after_us(1300));
  EXPECT_EQ(saw(producer, "another from 1"), saw(producer, "answer from 1") + microseconds(500));
  EXPECT_EQ(cluster->node(producer).work_done(), microseconds(1'100));
}

TEST_F(Steps, ACallThatAStepAsksForBeginsAfterIt) {
  const NodeId producer = node(machine(4), 1, false, {}, nullptr, {}, true);
  cluster->start_all();
  when(producer, "answer from 1", [&](port::Ports& ports) {
    work_us(ports, 50);
    step_now(producer, [&](port::Ports& own) {
      work_us(own, 300);
      say(own, b, "of the call");
    });
    say(ports, b, "of the step");
  });
  step(after_us(1000), b, [&](port::Ports& ports) { say(ports, producer, "answer"); });
  run_until(after_us(3000));
  const Time asked = after_us(1000) + way_of("answer");
  EXPECT_EQ(saw(b, "of the step from 2"), asked + microseconds(50) + way_of("of the step"));
  EXPECT_EQ(saw(b, "of the call from 2"), asked + microseconds(300) + way_of("of the call"));
  EXPECT_EQ(cluster->node(producer).work_done(), microseconds(350));
}

TEST_F(Steps, AProcessOfConcurrencyOneServesOneStepAfterTheOther) {
  const NodeId single = node(machine(4), 1);
  cluster->start_all();
  for (int i = 0; i < 3; ++i) {
    step(after_us(1000), single, [](port::Ports& ports) { work_us(ports, 50); });
  }
  run_until(after_us(2000));
  EXPECT_EQ(served(0), after_us(1000));
  EXPECT_EQ(served(1), after_us(1050));
  EXPECT_EQ(served(2), after_us(1100));
}

TEST_F(Steps, AProcessServesAsManyStepsAtATimeAsItsConcurrencySays) {
  const NodeId pair = node(machine(4), 2);
  cluster->start_all();
  for (int i = 0; i < 3; ++i) {
    step(after_us(1000), pair, [](port::Ports& ports) { work_us(ports, 50); });
  }
  run_until(after_us(2000));
  EXPECT_EQ(served(1), after_us(1000));
  EXPECT_EQ(served(2), after_us(1050));
}

TEST_F(Steps, BeginInTheOrderOfTheirCauses) {
  std::vector<int> order;
  cluster->start_all();
  for (int i = 0; i < 5; ++i) {
    step(after_us(1000 + i), a, [&order, i](port::Ports& ports) {
      order.push_back(i);
      work_us(ports, 20);
    });
  }
  run_until(after_us(2000));
  EXPECT_THAT(order, ElementsAre(0, 1, 2, 3, 4));
}

// --- order of what is sent ---

class OrderOfSends : public Steps {
 protected:
  /// Two steps of `b` that overlap: the earlier takes 100 us, the later 10 us.
  void long_then_short(Action first, Action second) {
    step(after_us(1000), b, [first = std::move(first)](port::Ports& ports) {
      first(ports);
      work_us(ports, 100);
    });
    step(after_us(1001), b, [second = std::move(second)](port::Ports& ports) {
      second(ports);
      work_us(ports, 10);
    });
    cluster->start_all();
    run_until(after_us(2000));
  }
};

TEST_F(OrderOfSends, AShortStepDoesNotOvertakeALongOneOnTheSameLane) {
  long_then_short([this](port::Ports& ports) { say(ports, a, "long"); },
                  [this](port::Ports& ports) { say(ports, a, "short"); });
  EXPECT_THAT(seen(a), ElementsAre("start", "long from 1", "short from 1"));
  EXPECT_EQ(saw(a, "long from 1"), after_us(1100) + way_of("long"));
}

TEST_F(OrderOfSends, TheOtherLaneDoesNotWait) {
  long_then_short([this](port::Ports& ports) { say(ports, a, "long", port::Lane::request); },
                  [this](port::Ports& ports) { say(ports, a, "short", port::Lane::response); });
  EXPECT_THAT(seen(a), ElementsAre("start", "short from 1", "long from 1"));
  EXPECT_EQ(saw(a, "short from 1"), after_us(1011) + way_of("short"));
}

TEST_F(OrderOfSends, AnotherPeerDoesNotWait) {
  const NodeId c = node(machine());
  long_then_short([this](port::Ports& ports) { say(ports, a, "long"); },
                  [c](port::Ports& ports) { say(ports, c, "short"); });
  EXPECT_EQ(saw(c, "short from 1"), after_us(1011) + way_of("short"));
}

TEST_F(OrderOfSends, AStepSendsInTheOrderItSaid) {
  long_then_short(
      [this](port::Ports& ports) {
        say(ports, a, "one");
        say(ports, a, "two");
      },
      [this](port::Ports& ports) { say(ports, a, "three"); });
  EXPECT_THAT(seen(a), ElementsAre("start", "one from 1", "two from 1", "three from 1"));
}

// --- processes of one machine ---

TEST_F(Steps, ProcessesOfOneMachineTalkWithoutItsCard) {
  const NodeId neighbour = node(MachineId(0));
  cluster->start_all();
  step(after_us(1000), a, [neighbour](port::Ports& ports) { say(ports, neighbour, "psst"); });
  run_until(after_us(2000));
  EXPECT_EQ(saw(neighbour, "psst from 0"), after_us(1000) + kLoopbackDelay);
  EXPECT_EQ(network->counters(HostId(0)).bytes_sent, 0u);
}

// --- pauses ---

TEST_F(Steps, APauseHoldsStepsWhileTheWorldGoesOn) {
  cluster->start_all();
  step(after_us(1000), b, [this](port::Ports& ports) { say(ports, a, "hello"); });
  step(after_us(1050), a, [this](port::Ports& ports) {
    say(ports, b, "unpaid");
    work_us(ports, 20);
  });
  at(after_us(1060), [this] { cluster->pause(MachineId(0)); });
  at(after_us(5060), [this] { cluster->resume(MachineId(0)); });
  run_until(after_us(5000));
  EXPECT_THAT(seen(a), ElementsAre("start"));
  EXPECT_THAT(seen(b), ElementsAre("start"));
  run_until(after_us(6000));
  EXPECT_EQ(saw(b, "unpaid from 0"), after_us(5070) + way_of("unpaid"));
  EXPECT_EQ(saw(a, "hello from 1"), after_us(5070)) << "a core is free once the first is paid for";
}

// --- what observers see ---

class Watcher final : public StepObserver {
 public:
  explicit Watcher(Cluster& cluster) { cluster.observe_steps(this); }
  void step_begins(const Step& step) override {
    message.reset();
    if (step.message != nullptr) {
      message = *step.message;
    }
    node = step.node;
    begun = step.begun;
  }
  void step_ends(Duration c) override { cost = c; }

  NodeId node;
  Time begun;
  std::optional<Journey> message;
  Duration cost;
};

TEST_F(Steps, AnObserverSeesTheWayOfTheMessageThatCausedAStep) {
  Watcher watcher(*cluster);
  cluster->start_all();
  when(b, "hello from 0", [](port::Ports& ports) { work_us(ports, 7); });
  step(after_us(1000), a, [this](port::Ports& ports) {
    say(ports, b, "hello");
    work_us(ports, 50);
  });
  run_until(after_us(2000));
  EXPECT_EQ(watcher.node, b);
  EXPECT_EQ(watcher.cost, microseconds(7));
  ASSERT_TRUE(watcher.message);
  EXPECT_EQ(watcher.message->from, a);
  EXPECT_EQ(watcher.message->step_begun, after_us(1000));
  EXPECT_EQ(watcher.message->released, after_us(1050));
  EXPECT_EQ(watcher.message->arrived, after_us(1050) + way_of("hello"));
  EXPECT_EQ(watcher.begun, watcher.message->arrived);
}

// --- files ---

TEST_F(Steps, AProcessWhoseWritesFillThePageCacheSleepsUntilTheDiskHasCaughtUp) {
  constexpr std::size_t kMany = 8'000'000;  // of 16 MiB of memory a fifth may be dirty
  const NodeId writer = node(machine(), 1, true);
  cluster->start_all();
  step(after_us(1000), writer, [](port::Ports& ports) {
    port::Storage& files = ports.storage();
    files.append(files.open("log"), Bytes::copy_of(std::string(kMany, 'x')));
    work_us(ports, 1);
  });
  step(after_us(1000), writer, [](port::Ports&) {});
  run_until(after_us(5000));
  EXPECT_EQ(served(1), Time::never());
  run_until(after_us(100'000));
  EXPECT_GE(served(1), after_us(1000 + 9'000)) << "500 MB/s until 3.3 MB are left";
  EXPECT_LE(served(1), after_us(1000 + 17'000));
}

}  // namespace
}  // namespace wavetank::sim::test
