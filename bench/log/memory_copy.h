#pragma once

// The yardstick of the log's kernels: what memcpy moves in the same process, over memory that no
// cache holds. A kernel's counter `of_memcpy` is its rate over that.

#include <benchmark/benchmark.h>
#include <time.h>

#include <cstdint>
#include <cstring>
#include <vector>

namespace wavetank::log::bench {

inline constexpr std::size_t kCopiedBytes = 64U << 20U;

inline double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Bytes a second of processor time, by pieces of 16 KiB; measured once, the best of some rounds.
inline double memory_copy_rate() {
  static const double rate = [] {
    constexpr std::size_t kPiece = 16U << 10U;
    const std::vector<std::uint8_t> from(kCopiedBytes, 1);
    std::vector<std::uint8_t> to(kCopiedBytes, 2);
    double best = 0;
    for (int round = 0; round < 7; ++round) {
      const double begin = processor_seconds();
      for (std::size_t at = 0; at < kCopiedBytes; at += kPiece) {
        std::memcpy(to.data() + at, from.data() + at, kPiece);
      }
      benchmark::DoNotOptimize(to.data());
      benchmark::ClobberMemory();
      const double seconds = processor_seconds() - begin;
      best = best * seconds > kCopiedBytes ? best : static_cast<double>(kCopiedBytes) / seconds;
    }
    return best;
  }();
  return rate;
}

/// Says how many bytes a benchmark has gone through, a second and as a share of a memory copy.
inline void count_bytes(benchmark::State& state, std::size_t bytes_each) {
  const auto bytes =
      static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(bytes_each);
  state.SetBytesProcessed(bytes);
  state.counters["of_memcpy"] = benchmark::Counter(static_cast<double>(bytes) / memory_copy_rate(),
                                                   benchmark::Counter::kIsRate);
}

}  // namespace wavetank::log::bench
