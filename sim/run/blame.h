#pragma once

// Which fault what went wrong is counted to.

#include <optional>
#include <span>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/time.h"
#include "reports/result.h"
#include "sim/check/log_audit.h"
#include "sim/observe/leaderships.h"

namespace wavetank::sim {

/// An acknowledged record that is gone.
struct Loss {
  Time acknowledged;
  std::optional<Leaderships::Taken> taken;  ///< nothing: no election tells of it
};

struct Misfortunes {
  std::vector<Loss> lost;
  std::vector<Duplicated> duplicated;  ///< each copy too many
};

/// A fault that has struck.
struct Suspect {
  reports::FaultReport* report;
  std::vector<NodeId> brokers;  ///< on the hosts that it struck
};

/// Counts each of them to a fault. What is lost, to the last one that had struck the former leader
/// when the first leader without it began, or else to the last one before that, or else to the
/// first after the acknowledgement. What is there twice was sent again because its answer was late:
/// it is counted to the first fault that began while it was under way, or else to the last one
/// before that, or else to the first of all. REQUIRES: there are suspects.
void blame(std::span<const Suspect> suspects, const Misfortunes& misfortunes);

}  // namespace wavetank::sim
