#pragma once

// What a node's own clock shows at a simulated date. The oscillator runs fast or slow by a drift in
// parts per million; the wall clock is the monotonic one plus an offset that jumps when somebody
// sets it. All integer, exact to the nanosecond, and monotonic time never goes back.

#include <cstdint>

#include "engine/base/time.h"
#include "engine/port/clock.h"

namespace wavetank::sim {

class NodeClock {
 public:
  /// Real oscillators stay below 100 ppm; faults may exaggerate up to here.
  static constexpr std::int64_t kMaxDriftPpm = 500'000;

  /// Monotonic time begins at zero with the run; the wall clock is `wall_offset` ahead of it.
  /// REQUIRES: |drift_ppm| <= kMaxDriftPpm.
  explicit NodeClock(Duration wall_offset = {}, std::int64_t drift_ppm = 0);

  /// REQUIRES: `at` is not before the last change of the drift.
  [[nodiscard]] port::Now now(Time at) const {
    const Time monotonic = monotonic_at(at);
    return {monotonic, monotonic + wall_offset_};
  }
  /// The first simulated date at which monotonic time has reached `deadline`, as long as the drift
  /// stays what it is; never before the last change of the drift. Timers that are set when the
  /// drift changes must be asked for again.
  [[nodiscard]] Time when(Time deadline) const;

  /// From the simulated date `at` on, the oscillator drifts by this much. Monotonic time goes on
  /// from what it shows then.
  void set_drift(Time at, std::int64_t drift_ppm);
  /// The wall clock jumps, forwards or backwards.
  void step(Duration by) { wall_offset_ += by; }

  [[nodiscard]] std::int64_t drift_ppm() const { return drift_ppm_; }
  [[nodiscard]] Duration wall_offset() const { return wall_offset_; }

 private:
  [[nodiscard]] Time monotonic_at(Time at) const;

  // monotonic(at) = shown_ + floor((at - since_) * (1 + drift) + rest_ / 10^6)
  Time since_;
  Time shown_;
  std::int64_t rest_ = 0;  ///< millionths of a nanosecond, in [0, 10^6)
  std::int64_t drift_ppm_ = 0;
  Duration wall_offset_;
};

}  // namespace wavetank::sim
