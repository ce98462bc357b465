#pragma once

// unseen: an acknowledged record, in the log, that no reader has been given though there was time.
//
// After the load a run goes on until everything is delivered, or its drain is over. Where a record
// is left that lies at or above the position of its reader, nothing was skipped (poll-skip), but
// somebody stands still: a liveness failure. It is one only if the partition is led and its reader
// has not been given anything for kPatience; while it still reads, or where nobody leads, or when
// the run was cut short, the verdict is unknown.
//
// Cannot see: records whose producer never heard of them; groups other than the judged one.

#include <string>

#include "sim/check/judgement.h"
#include "sim/check/record_ledger.h"

namespace wavetank::sim {

class Unseen {
 public:
  /// Longer than a request that vanishes keeps a client waiting by default.
  static constexpr Duration kPatience = seconds(45);

  /// How reading stands when the run is over.
  struct Reader {
    bool can_read = false;  ///< the partition is led, and the run was not cut short
    Duration idle;          ///< since it was given something of this partition
  };

  /// An acknowledged record that is stored.
  void acknowledged(EventId id, const RecordLedger::Entry& entry, const std::string& partition,
                    const Reader& reader);
  [[nodiscard]] reports::InvariantReport report() const { return judgement_.report(); }

 private:
  Judgement judgement_{"log/unseen"};
};

}  // namespace wavetank::sim
