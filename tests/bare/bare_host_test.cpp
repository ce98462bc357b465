// How the bare host keeps time by what its roles take of a processor. The processor of these tests
// is one whose clock they set.

#include "sim/bare/bare_host.h"

#include <gtest/gtest.h>

#include <memory>

namespace wavetank::sim {
namespace {

constexpr NodeId kNode{0};
constexpr port::TimerId kTimer{1};

/// Sets its timer again and again, each time so long ahead.
class Ticker final : public port::Role {
 public:
  explicit Ticker(Duration period) : period_(period) {}

  void start(port::Now now, port::Ports& ports) override {
    ports.set_timer(kTimer, now.monotonic + period_);
  }
  void on_message(port::Now, NodeId, port::Lane, const port::Message&, port::Ports&) override {}
  void on_timer(port::Now now, port::TimerId, port::Ports& ports) override {
    ++ticks;
    ports.meter().charge(port::Work::timer);
    ports.set_timer(kTimer, now.monotonic + period_);
  }

  int ticks = 0;

 private:
  Duration period_;
};

class ABareHost : public testing::Test {
 protected:
  void add(Duration period) {
    host_.add(kNode, [period] { return std::make_unique<Ticker>(period); });
    host_.start(kNode);
  }
  /// Every event takes so long, and is seen when the clock is read.
  void take(Duration each) {
    host_.keep_time_by([this, each] {
      spent_ += each * BareHost::kEventsPerReading;
      return spent_;
    });
  }
  int ticks() { return host_.role<Ticker>(kNode).ticks; }

  BareHost host_;
  Duration spent_;
};

TEST_F(ABareHost, TakesNoTimeForAStepUnlessItIsTold) {
  add(milliseconds(1));
  host_.run_for(seconds(1));
  EXPECT_EQ(ticks(), 1'000);
  EXPECT_EQ(host_.now(), Time() + seconds(1));
}

TEST_F(ABareHost, DoesNoMoreInATimeThanItsProcessorCan) {
  add(Duration());  // always something to do
  take(microseconds(10));
  host_.run_for(seconds(1));
  EXPECT_NEAR(ticks(), 100'000, BareHost::kEventsPerReading);
}

TEST_F(ABareHost, GoesOnToTheNextEventWhereNothingIsToBeDone) {
  add(milliseconds(1));
  take(microseconds(10));
  host_.run_for(seconds(1));
  EXPECT_GT(ticks(), 980);
  EXPECT_LE(ticks(), 1'000);
}

TEST_F(ABareHost, IsLateWithWhatItsProcessorCannotDoInTime) {
  add(microseconds(1));
  take(microseconds(10));
  host_.run_for(milliseconds(100));
  EXPECT_NEAR(ticks(), 10'000, 10'000 / 8);
}

TEST_F(ABareHost, AddsUpTheWorkOfAllNodes) {
  add(milliseconds(1));
  host_.add(NodeId(1), [] { return std::make_unique<Ticker>(milliseconds(2)); });
  host_.start(NodeId(1));
  host_.run_for(milliseconds(10));
  EXPECT_EQ(host_.work().units(port::Work::timer), 15U);
}

}  // namespace
}  // namespace wavetank::sim
