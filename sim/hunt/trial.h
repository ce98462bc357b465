#pragma once

// One run of a scenario in a process of its own, judged for what it broke.

#include <cstdint>
#include <string>
#include <vector>

#include "scenarios/load.h"
#include "sim/run/workers.h"

namespace wavetank::sim {

/// A rule that did not hold: the name of an invariant, or one of the two below.
struct Violation {
  std::string rule;
  std::string first;  ///< the first bad event, for people
};
/// Long after the last fault has healed and the load has ended, something still waits.
inline constexpr const char* kSettlesRule = "hunt/settles";
/// The program itself failed.
inline constexpr const char* kDefectRule = "hunt/defect";

enum class TrialEnd : std::uint8_t {
  held,
  broken,
  unjudged,       ///< a checker gave up
  out_of_budget,  ///< of events, memory or time
  invalid,        ///< not a scenario
};

struct Outcome {
  TrialEnd end = TrialEnd::held;
  std::vector<Violation> violations;  ///< at least one if broken, in the order of the checkers
  std::string why;                    ///< of other ends
  std::string digest;
  double simulated_s = 0;
  std::vector<std::string> marks;  ///< reached (coverage.h), by name
};

struct TrialBounds {
  std::uint64_t events_max = 100'000'000;
  std::uint64_t memory_max_bytes = 4ULL << 30;
  std::chrono::milliseconds wall_max{60'000};
  /// Only rules that hold whatever is lost.
  bool safety_only = false;
};

/// For a child process: runs the scenario of this text, and puts the outcome in words.
std::string run_trial(const std::string& text, const TrialBounds& bounds);
/// What a child that ran it has said.
Outcome outcome_of(const Workers::Answer& answer);

}  // namespace wavetank::sim
