#pragma once

// Carries out a scenario's faults: every one begins at its date, or when the event has happened
// that it is bound to, and ends, as an event like any other. Load spikes are part of the arrivals;
// here they are only noted.
//
// A fault bound to an event strikes at the end of the step in which it happens, before anything
// that the step sends has left.

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/random.h"
#include "reports/result.h"
#include "scenarios/schedule.h"
#include "sim/run/coordination_system.h"
#include "sim/run/fault_effects.h"
#include "sim/run/kv_system.h"
#include "sim/run/log_system.h"
#include "sim/run/world.h"

namespace wavetank::sim {

class FaultInjector final : private EventTarget {
 public:
  /// What the scenario does not have is null.
  struct Systems {
    LogSystem* log;
    CoordinationSystem* coordination;
    KvSystem* kv;
  };

  /// REQUIRES: all that is named outlives it.
  FaultInjector(World& world, const Systems& systems, const scenarios::Scenario& scenario);

  /// `heard` is told of every step of a fault as it is carried out. REQUIRES: before `start`.
  void tell(std::function<void(const scenarios::Step&)> heard) { heard_ = std::move(heard); }
  /// Schedules all steps whose time is known.
  void start();
  /// Everything that has been, or will be, done to the system, by time: those of faults bound to
  /// events once they have begun.
  [[nodiscard]] std::vector<scenarios::Step> schedule() const;
  /// As it is carried out: with the date at which it has begun, and the hosts that it strikes.
  [[nodiscard]] const scenarios::Fault& fault(std::size_t index) const {
    return struck_[index].fault;
  }
  [[nodiscard]] bool has_begun(std::size_t index) const { return struck_[index].begun; }
  /// Brokers on the hosts that it has struck, or cut from each other. REQUIRES: it has begun.
  [[nodiscard]] std::vector<NodeId> brokers_struck(std::size_t index) const;
  /// Why it was not carried out, though it was time: it would have struck the last copy of
  /// something, and was to spare it. Mostly empty.
  [[nodiscard]] const std::string& spared(std::size_t index) const { return struck_[index].spared; }
  /// No fault is under way or to come, but for those whose event may yet happen.
  [[nodiscard]] bool over() const;
  /// REQUIRES: it has not begun.
  [[nodiscard]] std::string why_not(std::size_t index) const;
  /// Whether every fault that was bound to an event or to a part has struck: a run in which one has
  /// not is no experiment. One that was spared is as the scenario asks, unless no fault has struck
  /// at all. Nothing if the scenario has none of these.
  [[nodiscard]] std::optional<reports::InvariantReport> all_struck() const;
  /// What the schedule does not say of a fault: where a bit has flipped, who led. Mostly empty.
  [[nodiscard]] const std::string& note(std::size_t fault) const { return struck_[fault].note; }

 private:
  /// A fault as it is carried out.
  struct Struck {
    scenarios::Fault fault;
    bool pending = false;  ///< its event has happened, and it is about to begin
    bool begun = false;
    NodeId where = log::kNoNode;  ///< of its event
    std::string note;
    std::string why_not;  ///< it has not struck though it was time
    std::string spared;   ///< it was not to strike, and why
  };

  void fire(std::uint64_t step) override;
  [[nodiscard]] std::string describe(std::uint64_t step) const override;
  void bind_to_events();
  void event_happened(std::size_t fault, NodeId where);
  void begin_bound(std::uint32_t fault);
  /// Finds out who plays the parts that the fault strikes; false if nobody does.
  bool cast(std::uint32_t fault);
  bool cast(scenarios::Selector& selector, Struck& struck) const;
  /// The partition of which it would strike the last copy, and is to spare it.
  [[nodiscard]] std::optional<log::PartitionId> to_spare(const scenarios::Fault& fault) const;
  void cast_leader(scenarios::Selector& selector, Struck& struck) const;
  void fault_begins(const scenarios::Step& step);
  void log_fault_begins(const scenarios::Step& step);

  World& world_;
  Systems systems_;
  const scenarios::Scenario& scenario_;
  std::vector<scenarios::Step> schedule_;
  std::vector<Struck> struck_;          ///< by fault
  std::unique_ptr<EventWatch> events_;  ///< null: no fault is bound to an event
  FaultEffects effects_;
  std::function<void(const scenarios::Step&)> heard_;  ///< empty: nobody listens
};

}  // namespace wavetank::sim
