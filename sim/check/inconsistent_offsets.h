#pragma once

// inconsistent-offsets: one offset of a partition, and two records that were there.
//
// A producer was told, or a reader was given, that a record stands at an offset; at the end the log
// has it elsewhere, or the offset holds something else. A record that is stored more than once (a
// retry of a producer that is not idempotent) is where any of its copies is. What was acknowledged
// and is gone without anybody having read it is lost-write's affair.
//
// Cannot see: two records at one offset that were both gone before the end; an offset of which
// nobody was told.

#include <map>
#include <string>

#include "sim/check/judgement.h"
#include "sim/check/record_ledger.h"

namespace wavetank::sim {

class InconsistentOffsets {
 public:
  /// A record met in the log, whose place somebody had been told (`entry.placed`).
  void stored(EventId id, const RecordLedger::Entry& entry, log::PartitionId partition,
              const std::string& name, log::Offset offset);
  /// And met again.
  void stored_again(EventId id, const RecordLedger::Entry& entry, log::PartitionId partition,
                    log::Offset offset);
  /// A record that a reader was given, and that is not in the log.
  void delivered_and_gone(EventId id, const RecordLedger::Entry& entry, const std::string& name);
  /// When the whole log has been read.
  [[nodiscard]] reports::InvariantReport report();

 private:
  struct Elsewhere {
    std::string name;
    log::Offset offset;
    RecordLedger::Entry told;
  };
  std::map<EventId, Elsewhere> elsewhere_;  ///< no copy stands where it was said to be, so far
  Judgement judgement_{"log/inconsistent-offsets"};
};

}  // namespace wavetank::sim
