#pragma once

// What a producer expects compression to make of its records, so that a batch that is to have
// batch_bytes on the wire takes more records (Kafka's CompressionRatioEstimator and the estimate of
// its MemoryRecordsBuilder, with their constants).

#include <algorithm>
#include <cstddef>

namespace wavetank::log {

/// Starts at 1, goes down by small steps as batches turn out smaller, and up by great ones: a batch
/// that is greater than expected may be refused.
class CompressionRatio {
 public:
  [[nodiscard]] std::size_t expect(std::size_t plain_bytes) const {
    return static_cast<std::size_t>(static_cast<double>(plain_bytes) * ratio_ * kMargin);
  }
  /// REQUIRES: plain_bytes > 0.
  void observe(std::size_t plain_bytes, std::size_t packed_bytes) {
    const double seen = static_cast<double>(packed_bytes) / static_cast<double>(plain_bytes);
    ratio_ = seen > ratio_ ? std::max(ratio_ + kStepUp, seen) : std::max(ratio_ - kStepDown, seen);
  }

 private:
  static constexpr double kMargin = 1.05;
  static constexpr double kStepUp = 0.05;
  static constexpr double kStepDown = 0.005;

  double ratio_ = 1;
};

}  // namespace wavetank::log
