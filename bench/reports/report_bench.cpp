// What it takes to write the report of a run, and to read its result again.

#include <benchmark/benchmark.h>

#include "reports/html/report_page.h"
#include "reports/result_json.h"
#include "tests/report_page/sample_pages.h"

namespace wavetank::reports {
namespace {

/// As many points, faults, hosts and resources as a result can show.
void writes_the_page_of_a_crowded_run(benchmark::State& state) {
  const RunResult run = sample::crowded();
  std::size_t bytes = 0;
  for (auto _ : state) {
    bytes = report_page(run, "wavetank run x.json --seed 7").size();
    benchmark::DoNotOptimize(bytes);
  }
  state.counters["page_bytes"] = static_cast<double>(bytes);
}
BENCHMARK(writes_the_page_of_a_crowded_run)->Unit(benchmark::kMillisecond);

void reads_the_result_of_a_crowded_run(benchmark::State& state) {
  const std::string json = write_result(sample::crowded());
  for (auto _ : state) {
    benchmark::DoNotOptimize(read_result(json));
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * json.size()));
}
BENCHMARK(reads_the_result_of_a_crowded_run)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace wavetank::reports
