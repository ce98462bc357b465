#pragma once

// Makes a failing scenario smaller, as long as it breaks the same rule: first its faults by delta
// debugging (Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", 2002),
// then settings, load, partitions, processes and hosts. Every candidate is run.

#include <cstdint>
#include <functional>
#include <string>

#include "engine/base/result.h"
#include "sim/hunt/trial.h"

namespace wavetank::sim {

struct ShrinkOptions {
  std::size_t jobs = 1;
  TrialBounds bounds;
  std::uint32_t tries_max = 5'000;
};

struct Shrunk {
  std::string scenario;  ///< the least that was found: runs as it stands
  Violation violation;   ///< that it breaks
  std::uint32_t tries = 0;
  std::uint64_t faults_before = 0;
  std::uint64_t faults_after = 0;
  bool finished = false;  ///< else `give_up` or `tries_max` ended it: smaller may be possible
};

struct ShrinkHooks {
  std::function<void(std::uint32_t tries, std::uint64_t faults)> progress;
  std::function<bool()> give_up;
};

/// Shrinks the scenario of this text, which breaks `rule`. Fails if it does not. The result does
/// not depend on the number of jobs, unless it was stopped. REQUIRES: what ChildProcess requires.
Result<Shrunk> shrink(const std::string& scenario, const std::string& rule,
                      const ShrinkOptions& options, const ShrinkHooks& hooks);

}  // namespace wavetank::sim
