#pragma once

// Replicas as files that are cut, thrown away and stamped: what their recovery did not find again,
// what retention removed, and how wrong the times in them are. Figures for objectives, so that one
// can say that a fault or a setting did something; what must hold of replicas is sim/check's.

#include <cstdint>
#include <vector>

#include "engine/base/time.h"
#include "engine/log/types.h"
#include "reports/result.h"

namespace wavetank::sim {

class LogWatch {
 public:
  explicit LogWatch(std::uint32_t partitions) : replicas_(partitions), starts_(partitions) {}

  /// The replica ends here now: it has appended, or cut its log.
  void ends(NodeId broker, log::PartitionId p, log::Offset end) { end_of(broker, p) = end; }
  /// A process has begun, with this log.
  void recovered(NodeId broker, log::PartitionId p, log::Offset end);
  /// The broker holds the partition no more: another copy may come.
  void removed(NodeId broker, log::PartitionId p) { end_of(broker, p) = log::Offset(); }
  /// Retention has removed what was before.
  void begins(log::PartitionId p, log::Offset start);
  /// Somebody reads a record with this time in it, which was meant to be sent at `intended`.
  void stamped(Time intended, std::int64_t timestamp_ms);

  /// cut_by_recovery, removed and timestamp_behind.
  [[nodiscard]] std::vector<reports::ScalarMetric> scalars() const;

 private:
  log::Offset& end_of(NodeId broker, log::PartitionId p);

  std::vector<std::vector<log::Offset>> replicas_;  ///< where each ends, by partition and broker
  std::vector<log::Offset> starts_;                 ///< by partition: the furthest of its replicas
  std::uint64_t cut_by_recovery_ = 0;
  Duration behind_;
};

}  // namespace wavetank::sim
