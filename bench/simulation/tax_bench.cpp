// The simulation tax: what a run of the log takes under the simulator, over what the same roles
// take on the same records without one (sim/bare). The simulator's part has the start of the
// cluster, the books of every record, and the verdict in it, but not the reading of the scenario
// and the writing of the report. The work is not the same to the message: where steps and the
// network take no time, batches and fetches fall a little differently.

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <chrono>
#include <functional>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>

#include "scenarios/load.h"
#include "sim/bare/bare_log.h"
#include "sim/run/child_process.h"
#include "sim/run/run.h"

namespace wavetank::bench {
namespace {

constexpr int kSimulated_s = 10;

scenarios::Scenario yardstick(std::int64_t partitions) {
  scenarios::Loaded loaded = scenarios::load_file(
      WAVETANK_SOURCE_DIR "/scenarios/log/throughput-100-partitions.json",
      {{"services.log.topics[0].partitions=" + std::to_string(partitions),
        "duration=" + std::to_string(kSimulated_s) + "s", "warmup=1s", "slos=[\"lost == 0\"]"},
       {},
       {}});
  if (!loaded.scenario) {
    throw std::runtime_error("the scenario cannot be read");
  }
  return std::move(*loaded.scenario);
}

double seconds_since(std::chrono::steady_clock::time_point begun) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

/// Of the wall clock.
struct Took {
  double run_s = 0;      ///< until the simulated time was over
  double verdict_s = 0;  ///< from there on: reading all disks, and judging
  [[nodiscard]] double all_s() const { return run_s + verdict_s; }
};

/// Both in processes of their own, so that both begin with a fresh heap: SimGrid has one engine in
/// each.
Took timed(const std::function<std::optional<Took>()>& work) {
  sim::ChildProcess child([&] {
    const std::optional<Took> took = work();
    return took ? fmt::format("{} {}", took->run_s, took->verdict_s) : "";
  });
  std::istringstream answer(child.wait().value_or(""));
  Took took;
  if (!(answer >> took.run_s >> took.verdict_s)) {
    throw std::runtime_error("a run did not deliver what it should");
  }
  return took;
}

std::optional<Took> simulated(const scenarios::Scenario& scenario) {
  const auto begun = std::chrono::steady_clock::now();
  double run_s = 0;
  sim::RunHooks hooks;
  hooks.progress = [&](Time, Time) { run_s = seconds_since(begun); };
  const Result<reports::RunResult> result = sim::run(scenario, hooks);
  const bool passed = result && result->verdict == reports::Verdict::pass;
  return passed ? std::optional(Took{run_s, seconds_since(begun) - run_s}) : std::nullopt;
}

std::optional<Took> bare(const scenarios::Scenario& scenario) {
  const auto wanted =
      static_cast<std::uint64_t>(scenario.workloads.front().rate * scenario.duration.seconds());
  const auto begun = std::chrono::steady_clock::now();
  {
    sim::BareLog log(scenario);
    if (!log.run_for(scenario.duration) || log.produced() != wanted || log.delivered() != wanted) {
      return std::nullopt;
    }
  }
  return Took{seconds_since(begun), 0};
}

/// The argument is the number of partitions. One run of each an iteration, one after the other.
void simulation_tax(benchmark::State& state) {
  const scenarios::Scenario scenario = yardstick(state.range(0));
  double simulated_s = 0;
  double verdict_s = 0;
  double bare_s = 0;
  for (auto _ : state) {
    const Took with = timed([&] { return simulated(scenario); });
    simulated_s += with.all_s();
    verdict_s += with.verdict_s;
    bare_s += timed([&] { return bare(scenario); }).all_s();
    state.SetIterationTime(with.all_s());
  }
  const auto runs = static_cast<double>(state.iterations());
  state.counters["tax"] = simulated_s / bare_s;
  state.counters["of_it_verdict"] = verdict_s / bare_s;
  state.counters["times_real"] = runs * kSimulated_s / simulated_s;
  state.counters["bare_times_real"] = runs * kSimulated_s / bare_s;
}
BENCHMARK(simulation_tax)->Arg(12)->Arg(100)->UseManualTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace wavetank::bench
