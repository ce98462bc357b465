#pragma once

// The markers that end a transaction in a partition's log: control batches of one record, written
// by a leader when the transaction's coordinator says so, and never shown to applications (KIP-98;
// layout in format.md).

#include <cstdint>
#include <optional>

#include "engine/base/bytes.h"
#include "engine/log/storage/record_batch.h"
#include "engine/log/types.h"

namespace wavetank::log {

enum class Outcome : std::int8_t { abort = 0, commit = 1 };

/// What ends a producer's transaction in one partition.
struct EndMarker {
  ProducerId producer;
  ProducerEpoch epoch;  ///< from here on; batches of a lower one are refused
  Outcome outcome = Outcome::abort;
  CoordinatorEpoch coordinator_epoch;  ///< of the coordinator that decided
  friend bool operator==(const EndMarker&, const EndMarker&) = default;
};

/// The control batch of a marker, with base offset 0 and leader epoch -1.
Bytes encode_marker(const EndMarker& marker, std::int64_t timestamp_ms);
/// The marker that a control batch carries; nothing if it is no control batch, or a malformed one.
std::optional<EndMarker> decode_marker(const BatchView& batch);

}  // namespace wavetank::log
