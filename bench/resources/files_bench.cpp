#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "sim/resources/files.h"

namespace wavetank::sim {
namespace {

class Deaf final : public StorageClient {
 public:
  void storage_done(port::StorageToken, Time) override {}
};

constexpr std::size_t kBatchBytes = 1'200;
constexpr std::uint64_t kTailBytes = std::uint64_t{1} << 20;

/// Appends one shared batch to `range` files in turn and reads each file's tail back, as a leader
/// with followers at its end does; every 10 us of simulated time, so that flusher, write-back and
/// eviction work at 120 MB/s.
void append_and_read_tail(benchmark::State& state) {
  Kernel kernel;
  Disk disk(kernel, {});
  Deaf client;
  NodeFiles files(kernel, disk, client, {.memory_bytes = 1ULL << 30});
  std::vector<port::FileId> logs;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    logs.push_back(files.open("log-" + std::to_string(i)));
  }
  const Bytes batch = Bytes::copy_of(std::string(kBatchBytes, 'b'));
  std::vector<Bytes> out;
  std::size_t at = 0;
  for (auto _ : state) {
    const port::FileId log = logs[at];
    at = at + 1 < logs.size() ? at + 1 : 0;
    const std::uint64_t position = files.size(log);
    files.append(log, batch);
    out.clear();
    benchmark::DoNotOptimize(files.read(log, position, kTailBytes, out, {}));
    kernel.run_until(kernel.now() + microseconds(10));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(append_and_read_tail)->Arg(1)->Arg(100)->Arg(1000)->Iterations(4'000'000);

/// The append alone.
void append(benchmark::State& state) {
  Kernel kernel;
  Disk disk(kernel, {});
  Deaf client;
  NodeFiles files(kernel, disk, client, {.memory_bytes = 1ULL << 30});
  const port::FileId log = files.open("log");
  const Bytes batch = Bytes::copy_of(std::string(kBatchBytes, 'b'));
  for (auto _ : state) {
    files.append(log, batch);
    if (files.size(log) > (1ULL << 30)) {
      files.truncate(log, 0);
    }
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(append);

/// A read of one batch at a random place of a log of 1 GiB: the search for its unit.
void read_anywhere(benchmark::State& state) {
  Kernel kernel;
  Disk disk(kernel, {});
  Deaf client;
  NodeFiles files(kernel, disk, client, {});
  const port::FileId log = files.open("log");
  const Bytes batch = Bytes::copy_of(std::string(kBatchBytes, 'b'));
  constexpr std::uint64_t kUnits = (1ULL << 30) / kBatchBytes;
  for (std::uint64_t i = 0; i < kUnits; ++i) {
    files.append(log, batch);
  }
  std::vector<Bytes> out;
  std::uint64_t unit = 0;
  for (auto _ : state) {
    unit = (unit * 6364136223846793005ULL + 1442695040888963407ULL) % kUnits;
    out.clear();
    benchmark::DoNotOptimize(files.read(log, unit * kBatchBytes, kBatchBytes, out, {}));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(read_anywhere);

}  // namespace
}  // namespace wavetank::sim
