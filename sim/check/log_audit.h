#pragma once

// The audit at the end of a run: what producers were told and consumers were given, held against
// what is on the disks. One walk over the stored records and one over the ledger feed the checkers,
// which stand in files of their own and have the names of Jepsen's workload for Kafka-like logs
// (Kingsbury, "Redpanda 21.10.1", 2022). The audit itself judges that nobody stored or read a
// record that was never produced (log/phantom), that replicas agree below their high watermarks
// (log/replicas-equal), and that every record is accounted for (ledger/conservation).

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "reports/result.h"
#include "sim/check/event_keys.h"
#include "sim/check/passed_over.h"
#include "sim/check/poll_skip.h"
#include "sim/check/record_ledger.h"
#include "sim/check/stored_log.h"

namespace wavetank::sim {

/// What a producer is promised, by its configuration.
struct ProducerPromise {
  bool acks_all =
      true;  ///< an acknowledged record is below the high watermark; else it is in the leader's log
  bool idempotent = true;  ///< no record is stored twice, and its records keep their order
};

/// Only promises are judged.
struct Promises {
  std::vector<ProducerPromise> producers = {};  ///< by instance; of one that is missing: all
  bool consumed = true;                         ///< a judged consumer group reads
};

/// How far the judged group has come.
struct Reading {
  std::span<const log::Offset> positions;  ///< by partition: what it will be given next
  PollSkip skips;                          ///< what it was taken past
  /// By partition: what it has passed over by its own choice; empty: nothing.
  std::span<const std::vector<PassedOver>> passed_over = {};
  /// By partition: when it was last given something, or set to a position; missing: nobody reads
  /// it.
  std::span<const std::optional<Time>> last_given = {};
  Time now;                ///< the end of the run
  bool cut_short = false;  ///< before everything could settle
};

/// An acknowledged record that is gone.
struct LostFrom {
  Time acknowledged;
  log::PartitionId partition;
  std::optional<log::Offset> offset;  ///< nothing: nobody has said
};

/// A record that is stored, or was given to readers, more than once.
struct Duplicated {
  Time due;
  Time acknowledged;  ///< never: nobody was told
};

struct AuditReport {
  reports::Ledger ledger;
  std::vector<reports::LostRecord> lost;  ///< the first kMaxLostListed
  std::vector<LostFrom> lost_from;        ///< each lost record
  std::vector<Duplicated> duplicated;     ///< as often as the ledger counts
  std::vector<reports::InvariantReport> invariants;
};

/// `keys`: of the records of topics that are compacted. REQUIRES: the run is over, `ledger` saw all
/// of it.
AuditReport audit(std::span<const StoredPartition> partitions, const RecordLedger& ledger,
                  const EventKeys& keys, const Reading& reading, const Promises& promises);

}  // namespace wavetank::sim
