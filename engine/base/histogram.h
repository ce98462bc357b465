#pragma once

// Latencies counted in buckets of bounded relative width, after HdrHistogram (Gil Tene): every
// recorded value is reproduced within one part in 2048, from one nanosecond up. Merging loses
// nothing.

#include <cstdint>
#include <vector>

#include "engine/base/time.h"

namespace wavetank {

class PackedHistogram;

/// Counts of durations. The bucket layout is that of HdrHistogram with lowest = 1 and 3 significant
/// digits, so that its log formats can be written from `counts()` directly.
class Histogram {
 public:
  static constexpr int kSubBucketBits = 11;  ///< 2048 sub-buckets

  void record(Duration value, std::uint64_t count = 1);
  void merge(const Histogram& other);
  void merge(const PackedHistogram& other);

  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] Duration min() const { return count_ == 0 ? Duration() : min_; }
  [[nodiscard]] Duration max() const { return max_; }
  [[nodiscard]] double mean_ns() const;
  /// The least recorded value (to bucket precision, never above max) with at least a share
  /// `quantile` of the counts at or below it. REQUIRES: 0 <= quantile <= 1. Zero when empty.
  [[nodiscard]] Duration quantile(double quantile) const;
  [[nodiscard]] const std::vector<std::uint64_t>& counts() const { return counts_; }
  /// The greatest value of the bucket that `counts()[index]` counts.
  [[nodiscard]] static Duration value_at(std::size_t index);

 private:
  friend class PackedHistogram;

  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0;
  Duration min_;
  Duration max_;
  /// Exact: a double would make the mean depend on the order of merging. Fits 2^33 values of 2^94
  /// ns.
  unsigned __int128 sum_ns_ = 0;
};

/// A Histogram at rest: only the buckets in use, so that one can be kept for every second of a run.
/// Merging it back into a Histogram loses nothing.
class PackedHistogram {
 public:
  PackedHistogram() = default;
  explicit PackedHistogram(const Histogram& from);

  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] Duration max() const { return max_; }

 private:
  friend class Histogram;
  struct Bucket {
    std::uint32_t index;
    std::uint32_t count;  ///< a fuller bucket is written as several
  };

  std::vector<Bucket> buckets_;  ///< by index
  std::uint64_t count_ = 0;
  Duration min_;
  Duration max_;
  unsigned __int128 sum_ns_ = 0;
};

}  // namespace wavetank
