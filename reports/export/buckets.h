#pragma once

// Latencies as Prometheus keeps them: of every bound how many were no greater, added up from the
// start of the run.

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "reports/export/latency_log.h"

namespace wavetank::reports {

/// Bounds of buckets, ascending; one more without a bound stands behind them.
inline constexpr std::array kBounds{
    microseconds(500), milliseconds(1),   milliseconds(2),  milliseconds(5),
    milliseconds(10),  milliseconds(20),  milliseconds(50), milliseconds(100),
    milliseconds(200), milliseconds(500), seconds(1),       seconds(2),
    seconds(5),        seconds(10),       seconds(20),      seconds(60)};

/// "0.005"; "+Inf" behind the last.
std::string bound_text(std::span<const Duration> bounds, std::size_t index);

/// A record counts as no greater than a bound if its bucket of the log is: to one part in 1024.
class Buckets {
 public:
  struct Sample {
    Time at;
    std::vector<std::uint64_t> at_most;  ///< one more than bounds; the last: all
    double sum_s = 0;
  };

  /// One sample at the start, with nothing, and one at the end of each interval.
  Buckets(const LatencyLog& log, PackedHistogram LatencyInterval::*kind,
          std::span<const Duration> bounds);

  [[nodiscard]] const std::vector<Sample>& samples() const { return samples_; }

 private:
  std::vector<Sample> samples_;
};

}  // namespace wavetank::reports
