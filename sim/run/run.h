#pragma once

// One run of a scenario, from an empty world to a result.

#include <functional>
#include <optional>

#include "engine/base/result.h"
#include "reports/baseline.h"
#include "reports/result.h"
#include "scenarios/scenario.h"

namespace wavetank::sim {

class CoordinationSystem;
class FaultInjector;
class Kernel;
class KvSystem;
class LogSystem;
class World;

/// A run from inside. What the scenario does not have is null.
struct RunParts {
  World& world;
  FaultInjector& faults;
  LogSystem* log = nullptr;
  CoordinationSystem* coordination = nullptr;
  KvSystem* kv = nullptr;
};

/// Somebody who looks at a run from inside, and changes nothing.
class RunWatcher {
 public:
  virtual ~RunWatcher() = default;
  /// Everything is in its place, and nothing has been started.
  virtual void built(const RunParts& parts) = 0;
  /// When it wants to look next; never: not any more.
  [[nodiscard]] virtual Time looks_at() const = 0;
  /// All that is dated until then, and nothing later, has happened.
  virtual void look() = 0;
  /// The run is over, and has not been judged yet.
  virtual void ended() = 0;
};

/// What a run may ask of whoever started it, every kReportInterval of simulated time.
struct RunHooks {
  /// The world stands, and nothing has happened in it.
  std::function<void(Kernel&)> begins = {};
  /// How far it is.
  std::function<void(Time now, Time end)> progress;
  /// The run is over, and the search for the knee of this figure is waited for.
  std::function<void(const std::string& figure)> searching = {};
  /// Set to end the run early with a partial result.
  std::function<std::optional<reports::Partial>(Time now, Time end)> interrupted;
  /// The result, and what was seen second by second, of which the result keeps only a part.
  std::function<void(const reports::RunResult&, const reports::Evidence&)> concluded = {};
  /// What objectives that speak of a baseline are held against; null: they are unknown.
  const reports::Baseline* baseline = nullptr;
  /// The run ends early with a partial result when this many events have happened.
  std::uint64_t events_max = UINT64_MAX;
  /// Null: nobody looks.
  RunWatcher* watcher = nullptr;
};

inline constexpr Duration kReportInterval = milliseconds(100);

/// Runs the scenario, the searches for its knees beside it (where `knees`: they take as long as
/// several short runs). Fails if the world cannot be built. REQUIRES: no other run in this process
/// (SimGrid has one engine): tests, knees and sweeps fork.
Result<reports::RunResult> run(const scenarios::Scenario& scenario, const RunHooks& hooks,
                               bool knees = false);

}  // namespace wavetank::sim
