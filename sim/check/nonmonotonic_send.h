#pragma once

// nonmonotonic-send: a producer's records in a partition in another order than it sent them.
//
// Promised to a producer with sequence numbers, whatever it has in flight (KIP-98), and to one with
// a single request in flight. A producer process numbers its records as it sends them; here the
// offsets of the records of one process in one partition must ascend with these numbers, both as
// they were acknowledged and as they are stored.
//
// Cannot see: the order between partitions or between processes, which nobody promises; records of
// acks=0, whose producer is not told an offset, but by their place in the log. Records that are
// lost are lost-write's affair: that later ones then stand at lower offsets is not told again here.

#include <cstdint>
#include <string>
#include <vector>

#include "sim/check/judgement.h"
#include "sim/check/record_ledger.h"

namespace wavetank::sim {

class NonmonotonicSend {
 public:
  /// Acknowledged records that are stored. REQUIRES: those of a process come one after the other,
  /// in the order sent.
  void said(EventId id, const RecordLedger::Entry& entry);
  /// Records met in the log. REQUIRES: those of a partition come one after the other, ascending.
  void stored(EventId id, log::PartitionId partition, const std::string& name, log::Offset offset);
  [[nodiscard]] reports::InvariantReport report() const { return judgement_.report(); }

 private:
  /// The last record of a process in a partition, so far.
  struct Last {
    std::uint64_t owner = kNobody;  ///< the process, or the partition, that the walk was at
    EventId id;
    log::Offset offset;
  };
  static constexpr std::uint64_t kNobody = ~0ULL;

  std::vector<Last> said_;    ///< by partition
  std::vector<Last> stored_;  ///< by process
  Judgement judgement_{"log/nonmonotonic-send"};
};

}  // namespace wavetank::sim
