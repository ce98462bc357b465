#pragma once

// Who has led each partition, since when, and how far its log reached then: what a leader did not
// have when it began, and had been acknowledged before, is lost by its election.

#include <optional>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/time.h"
#include "engine/log/types.h"

namespace wavetank::sim {

class Leaderships {
 public:
  /// A leader that began without a record.
  struct Taken {
    Time at;
    NodeId former;  ///< who led before; kNoNode: nobody had
    friend bool operator==(const Taken&, const Taken&) = default;
  };

  /// REQUIRES: in the order of time.
  void began(Time now, log::PartitionId p, NodeId leader, log::Offset end);
  /// The first leader without the record of this offset, of those that began after it had been
  /// acknowledged. Nothing: all have had one of that offset.
  [[nodiscard]] std::optional<Taken> without(log::PartitionId p, log::Offset offset,
                                             Time acknowledged) const;
  /// The log of some leader that began after the last reign of `by` ended at or before this offset.
  [[nodiscard]] bool ended_before(log::PartitionId p, log::Offset offset, NodeId by) const;

 private:
  struct Reign {
    Time began;
    NodeId leader;
    log::Offset end;
  };
  std::vector<std::vector<Reign>> reigns_;  ///< by partition
};

}  // namespace wavetank::sim
