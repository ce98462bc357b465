#pragma once

// Watches a run and takes its testimony. A run that is watched is no other run.

#include <functional>
#include <string>

#include "sim/kernel/kernel.h"
#include "sim/run/run.h"
#include "sim/verify/testimony.h"

namespace wavetank::sim {

class Witness final : private EventTracer {
 public:
  /// Events within `stretch` are told in full, and the run ends when they are over. Nothing of it
  /// is traced if it is empty.
  explicit Witness(Stretch stretch = {}) : stretch_(stretch) {}
  Witness(const Witness&) = delete;
  Witness& operator=(const Witness&) = delete;

  /// Adds itself to what the hooks do already. REQUIRES: outlives the run.
  void attend(RunHooks& hooks);

  std::function<void(const Checkpoint&)> on_checkpoint = {};
  std::function<void(const EventRecord&)> on_event = {};

 private:
  void fires(const Firing& event) override;
  void fired(std::uint64_t digest, std::uint64_t scheduled) override;

  Stretch stretch_;
  const Kernel* kernel_ = nullptr;
  EventRecord event_;
  bool is_told_ = false;  ///< the event that fires
};

/// What a witness in a process of its own does: runs the scenario, and says its testimony to `say`
/// piece by piece. `hooks` is what else takes part in the run; in the program, nothing.
void testify(const scenarios::Scenario& scenario, Stretch stretch, bool knees,
             const std::function<void(std::string_view)>& say, RunHooks hooks = {});

}  // namespace wavetank::sim
