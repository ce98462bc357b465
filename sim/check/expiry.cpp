#include "sim/check/expiry.h"

#include <algorithm>
#include <functional>
#include <numeric>

namespace wavetank::sim {

namespace {

std::uint64_t bytes_of(const StoredReplica& replica) {
  return std::transform_reduce(replica.units.begin(), replica.units.end(), std::uint64_t{0},
                               std::plus<>(), [](ByteView unit) { return unit.size(); });
}

/// Where compaction has been at work, nobody can tell any more. Else the log of any replica: one
/// that was truncated since had all that the leader left.
bool holds_what_it_keeps(const StoredPartition& partition) {
  const std::uint64_t keeps = partition.config.retention_bytes;
  return keeps > 0 && (partition.config.compacts() ||
                       std::ranges::any_of(partition.replicas, [&](const StoredReplica& replica) {
                         return bytes_of(replica) >= keeps;
                       }));
}

}  // namespace

Expiry::Expiry(std::span<const StoredPartition> partitions, Time now) : now_(now) {
  for (const StoredPartition& partition : partitions) {
    const std::size_t p = partition.id.value();
    logs_.resize(std::max(logs_.size(), p + 1));
    if (const StoredReplica* authority = partition.authority()) {
      logs_[p] = {authority->start, partition.config.retention, holds_what_it_keeps(partition)};
    }
  }
}

bool Expiry::took(const RecordLedger::Entry& entry) const {
  if (!entry.placed || !begins_behind(entry.partition, entry.offset)) {
    return false;
  }
  const Log& log = logs_[entry.partition.value()];
  return log.by_size || entry.intended + log.retention < now_;
}

bool Expiry::begins_behind(log::PartitionId p, log::Offset offset) const {
  return p.value() < logs_.size() && offset < logs_[p.value()].start;
}

}  // namespace wavetank::sim
