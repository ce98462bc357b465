#include "sim/resources/cpu.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <vector>

#include "engine/base/random.h"

namespace wavetank::sim {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

struct Happening {
  std::int64_t at_ns;
  std::uint64_t task;
  friend bool operator==(const Happening&, const Happening&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Happening& it) {
    return out << "task " << it.task << " at " << it.at_ns;
  }
};

/// Tasks whose number is their cost in nanoseconds, unless `cost` says otherwise.
class Worker final : public CpuClient {
 public:
  explicit Worker(Kernel& kernel) : kernel_(kernel) {}

  Duration begin(std::uint64_t task) override {
    began.push_back({kernel_.now().ns(), task});
    if (on_begin) {
      on_begin(task);
    }
    return Duration(static_cast<std::int64_t>(task));
  }
  void complete(std::uint64_t task) override {
    completed.push_back({kernel_.now().ns(), task});
    if (on_complete) {
      on_complete(task);
    }
  }
  void dropped(std::uint64_t task) override { lost.push_back(task); }

  std::vector<Happening> began;
  std::vector<Happening> completed;
  std::vector<std::uint64_t> lost;
  std::function<void(std::uint64_t)> on_begin;
  std::function<void(std::uint64_t)> on_complete;

 private:
  Kernel& kernel_;
};

class CpuTest : public testing::Test {
 protected:
  Kernel kernel;
  Worker worker{kernel};

  void run_to(std::int64_t ns) { kernel.run_until(Time(ns)); }
};

TEST_F(CpuTest, BeginsATaskAtOnceAndCompletesItWhenPaid) {
  Cpu cpu(kernel, 1);
  cpu.submit(worker, 100);
  EXPECT_THAT(worker.began, ElementsAre(Happening{0, 100}));
  run_to(99);
  EXPECT_TRUE(worker.completed.empty());
  run_to(100);
  EXPECT_THAT(worker.completed, ElementsAre(Happening{100, 100}));
}

TEST_F(CpuTest, ServesFirstComeFirstServedOnEachFreeCore) {
  Cpu cpu(kernel, 2);
  for (const std::uint64_t cost : {100, 30, 50, 10}) {
    cpu.submit(worker, cost);
  }
  EXPECT_EQ(cpu.queued(), 2U);
  EXPECT_EQ(cpu.running(), 2U);
  run_to(1000);
  EXPECT_THAT(worker.began, ElementsAre(Happening{0, 100}, Happening{0, 30}, Happening{30, 50},
                                        Happening{80, 10}));
  EXPECT_EQ(kernel.events_fired(), 4U) << "one event a task";
}

TEST_F(CpuTest, CompletesATaskWithoutCostBeforeSubmitReturns) {
  Cpu cpu(kernel, 1);
  cpu.submit(worker, 0);
  EXPECT_THAT(worker.completed, ElementsAre(Happening{0, 0}));
  EXPECT_EQ(kernel.pending(), 0U);
}

TEST_F(CpuTest, LetsTasksSubmittedDuringATaskWaitBehindThoseThatWait) {
  Cpu cpu(kernel, 1);
  worker.on_complete = [&](std::uint64_t task) {
    if (task == 10) {
      cpu.submit(worker, 3);
    }
  };
  cpu.submit(worker, 10);
  cpu.submit(worker, 20);
  run_to(1000);
  EXPECT_THAT(worker.completed,
              ElementsAre(Happening{10, 10}, Happening{30, 20}, Happening{33, 3}));
}

TEST_F(CpuTest, APauseHoldsRunningAndWaitingTasksByItsLength) {
  Cpu cpu(kernel, 1);
  cpu.submit(worker, 100);
  cpu.submit(worker, 50);
  run_to(40);
  cpu.pause();
  cpu.submit(worker, 7);
  run_to(240);  // past the date at which the first would have completed
  EXPECT_TRUE(worker.completed.empty());
  cpu.resume();
  run_to(1000);
  EXPECT_THAT(worker.completed,
              ElementsAre(Happening{300, 100}, Happening{350, 50}, Happening{357, 7}));
}

TEST_F(CpuTest, AShortPauseWithinATaskAlsoCounts) {
  Cpu cpu(kernel, 1);
  cpu.submit(worker, 100);
  run_to(10);
  cpu.pause();
  run_to(15);
  cpu.resume();
  run_to(50);
  cpu.pause();
  run_to(60);
  cpu.resume();
  run_to(1000);
  EXPECT_THAT(worker.completed, ElementsAre(Happening{115, 100}));
}

TEST_F(CpuTest, BeginsNothingWhilePausedEvenOnFreeCores) {
  Cpu cpu(kernel, 2);
  cpu.pause();
  cpu.submit(worker, 5);
  cpu.submit(worker, 6);
  run_to(100);
  EXPECT_TRUE(worker.began.empty());
  cpu.resume();
  EXPECT_THAT(worker.began, ElementsAre(Happening{100, 5}, Happening{100, 6}));
}

TEST_F(CpuTest, ASlowProcessorTakesLongerAlsoForTheRestOfARunningTask) {
  Cpu cpu(kernel, 1);
  cpu.submit(worker, 100);
  run_to(60);
  cpu.set_speed(0.25);
  cpu.submit(worker, 10);
  run_to(1000);
  EXPECT_THAT(worker.completed, ElementsAre(Happening{220, 100}, Happening{260, 10}));
}

TEST_F(CpuTest, AFasterProcessorFinishesARunningTaskEarlier) {
  Cpu cpu(kernel, 1);
  cpu.set_speed(0.5);
  cpu.submit(worker, 100);
  run_to(100);
  cpu.set_speed(2);
  run_to(1000);
  EXPECT_THAT(worker.completed, ElementsAre(Happening{125, 100}));
}

TEST_F(CpuTest, AChangeOfSpeedDuringAPauseCountsFromItsEnd) {
  Cpu cpu(kernel, 1);
  cpu.submit(worker, 100);
  run_to(40);
  cpu.pause();
  run_to(90);
  cpu.set_speed(0.5);
  run_to(140);
  cpu.resume();
  run_to(1000);
  EXPECT_THAT(worker.completed, ElementsAre(Happening{140 + 120, 100}));
}

TEST_F(CpuTest, AResetDropsRunningAndWaitingTasksAndGoesOnAfresh) {
  Cpu cpu(kernel, 1);
  cpu.submit(worker, 100);
  cpu.submit(worker, 50);
  run_to(10);
  cpu.reset();
  EXPECT_THAT(worker.lost, UnorderedElementsAre(100U, 50U));
  cpu.submit(worker, 200);
  run_to(1000);
  EXPECT_THAT(worker.completed, ElementsAre(Happening{210, 200}));
}

TEST_F(CpuTest, AResetEndsAPause) {
  Cpu cpu(kernel, 1);
  cpu.pause();
  cpu.reset();
  cpu.submit(worker, 5);
  run_to(10);
  EXPECT_THAT(worker.completed, ElementsAre(Happening{5, 5}));
}

TEST_F(CpuTest, ATaskMayResetItsProcessor) {
  Cpu cpu(kernel, 1);
  worker.on_begin = [&](std::uint64_t task) {
    if (task == 13) {
      cpu.reset();
    }
  };
  cpu.submit(worker, 1);
  cpu.submit(worker, 13);
  cpu.submit(worker, 2);
  run_to(100);
  EXPECT_THAT(worker.completed, ElementsAre(Happening{1, 1}));
  EXPECT_THAT(worker.lost, UnorderedElementsAre(13U, 2U));
  EXPECT_EQ(cpu.running(), 0U);
}

TEST_F(CpuTest, ATaskWithoutCostThatResetsItsProcessorDoesNotComplete) {
  Cpu cpu(kernel, 1);
  worker.on_begin = [&](std::uint64_t) { cpu.reset(); };
  cpu.submit(worker, 0);
  EXPECT_THAT(worker.completed, testing::IsEmpty());
  EXPECT_THAT(worker.lost, ElementsAre(0U));
  EXPECT_EQ(cpu.running(), 0U);
}

TEST_F(CpuTest, ATaskMayPauseItsProcessor) {
  Cpu cpu(kernel, 1);
  worker.on_begin = [&](std::uint64_t) { cpu.pause(); };
  cpu.submit(worker, 10);
  run_to(100);
  EXPECT_TRUE(worker.completed.empty());
  cpu.resume();
  run_to(200);
  EXPECT_THAT(worker.completed, ElementsAre(Happening{110, 10}));
}

TEST_F(CpuTest, CountsBusyCoreTimeWithoutPauses) {
  Cpu cpu(kernel, 2);
  cpu.submit(worker, 100);
  cpu.submit(worker, 40);
  run_to(50);
  cpu.pause();
  run_to(80);
  EXPECT_EQ(cpu.busy_time(), Duration(90));
  cpu.resume();
  run_to(1000);
  EXPECT_EQ(cpu.busy_time(), Duration(140));
}

TEST_F(CpuTest, DropsATaskBeyondTheBoundOfItsQueue) {
  Cpu cpu(kernel, 1);
  cpu.pause();
  for (std::size_t i = 0; i < Cpu::kMaxQueued; ++i) {
    cpu.submit(worker, 1);
  }
  EXPECT_TRUE(worker.lost.empty());
  cpu.submit(worker, 77);
  EXPECT_THAT(worker.lost, ElementsAre(77U));
}

// --- against queueing theory --------------------------------------------------------------------

/// Poisson arrivals and exponential service; task ids number the arrivals.
class Markovian final : public CpuClient, private EventTarget {
 public:
  Markovian(Kernel& kernel, Cpu& cpu, double mean_gap_ns, double mean_cost_ns, std::uint64_t tasks)
      : kernel_(kernel), cpu_(cpu), gap_(mean_gap_ns), cost_(mean_cost_ns), tasks_(tasks) {
    arrived_.reserve(tasks);
    fire(0);
  }
  Duration begin(std::uint64_t task) override {
    waited_ns_ += static_cast<double>((kernel_.now() - arrived_[task]).ns());
    return Duration(static_cast<std::int64_t>(random_.exponential(cost_)) + 1);
  }
  void complete(std::uint64_t) override {}
  [[nodiscard]] double mean_wait_ns() const { return waited_ns_ / static_cast<double>(tasks_); }

 private:
  void fire(std::uint64_t task) override {
    arrived_.push_back(kernel_.now());
    cpu_.submit(*this, task);
    if (task + 1 < tasks_) {
      const auto gap = static_cast<std::int64_t>(random_.exponential(gap_));
      kernel_.schedule(kernel_.now() + Duration(gap), *this, task + 1);
    }
  }

  Kernel& kernel_;
  Cpu& cpu_;
  Random random_{7, "mmc"};
  double gap_;
  double cost_;
  std::uint64_t tasks_;
  std::vector<Time> arrived_;
  double waited_ns_ = 0;
};

/// Mean wait in M/M/c (Erlang, 1917): C(c, a) / (c * mu - lambda).
double erlang_c_wait(unsigned c, double lambda, double mu) {
  const double a = lambda / mu;
  double term = 1;
  double sum = 0;
  for (unsigned k = 0; k < c; ++k) {
    sum += term;
    term *= a / (k + 1);
  }
  const double all_busy = term * c / (c - a);
  return all_busy / (sum + all_busy) / (c * mu - lambda);
}

class ErlangC : public testing::TestWithParam<std::pair<unsigned, double>> {};

TEST_P(ErlangC, IsTheMeanWaitOfTasks) {
  const auto [cores, load] = GetParam();
  constexpr double kMeanCostNs = 100'000;
  const double gap_ns = kMeanCostNs / (load * cores);
  Kernel kernel;
  Cpu cpu(kernel, cores);
  Markovian source(kernel, cpu, gap_ns, kMeanCostNs, 5'000'000);
  kernel.run_until(Time() + seconds(10'000));
  const double expected = erlang_c_wait(cores, 1 / gap_ns, 1 / kMeanCostNs);
  EXPECT_NEAR(source.mean_wait_ns() / expected, 1.0, 0.03);
}

INSTANTIATE_TEST_SUITE_P(Servers, ErlangC,
                         testing::Values(std::pair{1U, 0.7}, std::pair{2U, 0.8},
                                         std::pair{8U, 0.8}));

}  // namespace
}  // namespace wavetank::sim
