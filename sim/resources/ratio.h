#pragma once

// A factor that slows or speeds a resource, held as an integer so that durations stay exact and
// equal on every machine.

#include <cstdint>

#include "engine/base/ensure.h"
#include "engine/base/time.h"

namespace wavetank::sim {

/// A positive factor in parts per million.
class Ratio {
 public:
  static constexpr std::int64_t kOne = 1'000'000;

  constexpr Ratio() = default;
  /// Rounds to the nearest millionth. REQUIRES: 1e-6 <= factor <= 1e6.
  static Ratio of(double factor) {
    ENSURE(factor >= 1e-6 && factor <= 1e6, "a factor lies between a millionth and a million");
    return Ratio(static_cast<std::int64_t>(factor * static_cast<double>(kOne) + 0.5));
  }

  [[nodiscard]] constexpr bool is_one() const { return millionths_ == kOne; }
  /// span * factor, rounded up.
  [[nodiscard]] constexpr Duration times(Duration span) const {
    return is_one() ? span : scaled(span, millionths_, kOne);
  }
  /// span / factor, rounded up.
  [[nodiscard]] constexpr Duration divide(Duration span) const {
    return is_one() ? span : scaled(span, kOne, millionths_);
  }

 private:
  constexpr explicit Ratio(std::int64_t millionths) : millionths_(millionths) {}
  static constexpr Duration scaled(Duration span, std::int64_t by, std::int64_t over) {
    const __int128 product = static_cast<__int128>(span.ns()) * by;
    return Duration(static_cast<std::int64_t>((product + over - 1) / over));
  }

  std::int64_t millionths_ = kOne;
};

/// How long `bytes` take at `bytes_per_second`, rounded up. REQUIRES: the rate is positive.
constexpr Duration transfer_time(std::uint64_t bytes, std::uint64_t bytes_per_second) {
  constexpr std::uint64_t kNanosecondsPerSecond = 1'000'000'000;
  const unsigned __int128 product =
      static_cast<unsigned __int128>(bytes) * kNanosecondsPerSecond + (bytes_per_second - 1);
  return Duration(static_cast<std::int64_t>(product / bytes_per_second));
}

}  // namespace wavetank::sim
