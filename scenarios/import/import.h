#pragma once

// Scenarios made of files that people have: loads of the OpenMessaging Benchmark, and faults of
// Toxiproxy, Chaos Toolkit and Chaos Mesh, which are laid over a scenario. What cannot be carried
// over, or only as something else, is said of every value that it concerns; none is dropped in
// silence.

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/time.h"
#include "scenarios/diagnostic.h"
#include "scenarios/document.h"
#include "scenarios/scenario.h"

namespace wavetank::scenarios {

enum class Dialect { omb, toxiproxy, chaostoolkit, chaosmesh };

struct ImportSource {
  std::string name;  ///< of the file
  std::string text;
};

struct ImportOptions {
  // Of loads:
  std::optional<Duration> duration;  ///< warm-up included, instead of what the file says
  std::uint32_t brokers = 3;         ///< at least as many as there are replicas
  std::string broker_type = "i3en.2xlarge";
  std::string worker_type = "m5.2xlarge";
  std::uint32_t workers = 4;
  double searched_rate = 10'000;  ///< records/s where the file asks for the greatest
  // Of faults:
  std::map<std::string, std::string> hosts;  ///< "app=kafka" or "kafka": the hosts that it is here
  std::optional<Duration> at;                ///< when the first begins; default: a third of the run
  std::optional<Duration> lasts;  ///< of those that say nothing themselves; default: a third
  Duration restarts_after = seconds(10);  ///< what is killed and started by an orchestrator
};

struct Imported {
  std::optional<Value> scenario;  ///< a document that loads; present exactly if nothing is an error
  std::vector<Diagnostic> notes;  ///< errors, and of warnings one a value that is not carried over
};

/// A workload, and a driver if there is one, in any order.
Imported import_omb(std::span<const ImportSource> sources, const ImportOptions& options);

/// Faults, over a scenario that has loaded. REQUIRES: no dialect of loads.
Imported import_faults(Dialect dialect, std::span<const ImportSource> sources, const Scenario& onto,
                       const ImportOptions& options);

}  // namespace wavetank::scenarios
