// How many operations a second the linearizability checker judges: a correct register under so many
// concurrent clients, half of the operations reads; and the same with one reply in a thousand lost.

#include <benchmark/benchmark.h>

#include "engine/base/random.h"
#include "sim/check/linearizability.h"
#include "sim/check/sequential_objects.h"

namespace wavetank::sim {
namespace {

OperationHistory<Register> correct_history(std::uint64_t clients, double loss) {
  constexpr int kOperations = 100'000;
  struct Client {
    OperationIndex operation = 0;
    Register::Call call;
    bool is_busy = false;
  };
  Random random(1, "bench/linearizability");
  OperationHistory<Register> history;
  std::vector<Client> all(clients);
  std::int64_t value = 0;
  for (int done = 0; done < kOperations;) {
    const std::uint64_t who = random.below(clients);
    Client& client = all[who];
    const Time now(done);
    if (!client.is_busy) {
      client.call = random.chance(0.5) ? Register::read() : Register::write(done);
      client.operation = history.invoke(who, client.call, now);
    } else if (!random.chance(loss)) {
      const bool reads = client.call.kind == Register::Call::Kind::read;
      value = reads ? value : client.call.value;
      history.complete(client.operation, value, now);
      ++done;
    }
    client.is_busy = !client.is_busy;
  }
  return history;
}

void check_register(benchmark::State& state) {
  const auto history = correct_history(static_cast<std::uint64_t>(state.range(0)),
                                       static_cast<double>(state.range(1)) / 1'000);
  for (auto _ : state) {
    const LinearizabilityVerdict verdict = check_linearizable(Register{}, history);
    if (verdict.verdict != reports::Verdict::pass) {
      state.SkipWithError("the history is linearizable, and was not found to be");
    }
    state.counters["configurations"] = static_cast<double>(verdict.configurations);
  }
  state.SetItemsProcessed(state.iterations() *
                          static_cast<std::int64_t>(history.operations().size()));
}
BENCHMARK(check_register)->ArgsProduct({{2, 10, 50}, {0, 1}});

}  // namespace
}  // namespace wavetank::sim
