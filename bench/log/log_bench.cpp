// What one batch costs on its way: built by a producer, appended by the leader and its followers,
// read at the tail, and taken apart by a consumer. The argument is the number of records of 200 B.

#include <benchmark/benchmark.h>
#include <malloc.h>

#include <memory>
#include <string>
#include <vector>

#include "bench/log/memory_copy.h"
#include "engine/base/hash.h"
#include "engine/log/storage/partition_log.h"
#include "engine/log/storage/record_batch.h"
#include "tests/support/memory_storage.h"

namespace wavetank::log {
namespace {

constexpr port::StorageToken kToken{1};
constexpr std::int64_t kValueBytes = 200;
/// Batches appended to a log before it begins anew, to bound the memory of a long benchmark.
constexpr int kBatchesPerLog = 4'096;

/// Freed memory stays with the process: otherwise each new log pays the kernel for its pages again,
/// four times what the log itself costs.
[[maybe_unused]] const bool kMemoryIsKept =
    mallopt(M_TRIM_THRESHOLD, 1 << 30) == 1 && mallopt(M_MMAP_THRESHOLD, 1 << 30) == 1;

Bytes make_batch(std::int64_t records, Sequence sequence = Sequence(0)) {
  static const std::string value(kValueBytes, 'v');
  BatchBuilder builder;
  for (std::int64_t i = 0; i < records; ++i) {
    builder.add(i, as_bytes("order-0123456789"), as_bytes(value));
  }
  return builder.build(ProducerId(1), ProducerEpoch(0), sequence);
}

void per_record(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.counters["per_record"] =
      benchmark::Counter(static_cast<double>(state.iterations() * state.range(0)),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

/// A log and the batches that fill it once.
struct Filled {
  explicit Filled(std::int64_t records) {
    for (int i = 0; i < kBatchesPerLog; ++i) {
      batches.push_back(make_batch(records, advance(Sequence(0), static_cast<int>(records) * i)));
    }
  }
  void reopen() {
    log.reset();
    storage = std::make_unique<test::MemoryStorage>();
    log = std::make_unique<PartitionLog>("bench-0", TopicConfig{}, *storage);
  }

  std::vector<Bytes> batches;
  std::unique_ptr<test::MemoryStorage> storage;
  std::unique_ptr<PartitionLog> log;
  port::Meter meter;
};

void build_batch(benchmark::State& state) {
  const std::string value(kValueBytes, 'v');
  BatchBuilder builder;
  for (auto _ : state) {
    for (std::int64_t i = 0; i < state.range(0); ++i) {
      builder.add(i, as_bytes("order-0123456789"), as_bytes(value));
    }
    benchmark::DoNotOptimize(builder.build(ProducerId(1), ProducerEpoch(0), Sequence(0)));
  }
  per_record(state);
}
BENCHMARK(build_batch)->Arg(1)->Arg(5)->Arg(80);

void iterate_batch(benchmark::State& state) {
  const Bytes batch = make_batch(state.range(0));
  for (auto _ : state) {
    std::int64_t sum = 0;
    const auto view = BatchView::parse(batch);
    view->for_each_record([&](const RecordView& record) {
      sum += record.offset.value() + static_cast<std::int64_t>(record.value.size());
    });
    benchmark::DoNotOptimize(sum);
  }
  per_record(state);
}
BENCHMARK(iterate_batch)->Arg(1)->Arg(5)->Arg(80);

/// Of batches that no cache holds.
void checksum(benchmark::State& state) {
  const Bytes one = make_batch(state.range(0));
  std::vector<Bytes> batches;
  for (std::size_t bytes = 0; bytes < bench::kCopiedBytes; bytes += one.size()) {
    batches.push_back(Bytes::copy_of(one));
  }
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(crc32c(batches[next]));
    next = next + 1 < batches.size() ? next + 1 : 0;
  }
  bench::count_bytes(state, one.size());
}
BENCHMARK(checksum)->Arg(1)->Arg(5)->Arg(80);

void append_as_leader(benchmark::State& state) {
  Filled filled(state.range(0));
  std::size_t next = filled.batches.size();
  for (auto _ : state) {
    if (next == filled.batches.size()) {
      state.PauseTiming();
      filled.reopen();
      next = 0;
      state.ResumeTiming();
    }
    benchmark::DoNotOptimize(
        filled.log->append_as_leader(filled.batches[next++], LeaderEpoch(0), filled.meter));
  }
  per_record(state);
  bench::count_bytes(state, filled.batches.front().size());
}
BENCHMARK(append_as_leader)->Arg(1)->Arg(5)->Arg(80);

void append_as_follower(benchmark::State& state) {
  Filled filled(state.range(0));
  std::vector<Bytes> stored;
  std::int64_t offset = 0;
  for (const Bytes& batch : filled.batches) {
    stored.push_back(stamped_copy(*BatchView::parse(batch), Offset(offset), LeaderEpoch(0)));
    offset += state.range(0);
  }
  std::size_t next = stored.size();
  for (auto _ : state) {
    if (next == stored.size()) {
      state.PauseTiming();
      filled.reopen();
      next = 0;
      state.ResumeTiming();
    }
    benchmark::DoNotOptimize(filled.log->append_as_follower(stored[next++], filled.meter));
  }
  per_record(state);
  bench::count_bytes(state, stored.front().size());
}
BENCHMARK(append_as_follower)->Arg(1)->Arg(5)->Arg(80);

/// Second argument: how many batches the reader is behind.
void tail_read(benchmark::State& state) {
  Filled filled(state.range(0));
  filled.reopen();
  for (const Bytes& batch : filled.batches) {
    if (!filled.log->append_as_leader(batch, LeaderEpoch(0), filled.meter)) {
      state.SkipWithError("the batch was refused");
      return;
    }
  }
  const Offset end = filled.log->end_offset();
  const Offset from = end - state.range(0) * state.range(1);
  std::vector<Bytes> out;
  for (auto _ : state) {
    out.clear();
    filled.log->read(from, end, 1 << 20, out, kToken, filled.meter);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(tail_read)->Args({5, 0})->Args({5, 1})->Args({5, 4})->Args({5, 50})->Args({80, 1});

}  // namespace
}  // namespace wavetank::log
