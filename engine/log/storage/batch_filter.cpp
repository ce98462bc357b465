#include "engine/log/storage/batch_filter.h"

#include <algorithm>

#include "engine/base/hash.h"
#include "engine/log/storage/batch_compression.h"

namespace wavetank::log {

Bytes with_records(const BatchView& original, const KeptRecords& kept, bool has_delete_horizon,
                   port::Meter& meter) {
  const std::size_t size = kBatchHeaderBytes + kept.bytes.size();
  Bytes batch = Bytes::build(size, [&](std::uint8_t* to) {
    std::copy_n(original.bytes().begin(), kBatchHeaderBytes, to);
    std::ranges::copy(kept.bytes.view(), to + kBatchHeaderBytes);
    const int others = load_be<std::int16_t>(to + kAttributesAt) & ~kCompressionBits;
    store_be(to + kLengthAt, static_cast<std::int32_t>(size - kUncountedBytes));
    store_be(
        to + kAttributesAt,
        static_cast<std::int16_t>(has_delete_horizon ? others | kDeleteHorizonAttribute : others));
    store_be(to + kBaseTimestampAt, kept.base_timestamp_ms);
    store_be(to + kMaxTimestampAt, kept.max_timestamp_ms);
    store_be(to + kRecordCountAt, kept.count);
    store_be(to + kChecksumAt, crc32c({to + kAttributesAt, size - kAttributesAt}));
  });
  const Compression codec = original.compression();
  return codec == Compression::none || kept.count == 0
             ? batch
             : recoded(*BatchView::parse(batch), codec, meter);
}

}  // namespace wavetank::log
