#pragma once

// Which fault what went wrong is counted to.

#include <cstdint>
#include <map>
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
  log::PartitionId partition;
  Time acknowledged;
  std::optional<Leaderships::Taken> taken;  ///< nothing: no election tells of it
};

struct Misfortunes {
  std::vector<Loss> lost;
  /// By partition, of those that have lost something: the brokers that have a replica.
  std::map<log::PartitionId, std::vector<NodeId>> replicas;
  std::vector<Duplicated> duplicated;
};

/// When a fault takes what is on the disks that it strikes.
enum class Takes : std::uint8_t { never, when_it_begins, while_it_lasts };

/// A fault that has struck.
struct Suspect {
  reports::FaultReport* report;
  std::vector<NodeId> brokers;  ///< on the hosts that it struck, or cut from each other
  Takes takes = Takes::never;
};

/// Counts each of them to a fault, or to none.
///
/// What is lost cannot have been taken by a fault that was over before it was acknowledged. Of the
/// others that had begun when the first leader without it did, it is counted to the last one that
/// takes data and did so on a replica after the acknowledgement: that took the last copy; or else
/// to the last one that struck the former leader; or else to the last one; or else to none, for
/// leaders change without faults, too. Where no election tells of it (a deposed leader has
/// acknowledged it, its bytes have rotted): to the first one that takes data and did so on a
/// replica after the acknowledgement, or else to the last one under way then, or else to the next,
/// or else to the last of all.
///
/// What is there twice was sent again because its answer was late: it is counted to the first fault
/// that began while it was under way, or else to the last one before that, or else to the first of
/// all. REQUIRES: there are suspects.
void blame(std::span<const Suspect> suspects, const Misfortunes& misfortunes);

}  // namespace wavetank::sim
