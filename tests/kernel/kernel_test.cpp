#include "sim/kernel/kernel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "engine/base/random.h"

namespace wavetank::sim {
namespace {

Time at_ns(std::int64_t ns) {
  return Time(ns);
}

struct Fired {
  Time at;
  std::uint64_t payload;
  friend bool operator==(const Fired&, const Fired&) = default;
};

class KernelTest : public testing::Test, protected EventTarget {
 protected:
  void fire(std::uint64_t payload) override {
    log.push_back({kernel.now(), payload});
    if (on_event) {
      on_event(payload);
    }
  }
  void schedule(std::int64_t ns, std::uint64_t payload) {
    kernel.schedule(at_ns(ns), *this, payload);
  }

  Kernel kernel;
  std::vector<Fired> log;
  std::function<void(std::uint64_t)> on_event;
};

TEST_F(KernelTest, FiresInTheOrderOfTime) {
  schedule(30, 3);
  schedule(10, 1);
  schedule(20, 2);
  kernel.run_until(at_ns(100));
  EXPECT_EQ(log, (std::vector<Fired>{{at_ns(10), 1}, {at_ns(20), 2}, {at_ns(30), 3}}));
  EXPECT_EQ(kernel.now(), at_ns(100));
  EXPECT_EQ(kernel.events_fired(), 3u);
}

TEST_F(KernelTest, FiresEventsOfOneDateInTheOrderScheduled) {
  for (std::uint64_t i = 0; i < 100; ++i) {
    schedule(7, i);
  }
  kernel.run_until(at_ns(7));
  ASSERT_EQ(log.size(), 100u);
  EXPECT_TRUE(std::is_sorted(log.begin(), log.end(),
                             [](Fired a, Fired b) { return a.payload < b.payload; }));
}

/// A line an event.
class Scribe final : public EventTracer {
 public:
  void fires(const Firing& event) override {
    lines.push_back(std::to_string(event.number) + " at " + std::to_string(event.at.ns()) +
                    " sequence " + std::to_string(event.sequence) + " payload " +
                    std::to_string(event.payload) + ": " + event.target.describe(event.payload));
  }
  void fired(std::uint64_t digest, std::uint64_t scheduled) override {
    last_digest = digest;
    lines.back() += ", scheduled " + std::to_string(scheduled);
  }
  std::vector<std::string> lines;
  std::uint64_t last_digest = 0;
};

TEST_F(KernelTest, ATracerSeesEveryEventAndChangesNothing) {
  Scribe scribe;
  on_event = [&](std::uint64_t payload) {
    if (payload == 1) {
      schedule(20, 9);
    }
  };
  schedule(30, 3);
  schedule(10, 1);
  kernel.trace(&scribe);
  kernel.run_until(at_ns(25));
  EXPECT_EQ(scribe.lines,
            (std::vector<std::string>{
                "1 at 10 sequence 1 payload 1: an event without a name, scheduled 3",
                "2 at 20 sequence 2 payload 9: an event without a name, scheduled 3"}));
  EXPECT_EQ(scribe.last_digest, kernel.digest());
  kernel.trace(nullptr);
  kernel.run_until(at_ns(40));
  EXPECT_EQ(scribe.lines.size(), 2u);

  const std::vector<Fired> traced = log;
  const std::uint64_t digest = kernel.digest();
  log.clear();
  Kernel untraced;
  on_event = [&](std::uint64_t payload) {
    if (payload == 1) {
      untraced.schedule(at_ns(20), *this, 9);
    }
  };
  untraced.schedule(at_ns(30), *this, 3);
  untraced.schedule(at_ns(10), *this, 1);
  untraced.run_until(at_ns(40));
  EXPECT_EQ(log.size(), traced.size());
  EXPECT_EQ(untraced.digest(), digest);
}

TEST_F(KernelTest, AnEventMayScheduleOthersAtItsOwnDate) {
  schedule(5, 0);
  schedule(5, 1);
  on_event = [this](std::uint64_t payload) {
    if (payload == 0) {
      schedule(5, 2);
      schedule(5, 3);
    }
  };
  kernel.run_until(at_ns(5));
  EXPECT_EQ(log, (std::vector<Fired>{{at_ns(5), 0}, {at_ns(5), 1}, {at_ns(5), 2}, {at_ns(5), 3}}));
}

TEST_F(KernelTest, RunsUpToAndIncludingTheEnd) {
  schedule(10, 1);
  schedule(11, 2);
  kernel.run_until(at_ns(10));
  EXPECT_EQ(log.size(), 1u);
  EXPECT_EQ(kernel.pending(), 1u);
  kernel.run_until(at_ns(11));
  EXPECT_EQ(log.size(), 2u);
  EXPECT_EQ(kernel.pending(), 0u);
}

TEST_F(KernelTest, StopsAfterTheCurrentEventAndGoesOnFromThere) {
  schedule(10, 1);
  schedule(10, 2);
  on_event = [this](std::uint64_t) { kernel.stop(); };
  kernel.run_until(at_ns(100));
  EXPECT_EQ(kernel.now(), at_ns(10));
  EXPECT_EQ(log.size(), 1u);
  kernel.run_until(at_ns(100));
  EXPECT_EQ(log.size(), 2u);
  kernel.run_until(at_ns(100));
  EXPECT_EQ(kernel.now(), at_ns(100));
}

TEST_F(KernelTest, RefusesThePast) {
  kernel.run_until(at_ns(10));
  EXPECT_THROW(schedule(9, 0), EnsureFailure);
  EXPECT_THROW(kernel.run_until(at_ns(9)), EnsureFailure);
}

TEST_F(KernelTest, CountsPendingEventsWhileOneFires) {
  schedule(1, 0);
  schedule(2, 0);
  std::vector<std::size_t> seen;
  on_event = [&](std::uint64_t) {
    seen.push_back(kernel.pending());
    if (seen.size() == 1) {
      schedule(3, 0);
      seen.push_back(kernel.pending());
    }
  };
  kernel.run_until(at_ns(10));
  EXPECT_EQ(seen, (std::vector<std::size_t>{1, 2, 1, 0}));
}

TEST_F(KernelTest, AgreesWithASortOfWhateverIsScheduled) {
  Random random(7, "kernel");
  std::vector<Fired> expected;
  std::uint64_t next = 0;
  const auto schedule_some = [&](std::uint64_t count) {
    for (std::uint64_t i = 0; i < count && next < 20'000; ++i) {
      const Time at = kernel.now() + nanoseconds(static_cast<std::int64_t>(random.below(500)));
      expected.push_back({at, next});
      kernel.schedule(at, *this, next++);
    }
  };
  on_event = [&](std::uint64_t) { schedule_some(random.below(4)); };
  schedule_some(1'000);
  kernel.run_until(at_ns(1'000'000));
  std::stable_sort(expected.begin(), expected.end(), [](Fired a, Fired b) { return a.at < b.at; });
  EXPECT_EQ(log, expected);
  EXPECT_EQ(log.size(), 20'000u);
}

TEST_F(KernelTest, TheDigestTellsRunsApartByTimePayloadSequenceAndFacts) {
  const auto digest = [this](std::vector<Fired> events, std::uint64_t fact) {
    Kernel fresh;
    for (const Fired& event : events) {
      fresh.schedule(event.at, *this, event.payload);
    }
    fresh.run_until(at_ns(100));
    fresh.mix(fact);
    return fresh.digest();
  };
  const std::uint64_t reference = digest({{at_ns(1), 1}, {at_ns(2), 2}}, 9);
  EXPECT_EQ(reference, digest({{at_ns(1), 1}, {at_ns(2), 2}}, 9));
  EXPECT_NE(reference, digest({{at_ns(1), 1}, {at_ns(3), 2}}, 9));
  EXPECT_NE(reference, digest({{at_ns(1), 1}, {at_ns(2), 3}}, 9));
  EXPECT_NE(reference, digest({{at_ns(2), 2}, {at_ns(1), 1}}, 9));
  EXPECT_NE(reference, digest({{at_ns(1), 1}, {at_ns(2), 2}}, 8));
}

/// A companion that has something to do at given dates, and tells a target of it.
class Bells final : public Companion {
 public:
  Bells(Kernel& kernel, EventTarget& target) : kernel_(kernel), target_(target) {}
  void ring_at(Time date) {
    dates_.push_back(date);
    std::sort(dates_.begin(), dates_.end());
    kernel_.companion_changed();
  }
  Time next_date() override { return dates_.empty() ? Time::never() : dates_.front(); }
  void advance_to(Time date) override {
    ASSERT_LE(date, next_date());
    advances.push_back(date);
    while (!dates_.empty() && dates_.front() <= date) {
      kernel_.schedule(kernel_.now(), target_, kBell);
      dates_.erase(dates_.begin());
    }
  }
  static constexpr std::uint64_t kBell = 1000;
  std::vector<Time> advances;

 private:
  Kernel& kernel_;
  EventTarget& target_;
  std::vector<Time> dates_;
};

class CompanionTest : public KernelTest {
 protected:
  CompanionTest() { kernel.attach(bells); }
  Bells bells{kernel, *this};
};

TEST_F(CompanionTest, IsConsultedAtItsOwnDatesOnly) {
  for (int i = 0; i < 100; ++i) {
    schedule(i, 0);
  }
  bells.ring_at(at_ns(50));
  kernel.run_until(at_ns(200));
  EXPECT_EQ(bells.advances, std::vector<Time>{at_ns(50)});
  EXPECT_EQ(log.size(), 101u);
}

TEST_F(CompanionTest, FiresAfterTheKernelsEventsOfTheSameDate) {
  bells.ring_at(at_ns(50));
  schedule(50, 1);
  schedule(51, 2);
  kernel.run_until(at_ns(200));
  EXPECT_EQ(log, (std::vector<Fired>{{at_ns(50), 1}, {at_ns(50), Bells::kBell}, {at_ns(51), 2}}));
}

TEST_F(CompanionTest, WhatACompletionSchedulesIsServedAtItsOwnTime) {
  bells.ring_at(at_ns(50));
  bells.ring_at(at_ns(80));
  schedule(70, 7);
  on_event = [this](std::uint64_t payload) {
    if (payload == Bells::kBell && kernel.now() == at_ns(50)) {
      schedule(60, 6);
    }
  };
  kernel.run_until(at_ns(100));
  EXPECT_EQ(
      log,
      (std::vector<Fired>{
          {at_ns(50), Bells::kBell}, {at_ns(60), 6}, {at_ns(70), 7}, {at_ns(80), Bells::kBell}}));
}

TEST_F(CompanionTest, AnEarlierDateMadeByAnEventIsKept) {
  bells.ring_at(at_ns(90));
  schedule(10, 1);
  schedule(40, 4);
  on_event = [this](std::uint64_t payload) {
    if (payload == 1) {
      bells.ring_at(at_ns(20));
    }
  };
  kernel.run_until(at_ns(100));
  EXPECT_EQ(
      log,
      (std::vector<Fired>{
          {at_ns(10), 1}, {at_ns(20), Bells::kBell}, {at_ns(40), 4}, {at_ns(90), Bells::kBell}}));
}

TEST_F(CompanionTest, IsServedOnTheLastDateOfARunAndNotBeyond) {
  bells.ring_at(at_ns(100));
  bells.ring_at(at_ns(101));
  kernel.run_until(at_ns(100));
  EXPECT_EQ(log, (std::vector<Fired>{{at_ns(100), Bells::kBell}}));
  kernel.run_until(at_ns(101));
  EXPECT_EQ(log.size(), 2u);
}

TEST_F(CompanionTest, AnEventOnTheLastDateMayStillMakeItBusy) {
  schedule(100, 1);
  on_event = [this](std::uint64_t payload) {
    if (payload == 1) {
      bells.ring_at(at_ns(100));
    }
  };
  kernel.run_until(at_ns(100));
  EXPECT_EQ(log.size(), 2u);
}

}  // namespace
}  // namespace wavetank::sim
