#pragma once

// Committed offsets as records of the offsets topic (format.md, "Committed offsets").

#include <optional>
#include <span>
#include <string_view>

#include "engine/log/protocol/protocol.h"
#include "engine/log/storage/record_batch.h"

namespace wavetank::log {

struct OffsetRecord {
  std::string_view group;  ///< points into the record
  CommittedOffset committed;
};

/// One batch, one record a partition. REQUIRES: at least one offset.
Bytes encode_offsets(std::string_view group, std::span<const CommittedOffset> offsets,
                     std::int64_t timestamp_ms);
/// Nothing if the record is none of this kind.
std::optional<OffsetRecord> decode_offset(const RecordView& record);

}  // namespace wavetank::log
