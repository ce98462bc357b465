#pragma once

// What all kernels are measured against, in the same program: a clock and a binary heap, nothing
// else.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <functional>
#include <queue>
#include <vector>

#include "bench/kernel/tandem.h"
#include "engine/base/time.h"

namespace wavetank::bench {

inline constexpr std::uint64_t kSeed = 1;
inline constexpr std::uint64_t kVisitsPerIteration = 200'000;

/// Ordered by (time, sequence).
class BareHeap {
 public:
  [[nodiscard]] Time now() const { return now_; }
  void schedule(Time at, std::uint64_t event) { heap_.push({at, next_sequence_++, event}); }

  template <class Model>
  void run_until_visits(Model& model, std::uint64_t visits) {
    while (model.visits() < visits) {
      step(model);
    }
  }
  template <class Model>
  void step(Model& model) {
    const Event event = heap_.top();
    heap_.pop();
    now_ = event.at;
    model.fire(event.event);
  }

 private:
  struct Event {
    Time at;
    std::uint64_t sequence;
    std::uint64_t event;
    friend bool operator>(const Event& a, const Event& b) {
      return a.at > b.at || (a.at == b.at && a.sequence > b.sequence);
    }
  };
  std::priority_queue<Event, std::vector<Event>, std::greater<>> heap_;
  Time now_;
  std::uint64_t next_sequence_ = 0;
};

template <class Model>
void report(benchmark::State& state, const Model& model) {
  state.SetItemsProcessed(static_cast<std::int64_t>(model.visits()));
  state.counters["sojourn/closed_form"] = model.mean_sojourn_ns() / expected_sojourn_ns();
}

inline void tandem_bare_heap(benchmark::State& state) {
  BareHeap heap;
  Tandem<BareHeap> tandem(heap, kSeed);
  tandem.open();
  for (auto _ : state) {
    heap.run_until_visits(tandem, tandem.visits() + kVisitsPerIteration);
  }
  report(state, tandem);
}

}  // namespace wavetank::bench
