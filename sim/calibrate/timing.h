#pragma once

// What was timed: work as the engine itself charges it, and the time that it took.

#include <cstdint>

#include "engine/base/time.h"
#include "engine/port/meter.h"

namespace wavetank::sim {

struct Timing {
  port::Meter work;
  Duration took;            ///< of a processor
  std::uint64_t units = 0;  ///< records, or blocks of bytes

  [[nodiscard]] double unit_ns() const {
    return static_cast<double>(took.ns()) / static_cast<double>(units);
  }
};

}  // namespace wavetank::sim
