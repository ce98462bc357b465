#include "sim/resources/node_clock.h"

#include <algorithm>

#include "engine/base/ensure.h"

namespace wavetank::sim {

namespace {

constexpr std::int64_t kMillion = 1'000'000;

/// Floor of numerator / 10^6, and what is left: in [0, 10^6).
struct Millionths {
  explicit constexpr Millionths(std::int64_t numerator)
      : whole(numerator / kMillion), rest(numerator % kMillion) {
    if (rest < 0) {
      rest += kMillion;
      --whole;
    }
  }
  std::int64_t whole;
  std::int64_t rest;
};

/// What the drift adds to `elapsed` ns, in millionths, together with `rest`. The elapsed time is
/// split so that every product fits: its whole millions contribute whole nanoseconds.
struct Gain {
  constexpr Gain(std::int64_t elapsed_ns, std::int64_t drift_ppm, std::int64_t rest)
      : millions(elapsed_ns / kMillion * drift_ppm),
        fraction(elapsed_ns % kMillion * drift_ppm + rest) {}
  std::int64_t millions;
  Millionths fraction;
};

}  // namespace

NodeClock::NodeClock(Duration wall_offset, std::int64_t drift_ppm) : wall_offset_(wall_offset) {
  set_drift(Time(), drift_ppm);
}

Time NodeClock::monotonic_at(Time at) const {
  const Duration elapsed = at - since_;
  if (drift_ppm_ == 0) {
    return shown_ + elapsed;
  }
  const Gain gain(elapsed.ns(), drift_ppm_, rest_);
  return shown_ + elapsed + Duration(gain.millions + gain.fraction.whole);
}

Time NodeClock::when(Time deadline) const {
  if (deadline <= shown_) {
    return since_;
  }
  const std::int64_t wanted = (deadline - shown_).ns();
  const std::int64_t rate = kMillion + drift_ppm_;
  // The least n with n * rate + rest >= wanted * 10^6.
  const __int128 numerator = static_cast<__int128>(wanted) * kMillion - rest_;
  const __int128 elapsed = (numerator + rate - 1) / rate;
  const std::int64_t latest = (Time::never() - since_).ns();
  return elapsed >= latest ? Time::never() : since_ + Duration(static_cast<std::int64_t>(elapsed));
}

void NodeClock::set_drift(Time at, std::int64_t drift_ppm) {
  ENSURE(drift_ppm >= -kMaxDriftPpm && drift_ppm <= kMaxDriftPpm, "a drift is within bounds");
  ENSURE(at >= since_, "a clock is not changed in its past");
  const Gain gain((at - since_).ns(), drift_ppm_, rest_);
  shown_ = monotonic_at(at);
  rest_ = gain.fraction.rest;
  since_ = at;
  drift_ppm_ = drift_ppm;
}

}  // namespace wavetank::sim
