// The inner loops of the log by themselves, next to a memory copy: compression both ways, the
// look-up of an offset, and the assembly of a fetch answer.

#include <benchmark/benchmark.h>

#include <vector>

#include "bench/log/memory_copy.h"
#include "engine/base/random.h"
#include "engine/log/protocol/protocol.h"
#include "engine/log/storage/batch_compression.h"
#include "engine/log/storage/compression.h"
#include "engine/log/storage/offset_index.h"
#include "engine/log/storage/partition_log.h"
#include "tests/support/memory_storage.h"

namespace wavetank::log {
namespace {

using bench::count_bytes;

/// What everything else is measured by; its own share is 1 but for noise.
void memory_copy(benchmark::State& state) {
  const std::vector<std::uint8_t> from(bench::kCopiedBytes, 1);
  std::vector<std::uint8_t> to(bench::kCopiedBytes, 2);
  const auto piece = static_cast<std::size_t>(state.range(0));
  std::size_t at = 0;
  for (auto _ : state) {
    std::memcpy(to.data() + at, from.data() + at, piece);
    benchmark::ClobberMemory();
    at = at + 2 * piece <= bench::kCopiedBytes ? at + piece : 0;
  }
  count_bytes(state, piece);
}
BENCHMARK(memory_copy)->Arg(1 << 10)->Arg(1 << 14)->Arg(1 << 17);

/// Records of a kilobyte, of which a quarter is noise, as scenarios make them.
Bytes batch_of(std::size_t bytes) {
  constexpr std::size_t kValue = 1'000;
  Random random(1, "bench");
  BatchBuilder builder;
  std::vector<std::uint8_t> value(kValue);
  for (std::size_t made = 0; made < bytes; made += kValue) {
    for (std::size_t i = 0; i < kValue; ++i) {
      value[i] = i < kValue / 4 ? static_cast<std::uint8_t>(random.next()) : value[i - kValue / 4];
    }
    builder.add(0, as_bytes("order-0123456789"), value);
  }
  return builder.build(kNoProducerId, ProducerEpoch(-1), kNoSequence);
}

/// Arguments: the codec's number, bytes before compression.
void compress_records(benchmark::State& state) {
  const Bytes batch = batch_of(static_cast<std::size_t>(state.range(1)));
  const ByteView records = BatchView::parse(batch)->plain_records();
  ByteWriter room;
  std::size_t packed = 0;
  for (auto _ : state) {
    packed = compress(static_cast<Compression>(state.range(0)), records, room).size();
  }
  count_bytes(state, records.size());
  state.counters["ratio"] = static_cast<double>(packed) / static_cast<double>(records.size());
}
BENCHMARK(compress_records)->ArgsProduct({{3, 4}, {1 << 14, 1 << 17}});

void decompress_records(benchmark::State& state) {
  const auto codec = static_cast<Compression>(state.range(0));
  const Bytes batch = batch_of(static_cast<std::size_t>(state.range(1)));
  const ByteView records = BatchView::parse(batch)->plain_records();
  ByteWriter room;
  const Bytes packed = Bytes::copy_of(compress(codec, records, room));
  for (auto _ : state) {
    benchmark::DoNotOptimize(decompress(codec, packed));
  }
  count_bytes(state, records.size());
}
BENCHMARK(decompress_records)->ArgsProduct({{3, 4}, {1 << 14, 1 << 17}});

/// Among the entries of a segment of a gibibyte, one every 4 KiB.
void index_look_up(benchmark::State& state) {
  constexpr std::uint32_t kEntries = 1U << 18U;
  constexpr std::uint32_t kOffsetsEach = 20;
  OffsetIndex index(4'095);
  for (std::uint32_t i = 0; i < kEntries; ++i) {
    index.note({i * kOffsetsEach, i * 4'096});
  }
  Random random(1, "offsets");
  std::vector<std::uint32_t> wanted(1 << 12);
  for (std::uint32_t& offset : wanted) {
    offset = static_cast<std::uint32_t>(random.below(kEntries * kOffsetsEach));
  }
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(index.floor(wanted[next++ % wanted.size()]));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(index_look_up);

/// An answer of as many partitions as the argument, each with the batches of 64 KiB that its log
/// ends with: read, put together and encoded. Only bytes of the headers are touched.
void fetch_assembly(benchmark::State& state) {
  constexpr std::size_t kEach = 64U << 10U;
  test::MemoryStorage storage;
  port::Meter meter;
  const Bytes batch = batch_of(1 << 14);
  std::vector<PartitionLog> logs;
  for (std::int64_t p = 0; p < state.range(0); ++p) {
    logs.emplace_back("bench-" + std::to_string(p), TopicConfig{}, storage);
    for (int i = 0; i < 100; ++i) {
      if (!logs.back().append_as_leader(batch, LeaderEpoch(0), meter)) {
        state.SkipWithError("the batch was refused");
        return;
      }
    }
  }
  const std::int64_t records = BatchView::parse(batch)->record_count();
  const Offset end = logs.front().end_offset();
  const Offset from = end - records * static_cast<std::int64_t>(kEach / batch.size());
  std::size_t bytes = 0;
  for (auto _ : state) {
    FetchResponse response;
    bytes = 0;
    for (std::size_t p = 0; p < logs.size(); ++p) {
      FetchResponse::Partition& partition = response.partitions.emplace_back();
      partition.partition = PartitionId(static_cast<std::uint32_t>(p));
      logs[p].read(from, end, kEach, partition.batches, port::StorageToken(1), meter);
      for (const Bytes& slice : partition.batches) {
        bytes += slice.size();
      }
    }
    benchmark::DoNotOptimize(encode(response, 1));
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  count_bytes(state, bytes);
}
BENCHMARK(fetch_assembly)->Arg(1)->Arg(16)->Arg(256);

}  // namespace
}  // namespace wavetank::log
