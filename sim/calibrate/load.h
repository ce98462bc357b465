#pragma once

// A load of the replicated log by which a machine is timed, and by which the simulation of that
// machine is held against it: so many records through producer, brokers and readers, as fast as
// they go. The same roles with the same settings and records once on the bare host in real time,
// and once under the simulator.

#include <cstdint>
#include <string>

#include "engine/base/result.h"
#include "models/costs.h"
#include "sim/calibrate/timing.h"

namespace wavetank::sim {

struct Load {
  std::string name;
  std::uint64_t records = 0;
  std::uint32_t record_bytes = 200;
  std::uint32_t batch_bytes = 16'384;
  std::uint32_t partitions = 6;
  std::uint32_t brokers = 1;  ///< and copies; every one of them must have a record
  std::string compression = "none";
  std::uint32_t readers = 0;  ///< members of one group
  bool reads_later = false;   ///< when all is written; then reading is what is timed
};

/// On the bare host, in a process of its own: the quickest of some times.
Result<Timing> measured(const Load& load);

/// What the same takes of the processors of a simulated cluster of `this-core` machines with these
/// costs; in a process of its own. Only `took` and `units` are filled in.
Result<Timing> simulated(const Load& load, const models::MeasuredCosts& costs);

}  // namespace wavetank::sim
