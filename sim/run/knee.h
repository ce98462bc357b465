#pragma once

// The knee of a figure: the load at which it stops holding. The scenario is run again without its
// faults at other rates, each run in a process of its own.

#include <functional>
#include <optional>
#include <string>

#include "scenarios/scenario.h"

namespace wavetank::sim {

/// What one probe at one rate showed.
struct Probe {
  double rate = 0;         ///< records/s offered
  bool sustained = false;  ///< everything delivered, nothing lost or refused, no growing backlog
  std::string bound_by;    ///< the busiest resource: "broker-2 cpu (97 %)"
};

struct KneeResult {
  /// The greatest rate that was sustained and the least that was not; missing where the search's
  /// bounds were reached first.
  std::optional<double> sustained;
  std::optional<double> broken;
  std::string bound_by;  ///< of the least rate that was not sustained
  int probes = 0;
};

/// Greatest number of probes of one search.
inline constexpr int kMaxProbes = 24;

/// Doubles the rate until it is not sustained, then bisects until the bracket is narrower than
/// knee.precision of its middle. `probed` (may be empty) is told of every probe. Forks: call it
/// while this process has not built a world.
KneeResult find_knee(const scenarios::Scenario& scenario, const scenarios::Knee& knee,
                     const std::function<void(const Probe&)>& probed);

/// The search itself over any probe. REQUIRES: from > 0, to >= from.
KneeResult search_knee(const scenarios::Knee& knee, const std::function<Probe(double rate)>& probe);

}  // namespace wavetank::sim
