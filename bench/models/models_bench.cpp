// What a load generator costs: every record and every arrival of a run pays these. Aims: an order
// event below 300 ns, a step's cost below 20 ns.

#include <benchmark/benchmark.h>

#include "models/arrivals.h"
#include "models/costs.h"
#include "models/distribution.h"
#include "models/keys.h"
#include "models/orders.h"
#include "models/payloads.h"

namespace wavetank::models {
namespace {

void orders_next(benchmark::State& state) {
  OrdersConfig config;
  config.open_orders_max = static_cast<std::uint32_t>(state.range(0));
  auto source = OrderSource::make(config, Random(1, "bench"));
  Record record;
  Time now;
  std::uint64_t bytes = 0;
  for (auto _ : state) {
    now += microseconds(20);
    source->next(now, record);
    benchmark::DoNotOptimize(record.value.data());
    bytes += record.size_bytes();
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["bytes/record"] =
      static_cast<double>(bytes) / static_cast<double>(state.iterations());
}
BENCHMARK(orders_next)->Arg(8192)->Arg(1'000'000);

void orders_decode(benchmark::State& state) {
  auto source = OrderSource::make({}, Random(1, "bench"));
  Record record;
  for (int i = 0; i < 1000; ++i) {
    source->next(Time(i), record);
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(decode_order_event(record.value.view()));
  }
}
BENCHMARK(orders_decode);

void plain_next(benchmark::State& state) {
  auto source = PlainSource::make(
      PlainConfig{*KeyLaw::uniform(100'000), *Distribution::constant(200.0), 1.0, {}},
      Random(1, "bench"));
  Record record;
  for (auto _ : state) {
    source->next(Time(), record);
    benchmark::DoNotOptimize(record.value.data());
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(plain_next);

/// The exponent in hundredths.
void zipf_draw(benchmark::State& state) {
  const Zipf zipf(1'000'000, static_cast<double>(state.range(0)) / 100.0);
  Random random(1, "bench");
  for (auto _ : state) {
    benchmark::DoNotOptimize(zipf.draw(random));
  }
}
BENCHMARK(zipf_draw)->Arg(50)->Arg(100)->Arg(110)->Arg(200);

void arrivals_next(benchmark::State& state) {
  ArrivalsConfig config;
  config.rate = Rate::per_second(50'000);
  config.spacing = static_cast<Spacing>(state.range(0));
  auto arrivals = Arrivals::make(config);
  Random random(1, "bench");
  for (auto _ : state) {
    benchmark::DoNotOptimize(arrivals->next(random));
  }
}
BENCHMARK(arrivals_next)
    ->Arg(static_cast<int>(Spacing::constant))
    ->Arg(static_cast<int>(Spacing::poisson));

void lognormal_draw(benchmark::State& state) {
  const Distribution law = *Distribution::lognormal(2e6, 9e6);
  Random random(1, "bench");
  for (auto _ : state) {
    benchmark::DoNotOptimize(law.draw_duration(random));
  }
}
BENCHMARK(lognormal_draw);

void cost_of_a_step(benchmark::State& state) {
  const CostModel model(**find_cost_table(kDefaultCostTable), 0.85);
  port::Meter meter;
  meter.charge(port::Work::request, 3);
  meter.charge(port::Work::bytes_sent, 65'536);
  for (auto _ : state) {
    benchmark::DoNotOptimize(meter);
    benchmark::DoNotOptimize(model.cost(meter));
  }
}
BENCHMARK(cost_of_a_step);

}  // namespace
}  // namespace wavetank::models
