#include "engine/log/storage/record_batch.h"

#include <algorithm>
#include <limits>

#include "engine/base/ensure.h"
#include "engine/base/hash.h"
#include "engine/log/storage/compression.h"

namespace wavetank::log {

namespace {

constexpr std::int8_t kMagic = 2;
/// Length, attributes, both deltas, both lengths and the header count take a byte each at least.
constexpr std::size_t kLeastRecordBytes = 7;
/// Greatest sizes of a record's length (5), attributes (1), timestamp delta (10), offset delta (5).
constexpr std::size_t kRecordOverheadBytes = 21;

constexpr bool is_known(int codec) {
  switch (static_cast<Compression>(codec)) {
    case Compression::none:
    case Compression::lz4:
    case Compression::zstd:
      return true;
  }
  return false;
}

/// Why these bytes do not begin with a well-formed batch; null if they do.
const char* fault_of(ByteView bytes) {
  if (bytes.size() < kBatchHeaderBytes) {
    return "torn batch: the header is cut";
  }
  const std::uint8_t* at = bytes.data();
  if (load_be<std::int8_t>(at + kMagicAt) != kMagic) {
    return "not a record batch of version 2";
  }
  const auto length = load_be<std::int32_t>(at + kLengthAt);
  if (length < static_cast<std::int32_t>(kBatchHeaderBytes - kUncountedBytes)) {
    return "the batch's length is less than its header";
  }
  if (static_cast<std::size_t>(length) > bytes.size() - kUncountedBytes) {
    return "torn batch: it is longer than the bytes at hand";
  }
  const auto count = load_be<std::int32_t>(at + kRecordCountAt);
  const std::size_t records =
      static_cast<std::size_t>(length) + kUncountedBytes - kBatchHeaderBytes;
  const int codec = load_be<std::int16_t>(at + kAttributesAt) & kCompressionBits;
  if (!is_known(codec)) {
    return "the batch is compressed by a codec that is not known";
  }
  const bool plain = static_cast<Compression>(codec) == Compression::none;
  if (count < 0 || (plain && static_cast<std::size_t>(count) > records / kLeastRecordBytes)) {
    return "the batch's record count does not fit its length";
  }
  const auto last_delta = load_be<std::int32_t>(at + kLastOffsetDeltaAt);
  if (last_delta < 0 || last_delta < count - 1 ||
      last_delta == std::numeric_limits<std::int32_t>::max()) {
    return "the batch's last offset does not fit its record count";
  }
  const auto base = load_be<std::int64_t>(at + kBaseOffsetAt);
  if (base < 0 || base > std::numeric_limits<std::int64_t>::max() - last_delta - 1) {
    return "the batch's base offset is negative or too great";
  }
  return nullptr;
}

std::size_t optional_size(ByteView bytes) {
  return bytes.data() == nullptr
             ? 1
             : varint_size(static_cast<std::int64_t>(bytes.size())) + bytes.size();
}

std::uint8_t* store_raw(std::uint8_t* to, ByteView bytes) {
  return std::copy(bytes.begin(), bytes.end(), to);
}

std::uint8_t* store_optional(std::uint8_t* to, ByteView bytes) {
  if (bytes.data() == nullptr) {
    return store_varint(to, -1);
  }
  return store_raw(store_varint(to, static_cast<std::int64_t>(bytes.size())), bytes);
}

}  // namespace

void encode_headers(std::span<const Header> headers, ByteWriter& to) {
  to.varint(static_cast<std::int64_t>(headers.size()));
  for (const Header& header : headers) {
    to.varint(static_cast<std::int64_t>(header.key.size()));
    to.raw(as_bytes(header.key));
    store_optional(to.extend(optional_size(header.value)), header.value);
  }
}

Result<BatchView> BatchView::parse(ByteView bytes) {
  if (const char* fault = fault_of(bytes)) {
    return fail(fault);
  }
  const auto length = load_be<std::int32_t>(bytes.data() + kLengthAt);
  return BatchView(bytes.first(kUncountedBytes + static_cast<std::size_t>(length)));
}

bool BatchView::checksum_matches() const {
  return crc32c(bytes_.subspan(kAttributesAt)) == field<std::uint32_t>(kChecksumAt);
}

void encode_record(const RecordView& record, std::int64_t timestamp_delta,
                   std::int32_t offset_delta, ByteWriter& to_end) {
  static constexpr std::uint8_t kNoHeaders[] = {0};
  const ByteView headers = record.headers.empty() ? ByteView(kNoHeaders) : record.headers;
  const std::size_t length = 1 + varint_size(timestamp_delta) + varint_size(offset_delta) +
                             optional_size(record.key) + optional_size(record.value) +
                             headers.size();
  std::uint8_t* to = to_end.extend(varint_size(static_cast<std::int64_t>(length)) + length);
  to = store_varint(to, static_cast<std::int64_t>(length));
  *to++ = 0;  // attributes
  to = store_varint(to, timestamp_delta);
  to = store_varint(to, offset_delta);
  to = store_optional(to, record.key);
  to = store_optional(to, record.value);
  store_raw(to, headers);
}

void BatchBuilder::add(std::int64_t timestamp_ms, ByteView key, ByteView value, ByteView headers) {
  if (count_ == 0) {
    base_timestamp_ms_ = max_timestamp_ms_ = timestamp_ms;
  }
  max_timestamp_ms_ = std::max(max_timestamp_ms_, timestamp_ms);
  encode_record({Offset(), timestamp_ms, key, value, headers}, timestamp_ms - base_timestamp_ms_,
                count_, records_);
  ++count_;
}

std::size_t BatchBuilder::size_bound_with(std::size_t key_bytes, std::size_t value_bytes) const {
  return size_bytes() + kRecordOverheadBytes + varint_size(static_cast<std::int64_t>(key_bytes)) +
         key_bytes + varint_size(static_cast<std::int64_t>(value_bytes)) + value_bytes + 1;
}

Bytes BatchBuilder::build(ProducerId producer, ProducerEpoch epoch, Sequence base_sequence,
                          std::int16_t attributes) {
  ENSURE(count_ > 0, "a batch has at least one record");
  const auto codec = static_cast<Compression>(attributes & kCompressionBits);
  const ByteView records =
      codec == Compression::none ? records_.view() : compress(codec, records_.view(), packed_);
  const std::size_t size = kBatchHeaderBytes + records.size();
  Bytes batch = Bytes::build(size, [&](std::uint8_t* to) {
    store_be<std::int64_t>(to + kBaseOffsetAt, 0);
    store_be(to + kLengthAt, static_cast<std::int32_t>(size - kUncountedBytes));
    store_be(to + kLeaderEpochAt, kNoLeaderEpoch.value());
    store_be(to + kMagicAt, kMagic);
    store_be(to + kAttributesAt, attributes);
    store_be(to + kLastOffsetDeltaAt, count_ - 1);
    store_be(to + kBaseTimestampAt, base_timestamp_ms_);
    store_be(to + kMaxTimestampAt, max_timestamp_ms_);
    store_be(to + kProducerIdAt, producer.value());
    store_be(to + kProducerEpochAt, epoch.value());
    store_be(to + kBaseSequenceAt, base_sequence.value());
    store_be(to + kRecordCountAt, count_);
    store_raw(to + kBatchHeaderBytes, records);
    store_be(to + kChecksumAt, crc32c({to + kAttributesAt, size - kAttributesAt}));
  });
  records_.clear();
  count_ = 0;
  return batch;
}

Bytes stamped_copy(const BatchView& batch, Offset base_offset, LeaderEpoch epoch) {
  return Bytes::build(batch.size_bytes(), [&](std::uint8_t* to) {
    store_raw(to, batch.bytes());
    store_be(to + kBaseOffsetAt, base_offset.value());
    store_be(to + kLeaderEpochAt, epoch.value());
  });
}

Bytes renumbered_copy(const BatchView& batch, ProducerId producer, ProducerEpoch epoch,
                      Sequence base_sequence) {
  return Bytes::build(batch.size_bytes(), [&](std::uint8_t* to) {
    store_raw(to, batch.bytes());
    store_be(to + kProducerIdAt, producer.value());
    store_be(to + kProducerEpochAt, epoch.value());
    store_be(to + kBaseSequenceAt, base_sequence.value());
    store_be(to + kChecksumAt, crc32c({to + kAttributesAt, batch.size_bytes() - kAttributesAt}));
  });
}

}  // namespace wavetank::log
