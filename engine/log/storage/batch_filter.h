#pragma once

// What compaction leaves of a batch: some of its records, or none, under the header it had. Offsets
// and sequences stay those of the whole batch, so that what is gone leaves gaps.

#include <algorithm>
#include <optional>

#include "engine/log/storage/record_batch.h"
#include "engine/port/meter.h"

namespace wavetank::log {

/// The records of a filtered batch, encoded against `base_timestamp_ms`.
struct KeptRecords {
  ByteWriter bytes;
  std::int32_t count = 0;
  std::int64_t base_timestamp_ms = 0;
  std::int64_t max_timestamp_ms = 0;
};
/// `original` with these records instead of its own, compressed as they were.
Bytes with_records(const BatchView& original, const KeptRecords& kept, bool has_delete_horizon,
                   port::Meter& meter);

/// A copy of `batch` with those of its records that `keeps(const RecordView&)` accepts. With a
/// horizon (KIP-534), the batch says from now on that its tombstones, or its marker, may go then.
/// REQUIRES: the batch is unpacked.
template <class Keeps>
Bytes filtered_copy(const BatchView& batch, std::optional<std::int64_t> delete_horizon_ms,
                    port::Meter& meter, const Keeps& keeps) {
  if (!delete_horizon_ms) {
    delete_horizon_ms = batch.delete_horizon_ms();
  }
  KeptRecords kept;
  kept.base_timestamp_ms = delete_horizon_ms.value_or(batch.base_timestamp_ms());
  kept.max_timestamp_ms = batch.max_timestamp_ms();
  batch.for_each_record([&](const RecordView& record) {
    if (keeps(record)) {
      kept.max_timestamp_ms = kept.count == 0
                                  ? record.timestamp_ms
                                  : std::max(kept.max_timestamp_ms, record.timestamp_ms);
      encode_record(record, record.timestamp_ms - kept.base_timestamp_ms,
                    static_cast<std::int32_t>(record.offset - batch.base_offset()), kept.bytes);
      ++kept.count;
    }
  });
  return with_records(batch, kept, delete_horizon_ms.has_value(), meter);
}

}  // namespace wavetank::log
