#pragma once

// duplicate: one record at two offsets of the log.
//
// A producer with sequence numbers is promised that its retries are stored once (KIP-98). Both
// sides are looked at: what is stored when the run is over, and what readers were given meanwhile,
// which also catches a duplicate that was truncated again.
//
// Cannot see: a record that its application sent twice (each has an identity of its own); a
// redelivery of the same offset, which a consumer that resumes at its committed offset is owed.

#include <span>
#include <string>

#include "sim/check/judgement.h"
#include "sim/check/record_ledger.h"

namespace wavetank::sim {

class Duplicate {
 public:
  /// A record met in the log; `copies`: how often it has been met before.
  void stored(EventId id, const std::string& partition, log::Offset offset, unsigned copies);
  /// Readers were given these at a second offset.
  void delivered_twice(std::span<const EventId> records);
  [[nodiscard]] reports::InvariantReport report() const { return judgement_.report(); }

 private:
  Judgement judgement_{"log/duplicate"};
};

}  // namespace wavetank::sim
