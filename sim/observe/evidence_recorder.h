#pragma once

// What is seen second by second: latencies, rates and the backlog, as reports::Evidence.

#include <cstdint>
#include <vector>

#include "engine/base/histogram.h"
#include "engine/base/time.h"
#include "reports/result.h"

namespace wavetank::sim {

/// Length of a window of evidence.
inline constexpr Duration kWindow = seconds(1);

/// A record counts in the window in which it is completed. What was due in the warm-up and is
/// completed after it counts as completed there, but its latency is the start's: it is left out.
class EvidenceRecorder {
 public:
  /// `measured_from`: the end of the warm-up.
  explicit EvidenceRecorder(Time measured_from = Time()) : measured_from_(measured_from) {}

  // REQUIRES: times never go back.
  void accepted(Time now, std::size_t bytes);
  void published(Time now, Duration latency);
  void delivered(Time now, Duration latency);
  void lag_sampled(Time now, std::uint64_t lag_records);

  /// Closes the last window at `end`.
  [[nodiscard]] reports::Evidence finish(Time end);

 private:
  /// Closes the windows that ended at or before `now`.
  void turn(Time now) {
    while (now >= current_.to) {
      close(current_.to);
    }
  }
  void close(Time end);
  [[nodiscard]] bool is_left_over(Time now, Duration latency) const {
    return now >= measured_from_ && now - latency < measured_from_;
  }

  Time measured_from_;
  reports::Window current_{Time(), Time() + kWindow, {}, {}, 0, 0, 0, 0, 0};
  Histogram e2e_;
  Histogram publish_;
  reports::Evidence evidence_;
};

}  // namespace wavetank::sim
