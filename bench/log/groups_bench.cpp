// Sharing partitions out among the members of a consumer group: partitions a second.

#include <benchmark/benchmark.h>

#include "engine/log/groups/assignors.h"

namespace wavetank::log {
namespace {

Topology one_topic(std::uint32_t partitions) {
  Topology topology;
  topology.topics.emplace_back().partitions = partitions;
  return topology;
}

std::vector<Subscription> members(std::size_t count) {
  std::vector<Subscription> all(count);
  for (std::size_t i = 0; i < count; ++i) {
    all[i].identity.member = "consumer-" + std::to_string(1000 + i);
    all[i].topics = {0};
  }
  return all;
}

/// All partitions to members that hold nothing.
void BM_Assign(benchmark::State& state) {
  const auto assignor = static_cast<Assignor>(state.range(0));
  const Topology topology = one_topic(static_cast<std::uint32_t>(state.range(1)));
  const auto all = members(static_cast<std::size_t>(state.range(2)));
  for (auto _ : state) {
    benchmark::DoNotOptimize(assign(assignor, topology, all));
  }
  state.SetLabel(std::string(name(assignor)));
  state.SetItemsProcessed(state.iterations() * state.range(1));
}
BENCHMARK(BM_Assign)->ArgsProduct({{0, 1, 2, 3}, {1'000, 10'000}, {100}});

/// One more member comes to a group that shares everything already.
void BM_MemberJoins(benchmark::State& state) {
  const Topology topology = one_topic(static_cast<std::uint32_t>(state.range(0)));
  auto all = members(static_cast<std::size_t>(state.range(1)));
  const auto shares = assign(Assignor::sticky, topology, all);
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i].owned = shares[i];
    all[i].generation = Generation(1);
  }
  all.push_back(members(all.size() + 1).back());
  for (auto _ : state) {
    benchmark::DoNotOptimize(assign(Assignor::sticky, topology, all));
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_MemberJoins)->Args({1'000, 100})->Args({10'000, 100});

}  // namespace
}  // namespace wavetank::log
