#pragma once

// What could be set otherwise in a scenario: every setting that its file gives or leaves at its
// default, as the scenarios' own description has them, with a lower and a higher value to try.

#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "scenarios/scenario.h"

namespace wavetank::scenarios {

struct Tunable {
  std::string path;   ///< as for --set: "workload[0].producer.linger"
  std::string value;  ///< as it is: "5ms"
  /// Half and double; of what is 0, a first step; of a switch or a choice, the other one; of a
  /// machine, the next ones of its family. Missing: there is none.
  std::optional<std::string> low;
  std::optional<std::string> high;
};

/// Those that matter to most systems (load, sizes, batching, replication, acknowledgements,
/// buffers, timeouts, network), or all with `all`. What stands in faults, objectives and in the
/// run's own frame (duration, seed) is none. In the order of the description.
std::vector<Tunable> tunables(const Scenario& scenario, bool all);

}  // namespace wavetank::scenarios
