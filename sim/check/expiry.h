#pragma once

// What retention has taken, and whether it was entitled to.
//
// A log that begins at an offset behind 0 has thrown away what was before. It may do so with what
// is older than the topic's retention, and by size as long as retention_bytes are left (when they
// are compacted too, what was left then cannot be seen any more). Only what was taken with good
// reason has expired; anything else that is gone is lost, and lost-write's affair.
//
// Cannot see: a record removed too early that has grown old enough since.

#include <span>
#include <vector>

#include "sim/check/record_ledger.h"
#include "sim/check/stored_log.h"

namespace wavetank::sim {

class Expiry {
 public:
  /// `now`: the end of the run.
  Expiry(std::span<const StoredPartition> partitions, Time now);

  /// The record is of a place that its log has thrown away, and was entitled to.
  [[nodiscard]] bool took(const RecordLedger::Entry& entry) const;
  /// The log begins behind this offset, so that a reader who asked for it was right to go on
  /// elsewhere.
  [[nodiscard]] bool begins_behind(log::PartitionId p, log::Offset offset) const;

 private:
  struct Log {
    log::Offset start;
    Duration retention;
    bool by_size = false;  ///< it may have been more than it keeps
  };
  std::vector<Log> logs_;  ///< by partition
  Time now_;
};

}  // namespace wavetank::sim
