#pragma once

// A node with files on a small disk, and the words its tests use.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/ensure.h"
#include "engine/base/random.h"
#include "sim/resources/files.h"

namespace wavetank::sim::test {

inline constexpr std::uint64_t kKiB = 1024;

/// 1 ms latency, 1 MB/s both ways, 10 ms fsync: slow enough to see everything happen.
inline DiskSpec slow_disk() {
  return {.latency = milliseconds(1),
          .read_bytes_per_second = 1'000'000,
          .write_bytes_per_second = 1'000'000,
          .fsync_latency = milliseconds(10),
          .queue_depth = 4,
          .capacity_bytes = 1ULL << 40};
}

/// 4 KiB extents, 10 KB chunks, 256 KiB of memory: 25.6 KiB begin write-back, 51.2 KiB are the
/// limit.
inline PageCacheOptions small_cache() {
  return {.memory_bytes = 256 * kKiB, .extent_bytes = 4 * kKiB, .writeback_chunk_bytes = 10'000};
}

class Node : public StorageClient {
 public:
  explicit Node(Kernel& kernel, const DiskSpec& disk_spec = slow_disk(),
                const PageCacheOptions& options = small_cache())
      : disk(kernel, disk_spec), files(kernel, disk, *this, options), kernel_(kernel) {}

  void storage_done(port::StorageToken token, Time /*asked*/) override {
    done.emplace_back(token.value(), (kernel_.now() - Time()).ms());
    if (on_done) {
      on_done(token);
    }
  }
  void storage_failed(port::StorageToken token) override { failed.push_back(token.value()); }
  void storage_unthrottled() override { ++unthrottled; }

  /// Appends `count` bytes of `fill` as one unit.
  void append(std::string_view name, std::size_t count, char fill = 'x') {
    files.append(files.open(name), Bytes::copy_of(std::string(count, fill)));
  }
  void sync(std::string_view name, std::uint64_t token) {
    files.sync(files.open(name), port::StorageToken(token));
  }
  /// What a read gives, as lengths of slices; nothing if it has to wait.
  std::optional<std::vector<std::size_t>> read(std::string_view name, std::uint64_t position,
                                               std::uint64_t max_bytes, std::uint64_t token = 0) {
    std::vector<Bytes> slices;
    if (!files.read(files.open(name), position, max_bytes, slices, port::StorageToken(token))) {
      EXPECT_TRUE(slices.empty());
      return std::nullopt;
    }
    std::vector<std::size_t> lengths;
    for (const Bytes& slice : slices) {
      lengths.push_back(slice.size());
    }
    return lengths;
  }
  std::string load(std::string_view name) { return std::string(as_text(files.load(name))); }
  std::vector<FileLoss> crash(Unsynced policy) { return files.crash(policy, random); }

  Disk disk;
  NodeFiles files;
  Random random{1, "node"};
  std::vector<std::pair<std::uint64_t, std::int64_t>> done;  ///< token, ms
  std::vector<std::uint64_t> failed;                         ///< tokens
  int unthrottled = 0;
  std::function<void(port::StorageToken)> on_done;

 private:
  Kernel& kernel_;
};

class NodeTest : public testing::Test {
 protected:
  void run_to_ms(std::int64_t ms) { kernel.run_until(Time() + milliseconds(ms)); }
  void run_for_ms(std::int64_t ms) { kernel.run_until(kernel.now() + milliseconds(ms)); }

  Kernel kernel;
};

}  // namespace wavetank::sim::test
