#include <benchmark/benchmark.h>

#include "sim/resources/cpu.h"

namespace wavetank::sim {
namespace {

/// Resubmits every task when it completes, so that the number under way stays the same.
class Loop final : public CpuClient {
 public:
  explicit Loop(Cpu& cpu) : cpu_(cpu) {}
  Duration begin(std::uint64_t task) override { return microseconds(1) + Duration(task % 64); }
  void complete(std::uint64_t task) override {
    ++completed;
    cpu_.submit(*this, task + 1);
  }
  std::int64_t completed = 0;

 private:
  Cpu& cpu_;
};

/// One task's way through the processor, its kernel event included.
void submit_to_complete(benchmark::State& state) {
  Kernel kernel;
  Cpu cpu(kernel, 4);
  Loop loop(cpu);
  for (std::int64_t task = 0; task < state.range(0); ++task) {
    cpu.submit(loop, static_cast<std::uint64_t>(task));
  }
  for (auto _ : state) {
    kernel.run_until(kernel.now() + milliseconds(1));
  }
  state.SetItemsProcessed(loop.completed);
}
BENCHMARK(submit_to_complete)->Arg(1)->Arg(4)->Arg(100);

}  // namespace
}  // namespace wavetank::sim
