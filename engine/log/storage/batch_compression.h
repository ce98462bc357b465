#pragma once

// Batches whose records are compressed: how a reader opens them, and how a leader stores them by
// another codec than the producer's. What it takes is charged to the meter.

#include <optional>

#include "engine/log/storage/record_batch.h"
#include "engine/port/meter.h"

namespace wavetank::log {

/// A view whose records can be visited; they are in `room` then, which must live as long. Nothing
/// if they cannot be unpacked. A batch that is not compressed is given back as it is.
std::optional<BatchView> unpacked(const BatchView& batch, Bytes& room, port::Meter& meter);

/// The same batch with its records compressed by `codec`. REQUIRES: `batch` is unpacked, and holds
/// at most limits::kUnpackedBatchBytes.
Bytes recoded(const BatchView& batch, Compression codec, port::Meter& meter);

/// Charges the compression of so many bytes. Nothing for Compression::none.
void charge_packing(Compression codec, std::size_t bytes, port::Meter& meter);

}  // namespace wavetank::log
