// One pass of a cleaner over a log that was never compacted, by how often each key is in it: bytes
// of log a second, each of which is read twice.

#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

#include "engine/log/storage/offset_map.h"
#include "engine/log/storage/partition_log.h"
#include "tests/support/memory_storage.h"

namespace wavetank::log {
namespace {

constexpr port::StorageToken kCleaning{1};
constexpr port::StorageToken kDurable{2};
constexpr std::int64_t kRecords = 64'000;
constexpr std::int64_t kRecordsPerBatch = 20;
constexpr std::uint64_t kSegmentBytes = 1 << 20;
constexpr std::uint64_t kPieceBytes = 512 << 10;
constexpr std::uint64_t kMapBytes = 64 << 20;

/// A log in which each key is written `times` times, everything but its last segment durable.
struct Dirty {
  explicit Dirty(std::int64_t times) {
    TopicConfig config;
    config.cleanup = Cleanup::compact;
    config.segment_bytes = kSegmentBytes;
    log = std::make_unique<PartitionLog>("bench-0", config, storage, kDurable);
    const std::string value(200, 'v');
    const std::int64_t keys = kRecords / times;
    BatchBuilder builder;
    for (std::int64_t i = 0; i < kRecords; ++i) {
      const std::string key = "order-" + std::to_string(i % keys);
      builder.add(1'000, as_bytes(key), as_bytes(value));
      if (builder.record_count() == kRecordsPerBatch) {
        const Bytes batch = builder.build(kNoProducerId, ProducerEpoch(-1), Sequence(-1));
        if (!log->append_as_leader(batch, LeaderEpoch(0), meter)) {
          std::abort();
        }
      }
    }
    for (const port::StorageToken token : storage.take_completed()) {
      if (token == kDurable) {
        log->on_durable();
      }
    }
  }

  test::MemoryStorage storage;
  std::unique_ptr<PartitionLog> log;
  port::Meter meter;
};

void compact(benchmark::State& state) {
  std::uint64_t bytes = 0;
  for (auto _ : state) {
    state.PauseTiming();
    auto dirty = std::make_unique<Dirty>(state.range(0));
    bytes += dirty->log->cleanable(dirty->log->end_offset(), 2'000).dirty_bytes;
    state.ResumeTiming();
    dirty->log->begin_cleaning(dirty->log->end_offset(), 2'000, kMapBytes);
    while (dirty->log->is_cleaning()) {
      dirty->log->clean(kPieceBytes, kCleaning, dirty->meter);
    }
    state.PauseTiming();
    dirty.reset();
    state.ResumeTiming();
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}
BENCHMARK(compact)->Arg(1)->Arg(10)->Arg(100)->Unit(benchmark::kMillisecond);

void note_key(benchmark::State& state) {
  OffsetMap map(kMapBytes);
  std::vector<std::string> keys;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    keys.push_back("order-" + std::to_string(i));
  }
  std::int64_t offset = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        map.put(as_bytes(keys[static_cast<std::size_t>(offset) % keys.size()]), Offset(offset)));
    ++offset;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(note_key)->Arg(1'000)->Arg(1'000'000);

}  // namespace
}  // namespace wavetank::log
