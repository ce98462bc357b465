#pragma once

// Everything that listens to a run that is looked into, put between the roles and their observers.

#include <functional>
#include <memory>
#include <vector>

#include "sim/replay/in_flight.h"
#include "sim/replay/record_listener.h"
#include "sim/replay/recorders.h"
#include "sim/replay/transitions.h"
#include "sim/run/run.h"

namespace wavetank::sim {

class Listeners {
 public:
  /// `records` may be null: nobody follows any. `told`: called after what brokers and controllers
  /// have told. REQUIRES: nothing has been started; all outlive it.
  Listeners(const RunParts& parts, RecordListener* records, const std::function<void()>& told);
  Listeners(const Listeners&) = delete;
  Listeners& operator=(const Listeners&) = delete;

  [[nodiscard]] const Transitions& transitions() const { return transitions_; }
  [[nodiscard]] const FaultsUnderWay& faults() const { return faults_; }

 private:
  /// At the processes on the hosts that it strikes.
  void fault(const scenarios::Step& step);
  [[nodiscard]] std::vector<NodeId> struck(const scenarios::FaultAction& action) const;

  RunParts parts_;
  Transitions transitions_;
  Notes notes_;
  ProcessRecorder processes_;
  FaultsUnderWay faults_;
  std::unique_ptr<LogRecorder> log_;
  std::unique_ptr<CoordinationRecorder> coordination_;
  std::unique_ptr<QuorumRecorder> kv_;
};

}  // namespace wavetank::sim
