#pragma once

// log/remembers-its-log: what a broker keeps in mind of a replica (where leader epochs begin, by
// which logs are told apart; and what producers wrote last, by which retries are) is what its log
// says. A memory that is wrong does harm only later, to who asks the right question: a follower
// that cuts too much or too little, a producer whose record is taken for stored.
//
// The oracle folds the stored batches itself. Replicas of compacted topics are not judged: their
// memory reaches back to batches that were cleaned away. Cannot see: brokers that are down, and
// what was wrong for a while and has been overwritten.

#include "sim/check/judgement.h"
#include "sim/check/stored_log.h"

namespace wavetank::sim {

class ReplicaMemory {
 public:
  /// When the run is over.
  void look_at(const StoredPartition& partition);
  [[nodiscard]] bool looked() const { return judgement_.looked(); }
  [[nodiscard]] reports::InvariantReport report() const { return judgement_.report(); }

 private:
  Judgement judgement_{"log/remembers-its-log"};
};

}  // namespace wavetank::sim
