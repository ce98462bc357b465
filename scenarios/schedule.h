#pragma once

// The steps of a run, written out: everything that is done to the system from outside, with its
// time. The list is stored with the result; replaying it needs neither the scenario's shorthands
// nor random numbers.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/scenario.h"

namespace wavetank::scenarios {

enum class StepKind { load_start, fault_end, fault_begin, load_stop };

struct Step {
  Time at;
  StepKind kind = StepKind::load_start;
  std::uint32_t subject = 0;  ///< index of the workload or of the fault
  std::string action;  ///< "crash"; "restart" where a crash ends, else "crash ends" and so on
  std::string target;  ///< "broker-2"
  std::string detail;  ///< "unsynced bytes lost"
  /// Of a rolling restart: the host whose turn it is, as an index into the scenario's.
  std::optional<std::uint32_t> host = std::nullopt;
};

/// All steps whose time is known, ordered by (time, kind, subject): those of faults that are bound
/// to events are not among them.
std::vector<Step> compile_schedule(const Scenario& scenario);
/// The steps of one fault that begins at `fault.at`; `index` is its number in the scenario.
std::vector<Step> steps_of(const Scenario& scenario, std::uint32_t index, const Fault& fault);
/// By (time, kind, subject).
void sort_by_time(std::vector<Step>& steps);

std::string_view name(StepKind kind);

/// What a broker has not synced, or what it has, may be gone with it: what `spares_last_copy` is
/// for.
bool loses_data(const FaultAction& action);

}  // namespace wavetank::scenarios
