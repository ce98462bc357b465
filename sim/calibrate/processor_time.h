#pragma once

// The clock that kernels are timed by: what this thread has had of a processor. Waiting, and who
// else is at work on the machine, is not in it; caches and memory that are shared with them are.

#include "engine/base/time.h"

namespace wavetank::sim {

/// Since the thread began. Asking takes about half a microsecond.
Duration processor_time();

}  // namespace wavetank::sim
