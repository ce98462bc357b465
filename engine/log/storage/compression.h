#pragma once

// The codecs of a batch's records (format.md, "Compressed records"): one call each way, on whole
// batches. Nothing is kept between calls, and the same bytes give the same bytes.

#include <optional>

#include "engine/base/bytes.h"
#include "engine/base/codec.h"
#include "engine/log/types.h"

namespace wavetank::log {

/// The compressed form of `plain`, written to `room`, whose content it replaces. REQUIRES: a codec,
/// not `none`; at most limits::kUnpackedBatchBytes.
ByteView compress(Compression codec, ByteView plain, ByteWriter& room);

/// Nothing if the bytes are not one whole frame of this codec, or unpack to more than
/// limits::kUnpackedBatchBytes. REQUIRES: a codec.
std::optional<Bytes> decompress(Compression codec, ByteView packed);

}  // namespace wavetank::log
