#pragma once

// lost-write: an acknowledged record that is gone.
//
// Kingsbury's Kafka workload calls a write lost if it was acknowledged, and readers saw later
// offsets of its partition but never it. Here the disks themselves are read when the run is over,
// so that no reader need have been near: with acks=all an acknowledged record must lie below the
// high watermark of the latest leader, with less in that leader's log.
//
// Cannot see: a record that was lost and came back before the end; what retention was entitled to
// throw away (expiry.h; the audit does not ask about it). Where nobody leads a partition at the
// end, its verdict can be fail, but not pass.

#include <string>

#include "sim/check/judgement.h"
#include "sim/check/record_ledger.h"

namespace wavetank::sim {

class LostWrite {
 public:
  /// An acknowledged record, and whether it is in the log. `where`: the partition it was said to be
  /// in.
  void acknowledged(EventId id, const RecordLedger::Entry& entry, bool stored,
                    const std::string& where);
  void nobody_leads() { judgement_.lack_evidence(); }
  [[nodiscard]] reports::InvariantReport report() const { return judgement_.report(); }

 private:
  Judgement judgement_{"log/lost-write"};
};

}  // namespace wavetank::sim
