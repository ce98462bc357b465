#pragma once

// stored-intact: what a disk gives back is what was written to it. Names the replica whose bytes
// have rotted: broker, partition, offset.
//
// Every batch carries a checksum (CRC-32C of all behind it), which the engine verifies where
// batches come in and when it recovers, but not for a reader of its own disk; what rots after that
// lies there unseen. This oracle computes the checksums itself, with a table of its own. Replicas
// that share their bytes, as simulated ones do for as long as neither has been touched, are not
// read.
//
// Cannot see: rot that was found and mended before the end (the fault's note and the errors counted
// say so), and what is torn at the end of a file of a broker that is down, which is not rot.

#include "sim/check/judgement.h"
#include "sim/check/stored_log.h"

namespace wavetank::sim {

class StoredIntact {
 public:
  void look_at(const StoredPartition& partition);
  [[nodiscard]] reports::InvariantReport report() const { return judgement_.report(); }

 private:
  Judgement judgement_{"log/stored-intact"};
};

}  // namespace wavetank::sim
