// The event kernel against a bare binary heap: a tandem of M/M/1 queues (a handful of events
// pending) and the hold model of Jones, "An Empirical Comparison of Priority-Queue and Event-Set
// Implementations" (1986), with many.

#include <benchmark/benchmark.h>

#include <memory>
#include <stdexcept>
#include <vector>

#include "bench/kernel/bare_heap.h"
#include "bench/kernel/tandem.h"
#include "sim/kernel/kernel.h"
#include "sim/platform/platform.h"

namespace wavetank::bench {
namespace {

/// The tandem as a target of the kernel's events.
class KernelTandem final : public sim::EventTarget {
 public:
  explicit KernelTandem(sim::Kernel& kernel) : kernel_(kernel), tandem_(*this, kSeed) {
    tandem_.open();
  }
  [[nodiscard]] Time now() const { return kernel_.now(); }
  void schedule(Time at, std::uint64_t event) { kernel_.schedule(at, *this, event); }
  void fire(std::uint64_t event) override {
    tandem_.fire(event);
    if (tandem_.visits() == goal_) {
      kernel_.stop();
    }
  }
  void run_until_visits(std::uint64_t visits) {
    goal_ = visits;
    kernel_.run_until(Time::never());
  }
  /// Leaves no event behind in a kernel that others go on using.
  void drain() {
    tandem_.close();
    goal_ = 0;
    kernel_.run_until(kernel_.now() + seconds(1));
  }
  [[nodiscard]] const auto& tandem() const { return tandem_; }

 private:
  sim::Kernel& kernel_;
  Tandem<KernelTandem> tandem_;
  std::uint64_t goal_ = 0;
};

BENCHMARK(tandem_bare_heap);

void run_tandem(benchmark::State& state, sim::Kernel& kernel) {
  KernelTandem tandem(kernel);
  for (auto _ : state) {
    tandem.run_until_visits(tandem.tandem().visits() + kVisitsPerIteration);
  }
  report(state, tandem.tandem());
  tandem.drain();
}

void tandem_kernel_alone(benchmark::State& state) {
  sim::Kernel kernel;
  run_tandem(state, kernel);
}
BENCHMARK(tandem_kernel_alone);

/// SimGrid has one engine in a process, so its benchmarks share a world.
struct World {
  World() {
    sim::PlatformSpec spec;
    spec.regions = {sim::RegionSpec{}};
    spec.regions[0].name = "region";
    spec.regions[0].zones = {sim::ZoneSpec{}};
    spec.regions[0].zones[0].name = "zone";
    for (int i = 0; i < 8; ++i) {
      sim::HostSpec host;
      host.name = "host" + std::to_string(i);
      spec.regions[0].zones[0].hosts.push_back(host);
    }
    auto created = sim::Platform::create(spec, kernel);
    if (!created) {
      throw std::runtime_error(created.error().message);
    }
    platform = std::move(*created);
  }
  static World& get() {
    static World world;
    return world;
  }
  sim::Kernel kernel;
  std::unique_ptr<sim::Platform> platform;
};

void tandem_kernel_with_simgrid(benchmark::State& state) {
  run_tandem(state, World::get().kernel);
}
BENCHMARK(tandem_kernel_with_simgrid);

/// Four bulk transfers of 1 GB at all times, in a ring that shares cards: one ends about every 400
/// ms, or 560 station visits.
class Transfers final : public sim::FlowObserver {
 public:
  explicit Transfers(sim::Platform& platform) : platform_(platform) {
    for (std::uint64_t i = 0; i < 4; ++i) {
      start(i);
    }
  }
  ~Transfers() {
    for (const sim::FlowId flow : flows_) {
      platform_.cancel_flow(flow);
    }
  }
  Transfers(const Transfers&) = delete;
  Transfers& operator=(const Transfers&) = delete;
  void flow_ended(std::uint64_t payload, bool) override {
    ++ended_;
    start(payload);
  }
  [[nodiscard]] std::uint64_t ended() const { return ended_; }

 private:
  void start(std::uint64_t i) {
    flows_[i] = platform_.start_flow(sim::HostId(static_cast<std::uint32_t>(i / 2)),
                                     sim::HostId(static_cast<std::uint32_t>(4 + i)), 1'000'000'000,
                                     *this, i);
  }
  sim::Platform& platform_;
  std::array<sim::FlowId, 4> flows_;
  std::uint64_t ended_ = 0;
};

void tandem_kernel_with_simgrid_and_flows(benchmark::State& state) {
  Transfers transfers(*World::get().platform);
  run_tandem(state, World::get().kernel);
  state.counters["flows_ended"] = static_cast<double>(transfers.ended());
}
BENCHMARK(tandem_kernel_with_simgrid_and_flows);

/// Each event schedules one: the number of pending events stays as it is.
template <class Scheduler>
class Hold {
 public:
  Hold(Scheduler& scheduler, std::int64_t pending) : scheduler_(scheduler) {
    for (std::int64_t i = 0; i < pending; ++i) {
      fire(0);
    }
    fired_ = 0;
  }
  void fire(std::uint64_t) {
    ++fired_;
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    scheduler_.schedule(scheduler_.now() + nanoseconds(static_cast<std::int64_t>(state_ >> 44)), 0);
  }
  [[nodiscard]] std::uint64_t visits() const { return fired_; }

 private:
  Scheduler& scheduler_;
  std::uint64_t state_ = kSeed;
  std::uint64_t fired_ = 0;
};

void hold_bare_heap(benchmark::State& state) {
  BareHeap heap;
  Hold<BareHeap> hold(heap, state.range(0));
  for (auto _ : state) {
    heap.run_until_visits(hold, hold.visits() + kVisitsPerIteration);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(hold.visits()));
}
BENCHMARK(hold_bare_heap)->Arg(10)->Arg(1'000)->Arg(100'000);

class KernelHold final : public sim::EventTarget {
 public:
  KernelHold(sim::Kernel& kernel, std::int64_t pending) : kernel_(kernel), hold_(*this, pending) {}
  [[nodiscard]] Time now() const { return kernel_.now(); }
  void schedule(Time at, std::uint64_t event) { kernel_.schedule(at, *this, event); }
  void fire(std::uint64_t event) override {
    hold_.fire(event);
    if (hold_.visits() == goal_) {
      kernel_.stop();
    }
  }
  void run_until_visits(std::uint64_t visits) {
    goal_ = visits;
    kernel_.run_until(Time::never());
  }
  [[nodiscard]] std::uint64_t visits() const { return hold_.visits(); }

 private:
  sim::Kernel& kernel_;
  std::uint64_t goal_ = 0;
  Hold<KernelHold> hold_;
};

void hold_kernel(benchmark::State& state) {
  sim::Kernel kernel;
  KernelHold hold(kernel, state.range(0));
  for (auto _ : state) {
    hold.run_until_visits(hold.visits() + kVisitsPerIteration);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(hold.visits()));
}
BENCHMARK(hold_kernel)->Arg(10)->Arg(1'000)->Arg(100'000);

}  // namespace
}  // namespace wavetank::bench
