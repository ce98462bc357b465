#pragma once

// How a coordinator inside a broker writes to a partition of its own topic: as a produce request
// with acks=all would, but within the broker.

#include <cstdint>

#include "engine/log/protocol/step.h"
#include "engine/log/types.h"

namespace wavetank::log {

/// Chosen by the writer, not 0; handed back when the write is decided.
using WriteTicket = std::uint64_t;

class CoordinatorWrites {
 public:
  virtual ~CoordinatorWrites() = default;
  /// Appends the batch. If that gives an error, nothing was appended; otherwise the writer is told
  /// by its ticket, at the end of this step or of a later one, whether the replicas have it.
  virtual ErrorCode write(const Step& step, PartitionId p, const Bytes& batch,
                          WriteTicket ticket) = 0;
};

}  // namespace wavetank::log
