#pragma once

// How much of a resource has been used: the meter that processors, disks and links share.

#include <cstdint>

#include "engine/base/time.h"

namespace wavetank::sim {

/// The integral over time of the number of servers at work. Utilisation between two dates is the
/// difference of `total` over (servers * elapsed).
class BusyTime {
 public:
  /// From `now` on, `active` servers are at work. REQUIRES: dates do not go back.
  void set(Time now, std::uint32_t active) {
    total_ = total(now);
    since_ = now;
    active_ = active;
  }
  [[nodiscard]] Duration total(Time now) const { return total_ + (now - since_) * active_; }
  [[nodiscard]] std::uint32_t active() const { return active_; }

 private:
  Duration total_;
  Time since_;
  std::uint32_t active_ = 0;
};

}  // namespace wavetank::sim
