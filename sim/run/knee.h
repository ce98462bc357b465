#pragma once

// The knee of a figure: the load at which it stops holding. The scenario is run again without its
// faults at other rates, each run in a process of its own.

#include <functional>
#include <optional>
#include <string>

#include "scenarios/scenario.h"
#include "sim/run/child_process.h"

namespace wavetank::sim {

/// What one probe at one rate showed.
struct Probe {
  double rate = 0;         ///< records/s offered
  bool sustained = false;  ///< the load was carried (reports/study/sustained.h)
  std::string bound_by;    ///< "broker-2 cpu 97 %", or what the slow records waited for
  std::string failure;     ///< why the probe came to no verdict; empty if it did
};

struct KneeResult {
  /// The greatest rate that was sustained and the least that was not; missing where the search's
  /// bounds were reached first.
  std::optional<double> sustained;
  std::optional<double> broken;
  std::string bound_by;  ///< of the least rate that was not sustained
  std::string failure;   ///< of the probe that ended the search without a verdict; else empty
  int probes = 0;
};

/// Searches while this process does something else: in a process of its own, which starts one for
/// every probe. REQUIRES: this process has not built a world yet.
class KneeSearch {
 public:
  KneeSearch(const scenarios::Scenario& scenario, const scenarios::Knee& knee);
  /// Waits for the end of the search.
  /// `give_up`: asked now and then; once it says so, the search ends without a result.
  KneeResult finish(const std::function<bool()>& give_up = {});

 private:
  ChildProcess searcher_;
};

/// The search over any probe, by a Bracket. REQUIRES: from > 0, to >= from.
KneeResult search_knee(const scenarios::Knee& knee, const std::function<Probe(double rate)>& probe);

}  // namespace wavetank::sim
