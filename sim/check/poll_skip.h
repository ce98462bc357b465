#pragma once

// poll-skip: a reader is taken past a record without being given it.
//
// Offsets alone do not tell: compaction, transaction markers and aborted records leave gaps that
// are right. So gaps are noted while the run goes on, and judged at the end by what the log holds
// within them; and no record below a reader's last position may have gone without any delivery.
// What a group passes over by its own choice (it begins at the end, or resets an offset that is out
// of range) is not skipped.
//
// Cannot see: a skipped record that retention or compaction has removed since. Beyond kMaxGaps gaps
// the verdict can be fail, but not pass.

#include <string>
#include <vector>

#include "engine/base/ids.h"
#include "sim/check/judgement.h"
#include "sim/check/record_ledger.h"

namespace wavetank::sim {

class PollSkip {
 public:
  static constexpr std::size_t kMaxGaps = 65'536;

  explicit PollSkip(std::uint32_t partitions) : gaps_(partitions) {}

  // While the run goes on:
  /// A reader was given `to` right after what is before `from`. REQUIRES: from < to.
  void jumped(NodeId reader, log::PartitionId p, log::Offset from, log::Offset to, Time now);

  // When it is over:
  /// A record of the log that readers should be given. `passed`: its reader's position is beyond
  /// it. REQUIRES: those of a partition come one after the other, ascending.
  void stored(EventId id, bool delivered, bool passed, log::PartitionId p, const std::string& name,
              log::Offset offset);
  [[nodiscard]] reports::InvariantReport report() const { return judgement_.report(); }

 private:
  struct Gap {
    NodeId reader;
    log::Offset from;
    log::Offset to;
    Time at;
  };
  static void join(std::vector<Gap>& gaps);
  [[nodiscard]] const Gap* gap_around(log::PartitionId p, log::Offset offset);

  std::vector<std::vector<Gap>> gaps_;  ///< by partition; as they came until `joined_`
  std::size_t gap_count_ = 0;
  bool joined_ = false;
  Judgement judgement_{"log/poll-skip"};
};

}  // namespace wavetank::sim
