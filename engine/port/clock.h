#pragma once

#include "engine/base/time.h"

namespace wavetank::port {

/// What a node's own clock shows when an event reaches a role. Both drift with the node's
/// oscillator; only `wall` jumps when somebody sets the clock.
struct Now {
  Time monotonic;  ///< for timeouts and intervals
  Time wall;       ///< for timestamps in records; nanoseconds since the epoch of the run
};

}  // namespace wavetank::port
