#pragma once

// The audit at the end of a run: what producers were told and consumers were given, held against
// what is on the disks. One walk over the stored records; the verdicts are named after Jepsen's
// analysis of Kafka-like logs (Kingsbury, "Redpanda 21.10.1", 2022).

#include <cstdint>
#include <span>
#include <vector>

#include "reports/result.h"
#include "sim/check/record_ledger.h"
#include "sim/check/stored_log.h"

namespace wavetank::sim {

/// What the system promises, by its configuration; only promises are judged.
struct Promises {
  bool acks_all =
      true;  ///< an acknowledged record is below the high watermark; else it is in the leader's log
  /// The judged group reads committed transactions only: what was aborted is not there for it.
  bool reads_committed = false;
  bool consumed = true;    ///< a judged consumer group reads
  bool idempotent = true;  ///< no record is stored twice, and a producer's records keep their order
};

struct AuditReport {
  reports::Ledger ledger;
  std::vector<reports::LostRecord> lost;  ///< the first kMaxLostListed
  std::vector<Time> lost_at;              ///< when each lost record was acknowledged
  std::vector<reports::InvariantReport> invariants;
};

/// `positions`: by partition, the offset that the judged group will be given next. REQUIRES: the
/// run is over, `ledger` saw all of it.
AuditReport audit(std::span<const StoredPartition> partitions, const RecordLedger& ledger,
                  std::span<const log::Offset> positions, const Promises& promises);

}  // namespace wavetank::sim
