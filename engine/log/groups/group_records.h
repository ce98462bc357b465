#pragma once

// What a coordinator writes to the offsets topic: committed offsets, and who is a member of a group
// (format.md, "Consumer groups").

#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include "engine/log/groups/group.h"
#include "engine/log/storage/record_batch.h"

namespace wavetank::log {

struct OffsetRecord {
  std::string_view group;  ///< points into the record
  CommittedOffset committed;
};
struct GroupMetadataRecord {
  std::string_view group;  ///< points into the record
  GroupMetadata metadata;
};
/// monostate: a record of another kind, or of a later version.
using GroupRecord = std::variant<std::monostate, OffsetRecord, GroupMetadataRecord>;

/// One batch, one record a partition. REQUIRES: at least one offset.
Bytes encode_offsets(std::string_view group, std::span<const CommittedOffset> offsets,
                     std::int64_t timestamp_ms);
/// The same, as a part of the producer's transaction.
Bytes encode_offsets(std::string_view group, std::span<const CommittedOffset> offsets,
                     std::int64_t timestamp_ms, ProducerId producer, ProducerEpoch epoch);
/// One batch of one record.
Bytes encode_group(std::string_view group, const GroupMetadata& metadata,
                   std::int64_t timestamp_ms);

GroupRecord decode_group_record(const RecordView& record);

}  // namespace wavetank::log
