#include "sim/calibrate/processor_time.h"

#include <time.h>

#include "engine/base/ensure.h"

namespace wavetank::sim {

Duration processor_time() {
  timespec now{};
  ENSURE(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0, "threads have clocks");
  return seconds(now.tv_sec) + nanoseconds(now.tv_nsec);
}

}  // namespace wavetank::sim
