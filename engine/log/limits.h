#pragma once

// Bounds of the log that no setting changes.

#include <cstddef>
#include <cstdint>

namespace wavetank::log {

// --- clients
// ----------------------------------------------------------------------------------------

/// Batches of one partition that an idempotent producer has in flight. A leader recognises a retry
/// among this many batches of a producer (KIP-98), so more could be stored twice.
inline constexpr std::uint32_t kBatchesInFlightPerPartition = 5;

/// Most bytes a record adds to a batch besides key, value and headers: three varints of 5 bytes
/// (length, key length, value length), attributes, deltas of timestamp (10) and offset (5), and a
/// header count (5).
inline constexpr std::size_t kRecordOverheadBytesMax = 36;

}  // namespace wavetank::log
