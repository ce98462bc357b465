#pragma once

// Acknowledged records that nobody can be given any more: they are no backlog, for nobody waits for
// them. Found from what the system does, never from a fault:
//
// - A leader begins with a log that ends before records which had been acknowledged: they are gone.
// - A broker acknowledges records, and somebody has begun to lead since without them: likewise.
// - A record that was sent with acks=0 was acknowledged as it left, and nobody knows its offset.
// One
//   that its producer sent to the partition later has been delivered: it came to nothing, or its
//   readers passed it over.
//
// A log may come back with what it had, by an unclean election: what is delivered then was late.

#include <cstdint>
#include <deque>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "sim/check/record_ledger.h"
#include "sim/check/step_invariants.h"
#include "sim/observe/leaderships.h"

namespace wavetank::sim {

class LostRecords {
 public:
  /// REQUIRES: what is looked at outlives it.
  LostRecords(RecordLedger& ledger, const Leaderships& leaderships,
              const StepInvariants& invariants, std::uint32_t partitions)
      : ledger_(ledger),
        leaderships_(leaderships),
        invariants_(invariants),
        acknowledged_to_(partitions),
        passed_over_(partitions) {}

  /// `base`: the offset of the first, as broker `by` has said, at or above 0. The ledger knows.
  void acknowledged(log::PartitionId p, log::Offset base, std::span<const std::uint64_t> ids,
                    NodeId by);
  /// They count as stored, and nobody has said where.
  void acknowledged_somewhere(log::PartitionId p, std::span<const std::uint64_t> ids);
  /// Somebody begins to lead with a log that ends at `end`; `leaderships` knows.
  void led(Time now, log::PartitionId p, log::Offset end);
  /// For the first time.
  void delivered(log::PartitionId p, EventId id);

  /// Tells the ledger of those that leaders have begun without since the last time: a look at all
  /// records, if there are any.
  void tell_ledger();

 private:
  /// What had been acknowledged by then, from this offset on, is gone.
  struct Cut {
    log::PartitionId partition;
    Time at;
    log::Offset from;
  };

  RecordLedger& ledger_;
  const Leaderships& leaderships_;
  const StepInvariants& invariants_;
  std::vector<log::Offset> acknowledged_to_;  ///< by partition
  std::vector<Cut> cuts_;                     ///< that the ledger has not been told of
  /// By instance and partition, ascending: ids of acks=0, nothing after which has been delivered.
  std::map<std::pair<std::uint32_t, log::PartitionId>, std::deque<std::uint64_t>> unplaced_;
  std::vector<std::uint64_t> passed_over_;  ///< by partition: of those, as readers chose
};

}  // namespace wavetank::sim
