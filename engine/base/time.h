#pragma once

// Time is an integer count of nanoseconds; it never touches a double on its way through the
// simulation. `Time` is a point, `Duration` a length: they cannot be mixed up.

#include <compare>
#include <cstdint>
#include <limits>

namespace wavetank {

class Duration {
 public:
  constexpr Duration() = default;
  constexpr explicit Duration(std::int64_t ns) : ns_(ns) {}

  [[nodiscard]] constexpr std::int64_t ns() const { return ns_; }
  /// For reports and models only; the kernel never computes with it.
  [[nodiscard]] constexpr double seconds() const { return static_cast<double>(ns_) * 1e-9; }
  /// Milliseconds rounded down, the unit of record timestamps and protocol timeouts.
  [[nodiscard]] constexpr std::int64_t ms() const { return ns_ / 1'000'000; }

  friend constexpr auto operator<=>(Duration, Duration) = default;
  friend constexpr Duration operator+(Duration a, Duration b) { return Duration(a.ns_ + b.ns_); }
  friend constexpr Duration operator-(Duration a, Duration b) { return Duration(a.ns_ - b.ns_); }
  friend constexpr Duration operator*(Duration a, std::int64_t n) { return Duration(a.ns_ * n); }
  friend constexpr Duration operator*(std::int64_t n, Duration a) { return Duration(a.ns_ * n); }
  friend constexpr Duration operator/(Duration a, std::int64_t n) { return Duration(a.ns_ / n); }
  friend constexpr std::int64_t operator/(Duration a, Duration b) { return a.ns_ / b.ns_; }
  constexpr Duration& operator+=(Duration d) {
    ns_ += d.ns_;
    return *this;
  }

 private:
  std::int64_t ns_ = 0;
};

/// Nanoseconds since the start of the run (simulated time) or since a node's own epoch.
class Time {
 public:
  constexpr Time() = default;
  constexpr explicit Time(std::int64_t ns) : ns_(ns) {}

  [[nodiscard]] constexpr std::int64_t ns() const { return ns_; }
  [[nodiscard]] constexpr double seconds() const { return static_cast<double>(ns_) * 1e-9; }
  [[nodiscard]] constexpr std::int64_t ms() const { return ns_ / 1'000'000; }
  /// Later than every time a run can reach.
  static constexpr Time never() { return Time(std::numeric_limits<std::int64_t>::max()); }

  friend constexpr auto operator<=>(Time, Time) = default;
  friend constexpr Time operator+(Time t, Duration d) { return Time(t.ns_ + d.ns()); }
  friend constexpr Time operator-(Time t, Duration d) { return Time(t.ns_ - d.ns()); }
  friend constexpr Duration operator-(Time a, Time b) { return Duration(a.ns_ - b.ns_); }
  constexpr Time& operator+=(Duration d) {
    ns_ += d.ns();
    return *this;
  }

 private:
  std::int64_t ns_ = 0;
};

constexpr Duration nanoseconds(std::int64_t n) {
  return Duration(n);
}
constexpr Duration microseconds(std::int64_t n) {
  return Duration(n * 1'000);
}
constexpr Duration milliseconds(std::int64_t n) {
  return Duration(n * 1'000'000);
}
constexpr Duration seconds(std::int64_t n) {
  return Duration(n * 1'000'000'000);
}

}  // namespace wavetank
