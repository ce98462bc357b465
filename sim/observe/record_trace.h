#pragma once

// Hears of single records on their way from one application to another, if anybody listens: what
// the history of a record is made of beside what brokers say (log::Probe). Must not change
// anything.

#include <cstdint>
#include <span>

#include "engine/log/storage/record_batch.h"
#include "engine/log/types.h"
#include "sim/check/record_ledger.h"

namespace wavetank::sim {

class RecordTrace {
 public:
  virtual ~RecordTrace() = default;
  /// It is due.
  virtual void produced(EventId id) = 0;
  /// The producer has taken it.
  virtual void accepted(EventId id) = 0;
  /// It has gone into a request to the partition's leader; `attempt` counts from 1.
  virtual void sent(log::PartitionId p, std::span<const std::uint64_t> ids, int attempt) = 0;
  virtual void acknowledged(log::PartitionId p, log::Offset base,
                            std::span<const std::uint64_t> ids) = 0;
  virtual void refused(std::span<const std::uint64_t> ids) = 0;
  /// The judged group has been handed a batch: its records from `from` on.
  virtual void delivered(NodeId reader, log::PartitionId p, const log::BatchView& batch,
                         log::Offset from) = 0;
};

}  // namespace wavetank::sim
