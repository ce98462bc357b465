#include "tests/cluster/cluster_fixture.h"

namespace wavetank::sim::test {
namespace {

using ::testing::ElementsAre;

constexpr port::TimerId kTimer{3};
constexpr std::int64_t kTenPercent = 100'000;  // ppm

class Timers : public ClusterTest {
 protected:
  const MachineId home = machine();
  const NodeId a = node(home);

  /// At the dates given, in microseconds of simulated time, `a` sets its timer for a date on its
  /// own clock.
  void set_at(std::int64_t date_us, std::int64_t deadline_us) {
    step(after_us(date_us), a,
         [deadline_us](port::Ports& ports) { ports.set_timer(kTimer, after_us(deadline_us)); });
  }
  void cancel_at(std::int64_t date_us) {
    step(after_us(date_us), a, [](port::Ports& ports) { ports.cancel_timer(kTimer); });
  }
  void run() {
    cluster->start_all();
    run_until(after_us(1'000'000));
  }
  void expect_one_ring(Time date) {
    EXPECT_THAT(seen(a), ElementsAre("start", "timer 3"));
    EXPECT_EQ(saw(a, "timer 3"), date);
  }
};

TEST_F(Timers, RingAtTheirDate) {
  set_at(1000, 5000);
  run();
  expect_one_ring(after_us(5000));
}

TEST_F(Timers, RingAtOnceWhenTheirDateIsPast) {
  set_at(1000, 500);
  run();
  expect_one_ring(after_us(1000));
}

TEST_F(Timers, MovedLaterRingOnceAtTheLaterDate) {
  set_at(1000, 5000);
  set_at(2000, 9000);
  set_at(3000, 7000);
  run();
  expect_one_ring(after_us(7000));
}

TEST_F(Timers, MovedEarlierRingOnceAtTheEarlierDate) {
  set_at(1000, 5000);
  set_at(2000, 3000);
  run();
  expect_one_ring(after_us(3000));
}

TEST_F(Timers, CancelledDoNotRing) {
  set_at(1000, 5000);
  cancel_at(2000);
  run();
  EXPECT_THAT(seen(a), ElementsAre("start"));
}

TEST_F(Timers, CancelledAndSetAgainRingOnceAtTheNewDate) {
  set_at(1000, 5000);
  cancel_at(2000);
  set_at(3000, 8000);
  run();
  expect_one_ring(after_us(8000));
}

TEST_F(Timers, RingAgainWhenSetAgain) {
  set_at(1000, 5000);
  set_at(6000, 9000);
  run();
  EXPECT_THAT(seen(a), ElementsAre("start", "timer 3", "timer 3"));
  EXPECT_EQ(last_seen(a).at, after_us(9000));
}

TEST_F(Timers, DoNotDisturbEachOther) {
  step(after_us(1000), a, [](port::Ports& ports) {
    ports.set_timer(port::TimerId(1), after_us(4000));
    ports.set_timer(port::TimerId(0), after_us(3000));
    ports.set_timer(port::TimerId(2), after_us(5000));
    ports.cancel_timer(port::TimerId(1));
    ports.cancel_timer(port::TimerId(77));
  });
  run();
  EXPECT_THAT(seen(a), ElementsAre("start", "timer 0", "timer 2"));
}

TEST_F(Timers, RingByTheNodesOwnClock) {
  at(after_us(0), [this] { cluster->set_drift(home, kTenPercent); });
  set_at(1000, 110'000);
  run();
  expect_one_ring(after_us(100'000));
  EXPECT_EQ(last_seen(a).now.monotonic, after_us(110'000));
}

TEST_F(Timers, RingEarlierWhenTheirClockBeginsToRunFast) {
  set_at(1000, 120'000);
  at(after_us(10'000), [this] { cluster->set_drift(home, kTenPercent); });
  run();
  expect_one_ring(after_us(110'000));
}

TEST_F(Timers, RingLaterWhenTheirClockBeginsToRunSlow) {
  set_at(1000, 100'000);
  at(after_us(10'000), [this] { cluster->set_drift(home, -kTenPercent); });
  run();
  expect_one_ring(after_us(110'000));
}

TEST_F(Timers, RingOnceWhenTheirClockChangesTwice) {
  set_at(1000, 100'000);
  at(after_us(10'000), [this] { cluster->set_drift(home, kTenPercent); });
  at(after_us(20'000), [this] { cluster->set_drift(home, 0); });
  run();
  expect_one_ring(after_us(99'000));
}

TEST_F(Timers, CancelledWhileTheirStepWaitsDoNotRing) {
  step(after_us(4990), a, [](port::Ports& ports) {
    ports.cancel_timer(kTimer);
    work_us(ports, 1);
  });
  set_at(1000, 5000);
  at(after_us(4980), [this] { cluster->pause(home); });
  at(after_us(8000), [this] { cluster->resume(home); });
  run();
  EXPECT_THAT(seen(a), ElementsAre("start"));
}

TEST_F(Timers, MovedWhileTheirStepWaitsRingOnceAtTheNewDate) {
  set_at(1000, 5000);
  set_at(4990, 9000);
  at(after_us(4980), [this] { cluster->pause(home); });
  at(after_us(8000), [this] { cluster->resume(home); });
  run();
  expect_one_ring(after_us(9000));
}

TEST_F(Timers, ThatExpireInAPauseRingWhenItEnds) {
  set_at(1000, 5000);
  at(after_us(2000), [this] { cluster->pause(home); });
  at(after_us(8000), [this] { cluster->resume(home); });
  run();
  expect_one_ring(after_us(8000));
}

}  // namespace
}  // namespace wavetank::sim::test
