#pragma once

// Exactly-once processing, judged by what is on the disks: an application reads one topic and
// writes another, one record for each, and every record it has dealt with has exactly one effect
// that a reader of committed transactions can see. Which records it has dealt with is what its
// group has committed. The oracle works the effects out anew, from the stored input.

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "sim/check/judgement.h"
#include "sim/check/stored_log.h"

namespace wavetank::sim {

/// An application that writes the effect of every record of one topic to another.
struct Processing {
  std::string name;
  std::vector<log::PartitionId> from;
  std::vector<log::PartitionId> to;
  std::map<log::PartitionId, log::Offset> done;  ///< its group has committed that all below is
};

class ExactlyOneEffect {
 public:
  /// May be called for several applications.
  void judge(const Processing& processing, std::span<const StoredPartition> partitions);
  [[nodiscard]] reports::InvariantReport report() const { return judgement_.report(); }

 private:
  /// What makes an effect that of a record: the event, and a digest of what it says.
  struct Effect {
    std::uint64_t event = 0;
    std::uint64_t digest = 0;
    const StoredPartition* in = nullptr;
    log::Offset offset;
  };
  [[nodiscard]] static std::vector<Effect> effects_in(const Processing& processing,
                                                      std::span<const StoredPartition> partitions);

  Judgement judgement_{"log/exactly-one-effect"};
};

}  // namespace wavetank::sim
