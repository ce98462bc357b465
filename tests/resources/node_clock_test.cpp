#include "sim/resources/node_clock.h"

#include <gtest/gtest.h>

#include "engine/base/ensure.h"
#include "engine/base/random.h"

namespace wavetank::sim {
namespace {

TEST(NodeClock, WithoutDriftShowsSimulatedTimeAndItsOffset) {
  const NodeClock clock(seconds(-3));
  EXPECT_EQ(clock.now(Time(12)).monotonic, Time(12));
  EXPECT_EQ(clock.now(Time(12)).wall, Time(12) - seconds(3));
  EXPECT_EQ(clock.when(Time(99)), Time(99));
}

TEST(NodeClock, DriftsByPartsPerMillion) {
  const NodeClock fast({}, 50);
  EXPECT_EQ(fast.now(Time() + seconds(1000)).monotonic, Time() + seconds(1000) + milliseconds(50));
  const NodeClock slow({}, -50);
  EXPECT_EQ(slow.now(Time() + seconds(1000)).monotonic, Time() + seconds(1000) - milliseconds(50));
}

TEST(NodeClock, RoundsDownToTheNanosecond) {
  const NodeClock slow({}, -1);
  EXPECT_EQ(slow.now(Time(1)).monotonic, Time(0));
  EXPECT_EQ(slow.now(Time(1'000'000)).monotonic, Time(999'999));
  EXPECT_EQ(slow.now(Time(1'000'001)).monotonic, Time(999'999));
}

TEST(NodeClock, AStepMovesTheWallClockOnly) {
  NodeClock clock;
  clock.step(seconds(-5));
  EXPECT_EQ(clock.now(Time(7)).monotonic, Time(7));
  EXPECT_EQ(clock.now(Time(7)).wall, Time(7) - seconds(5));
}

TEST(NodeClock, GoesOnFromWhatItShowsWhenTheDriftChanges) {
  NodeClock clock({}, 100'000);
  clock.set_drift(Time(1000), -100'000);
  EXPECT_EQ(clock.now(Time(1000)).monotonic, Time(1100));
  EXPECT_EQ(clock.now(Time(2000)).monotonic, Time(2000));
}

TEST(NodeClock, LosesNoFractionOverManyChangesOfDrift) {
  NodeClock clock({}, 1);
  for (std::int64_t at = 1; at <= 1'000'000; ++at) {
    clock.set_drift(Time(at), 1);
  }
  EXPECT_EQ(clock.now(Time(1'000'000)).monotonic, Time(1'000'001));
}

TEST(NodeClock, RefusesAbsurdDrifts) {
  EXPECT_THROW(NodeClock({}, NodeClock::kMaxDriftPpm + 1), EnsureFailure);
}

/// `when` is the first simulated date at which the deadline shows, and monotonic time never goes
/// back, for any drifts and dates up to a year.
TEST(NodeClock, FiresTimersAtTheFirstDateThatShowsTheirDeadline) {
  Random random(3, "clock");
  constexpr std::int64_t kYearNs = 31'536'000'000'000'000;
  NodeClock clock;
  Time at;
  Time shown;
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t range = i % 2 == 0 ? 1'000 : kYearNs / 20'000;
    at += Duration(static_cast<std::int64_t>(random.below(range)));
    ASSERT_GE(clock.now(at).monotonic, shown);
    shown = clock.now(at).monotonic;
    const auto ppm = static_cast<std::int64_t>(random.below(2 * NodeClock::kMaxDriftPpm + 1)) -
                     NodeClock::kMaxDriftPpm;
    clock.set_drift(at, i % 3 == 0 ? ppm : ppm / 10'000);
    ASSERT_EQ(clock.now(at).monotonic, shown);
    const Time deadline =
        shown + Duration(static_cast<std::int64_t>(1 + random.below(kYearNs / 1000)));
    const Time date = clock.when(deadline);
    ASSERT_GE(clock.now(date).monotonic, deadline);
    ASSERT_LT(clock.now(date - nanoseconds(1)).monotonic, deadline);
  }
}

TEST(NodeClock, ADeadlineThatNeverComesIsNever) {
  const NodeClock slow({}, -NodeClock::kMaxDriftPpm);
  EXPECT_EQ(slow.when(Time::never()), Time::never());
  EXPECT_EQ(slow.when(Time()), Time());
}

}  // namespace
}  // namespace wavetank::sim
