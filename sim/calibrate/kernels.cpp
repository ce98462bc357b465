#include "sim/calibrate/kernels.h"

#include <cstring>
#include <utility>

#include "engine/base/ensure.h"
#include "engine/base/hash.h"
#include "engine/base/random.h"
#include "engine/log/storage/compression.h"
#include "sim/calibrate/load.h"
#include "sim/calibrate/processor_time.h"

namespace wavetank::sim {

namespace {

using log::Compression;
using port::Work;

/// As much as a batch holds by default.
constexpr std::size_t kBlockBytes = 16U << 10U;
/// Blocks that are gone through in turn: more than the nearest cache holds.
constexpr std::size_t kBlocks = 128;
constexpr int kRounds = 16;

/// Bytes of which a half repeats the other, as values of loads do.
std::vector<std::uint8_t> some_bytes() {
  Random random(1, "calibrate");
  std::vector<std::uint8_t> bytes(kBlockBytes * kBlocks);
  constexpr std::size_t kPiece = 64;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = i / kPiece % 2 == 0 ? static_cast<std::uint8_t>(random.next()) : bytes[i - kPiece];
  }
  return bytes;
}

/// Keeps the compiler from leaving out what is worked out for nobody.
void use(std::uint64_t value) {
  asm volatile("" : : "r"(value) : "memory");
}

/// Goes through all blocks some times; `work` says how many bytes it has gone through.
Timing timed(Work kind, const std::function<std::size_t(std::size_t block)>& work) {
  Timing timing;
  const Duration begun = processor_time();
  for (int round = 0; round < kRounds; ++round) {
    for (std::size_t block = 0; block < kBlocks; ++block) {
      timing.work.charge(kind, work(block));
    }
  }
  timing.took = processor_time() - begun;
  timing.units = kRounds * kBlocks;
  return timing;
}

ByteView block_of(const std::vector<std::uint8_t>& bytes, std::size_t block) {
  return ByteView(bytes).subspan(block * kBlockBytes, kBlockBytes);
}

Timing copy() {
  const std::vector<std::uint8_t> from = some_bytes();
  std::vector<std::uint8_t> to(from.size());
  return timed(Work::bytes_copied, [&](std::size_t block) {
    std::memcpy(to.data() + block * kBlockBytes, from.data() + block * kBlockBytes, kBlockBytes);
    use(to[block * kBlockBytes]);
    return kBlockBytes;
  });
}

Timing checksum() {
  const std::vector<std::uint8_t> bytes = some_bytes();
  return timed(Work::bytes_checksummed, [&](std::size_t block) {
    use(crc32c(block_of(bytes, block)));
    return kBlockBytes;
  });
}

Timing pack(Compression codec, Work kind) {
  const std::vector<std::uint8_t> bytes = some_bytes();
  ByteWriter room;
  return timed(kind, [&](std::size_t block) {
    use(compress(codec, block_of(bytes, block), room).size());
    return kBlockBytes;
  });
}

Timing unpack(Compression codec, Work kind) {
  const std::vector<std::uint8_t> bytes = some_bytes();
  ByteWriter room;
  std::vector<Bytes> packed;
  for (std::size_t block = 0; block < kBlocks; ++block) {
    packed.push_back(Bytes::copy_of(compress(codec, block_of(bytes, block), room)));
  }
  return timed(kind, [&](std::size_t block) {
    const auto plain = decompress(codec, packed[block]);
    ENSURE(plain && plain->size() == kBlockBytes, "what was packed can be unpacked");
    return kBlockBytes;
  });
}

Kernel on_blocks(std::string name, std::function<Timing()> run) {
  return {std::move(name), [run = std::move(run)] { return Result<Timing>(run()); }};
}

Kernel on_roles(Load load) {
  return {load.name, [load] { return measured(load); }};
}

}  // namespace

std::vector<Kernel> all_kernels() {
  std::vector<Kernel> kernels;
  kernels.push_back(on_blocks("a block copied", copy));
  kernels.push_back(on_blocks("a block checksummed", checksum));
  kernels.push_back(on_blocks("a block packed, LZ4",
                              [] { return pack(Compression::lz4, Work::bytes_lz4_packed); }));
  kernels.push_back(on_blocks("a block unpacked, LZ4",
                              [] { return unpack(Compression::lz4, Work::bytes_lz4_unpacked); }));
  kernels.push_back(on_blocks("a block packed, Zstandard",
                              [] { return pack(Compression::zstd, Work::bytes_zstd_packed); }));
  kernels.push_back(on_blocks("a block unpacked, Zstandard",
                              [] { return unpack(Compression::zstd, Work::bytes_zstd_unpacked); }));

  // One thing after the other is made much of. What all of them go through is some ten megabytes,
  // which the last cache holds.
  Load record{"a record of 30 B"};
  record.records = 200'000;
  record.record_bytes = 30;
  kernels.push_back(on_roles(record));
  Load small{"a record of 100 B"};
  small.records = 80'000;
  small.record_bytes = 100;
  kernels.push_back(on_roles(small));
  Load large{"a record of 8 KiB"};
  large.records = 1'200;
  large.record_bytes = 8'192;
  kernels.push_back(on_roles(large));
  Load request{"a record in a batch and a request of its own"};
  request.records = 30'000;
  request.batch_bytes = 1;
  request.partitions = 1;
  kernels.push_back(on_roles(request));
  Load partition{"a record in a batch of its own, 200 to a request"};
  partition.records = 30'000;
  partition.batch_bytes = 1;
  partition.partitions = 200;
  kernels.push_back(on_roles(partition));
  Load tens{"a record of 200 B, ten to a batch"};
  tens.records = 40'000;
  tens.batch_bytes = 2'300;
  tens.partitions = 12;
  kernels.push_back(on_roles(tens));
  Load copies{"a record of 100 B in three copies"};
  copies.records = 80'000;
  copies.record_bytes = 100;
  copies.brokers = 3;
  kernels.push_back(on_roles(copies));
  Load batches{"a record in a batch of its own in three copies"};
  batches.records = 20'000;
  batches.batch_bytes = 1;
  batches.brokers = 3;
  kernels.push_back(on_roles(batches));
  Load large_copies = large;
  large_copies.name = "a record of 8 KiB in three copies";
  large_copies.brokers = 3;
  kernels.push_back(on_roles(large_copies));
  Load large_read = large;
  large_read.name = "a record of 8 KiB, read";
  large_read.readers = 1;
  large_read.reads_later = true;
  kernels.push_back(on_roles(large_read));
  Load read{"a record of 100 B, read"};
  read.records = 80'000;
  read.record_bytes = 100;
  read.readers = 1;
  read.reads_later = true;
  kernels.push_back(on_roles(read));
  Load read_batches{"a record in a batch of its own, read"};
  read_batches.records = 30'000;
  read_batches.batch_bytes = 1;
  read_batches.readers = 1;
  read_batches.reads_later = true;
  kernels.push_back(on_roles(read_batches));
  return kernels;
}

}  // namespace wavetank::sim
