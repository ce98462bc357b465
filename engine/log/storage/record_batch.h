#pragma once

// The record batch: the unit that producers send, brokers store, replicas copy and consumers read.
// Byte layout: record batch v2 of the Kafka protocol (magic 2), documented in format.md. The
// checksum covers everything from `attributes` on, so that the leader may set base offset and
// leader epoch without touching it.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "engine/base/bytes.h"
#include "engine/base/codec.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/log/types.h"

namespace wavetank::log {

// Where the fields of the header stand (see format.md).
inline constexpr std::size_t kBaseOffsetAt = 0;
inline constexpr std::size_t kLengthAt = 8;
inline constexpr std::size_t kLeaderEpochAt = 12;
inline constexpr std::size_t kMagicAt = 16;
inline constexpr std::size_t kChecksumAt = 17;
inline constexpr std::size_t kAttributesAt = 21;
inline constexpr std::size_t kLastOffsetDeltaAt = 23;
inline constexpr std::size_t kBaseTimestampAt = 27;
inline constexpr std::size_t kMaxTimestampAt = 35;
inline constexpr std::size_t kProducerIdAt = 43;
inline constexpr std::size_t kProducerEpochAt = 51;
inline constexpr std::size_t kBaseSequenceAt = 53;
inline constexpr std::size_t kRecordCountAt = 57;
inline constexpr std::size_t kBatchHeaderBytes = 61;
/// What the length field does not count: base offset and itself.
inline constexpr std::size_t kUncountedBytes = kLeaderEpochAt;

/// The sequence `count` records after `sequence`; 0 follows 2^31 - 1. REQUIRES: both >= 0.
constexpr Sequence advance(Sequence sequence, std::int32_t count) {
  const auto sum = static_cast<std::uint32_t>(sequence.value()) + static_cast<std::uint32_t>(count);
  return Sequence(static_cast<std::int32_t>(sum & 0x7fffffffU));
}

/// Bits of `attributes`. Those that say how the records are compressed.
inline constexpr std::int16_t kCompressionBits = 0x07;
/// The batch belongs to its producer's open transaction.
inline constexpr std::int16_t kTransactionalAttribute = 0x10;
/// The batch is for the log itself: a marker (control_batch.h).
inline constexpr std::int16_t kControlAttribute = 0x20;
/// The base timestamp says when tombstones of the batch, or its marker, may go (KIP-534).
inline constexpr std::int16_t kDeleteHorizonAttribute = 0x40;

struct Header {
  std::string_view key;
  ByteView value;
};
/// The headers of one record as RecordView holds them.
void encode_headers(std::span<const Header> headers, ByteWriter& to);

/// One record as a producer hands it over or a consumer gets it: views into somebody's bytes. A key
/// or value whose data() is null is absent (a record without value is a tombstone); an empty one is
/// present.
struct RecordView {
  Offset offset;  ///< set when read from a stored batch
  std::int64_t timestamp_ms = 0;
  ByteView key;
  ByteView value;
  ByteView headers;  ///< encoded: varint count, then key length, key, value length, value each

  /// Calls `visit(const Header&)` for every header in order. False if one is malformed.
  template <class Visit>
  bool for_each_header(Visit&& visit) const;
};

/// Encodes one record as a batch holds it; both deltas are against its batch's.
void encode_record(const RecordView& record, std::int64_t timestamp_delta,
                   std::int32_t offset_delta, ByteWriter& to);

/// A checked view of one encoded batch. Does not own the bytes.
class BatchView {
 public:
  /// Reads the header and checks that the batch is well formed (see format.md): magic, lengths and
  /// counts, not the checksum. `bytes` may be longer than the batch. Fails on a torn or foreign
  /// header, with the reason.
  static Result<BatchView> parse(ByteView bytes);

  [[nodiscard]] Offset base_offset() const { return Offset(field<std::int64_t>(kBaseOffsetAt)); }
  [[nodiscard]] Offset last_offset() const { return base_offset() + (offset_count() - 1); }
  [[nodiscard]] LeaderEpoch leader_epoch() const {
    return LeaderEpoch(field<std::int32_t>(kLeaderEpochAt));
  }
  [[nodiscard]] std::int32_t record_count() const { return field<std::int32_t>(kRecordCountAt); }
  /// Offsets, and sequences, that the batch covers: as many as it had records before compaction.
  [[nodiscard]] std::int32_t offset_count() const {
    return field<std::int32_t>(kLastOffsetDeltaAt) + 1;
  }
  [[nodiscard]] std::int64_t base_timestamp_ms() const {
    return field<std::int64_t>(kBaseTimestampAt);
  }
  [[nodiscard]] std::int64_t max_timestamp_ms() const {
    return field<std::int64_t>(kMaxTimestampAt);
  }
  [[nodiscard]] ProducerId producer_id() const {
    return ProducerId(field<std::int64_t>(kProducerIdAt));
  }
  [[nodiscard]] ProducerEpoch producer_epoch() const {
    return ProducerEpoch(field<std::int16_t>(kProducerEpochAt));
  }
  [[nodiscard]] Sequence base_sequence() const {
    return Sequence(field<std::int32_t>(kBaseSequenceAt));
  }
  [[nodiscard]] bool is_transactional() const { return has(kTransactionalAttribute); }
  [[nodiscard]] bool is_control() const { return has(kControlAttribute); }
  [[nodiscard]] std::optional<std::int64_t> delete_horizon_ms() const {
    return has(kDeleteHorizonAttribute) ? std::optional(base_timestamp_ms()) : std::nullopt;
  }
  /// Wraps after 2^31 - 1. REQUIRES: the batch has a base sequence.
  [[nodiscard]] Sequence last_sequence() const {
    return advance(base_sequence(), offset_count() - 1);
  }
  [[nodiscard]] Compression compression() const {
    return static_cast<Compression>(field<std::int16_t>(kAttributesAt) & kCompressionBits);
  }
  /// The records, not compressed; data() is null if they are (batch_compression.h unpacks them).
  [[nodiscard]] ByteView plain_records() const { return plain_records_; }
  /// Everything behind the header, as it is stored.
  [[nodiscard]] ByteView stored_records() const { return bytes_.subspan(kBatchHeaderBytes); }
  /// The same batch with its records unpacked into `records`, which must live as long.
  [[nodiscard]] BatchView with_plain_records(ByteView records) const {
    BatchView view = *this;
    view.plain_records_ = records;
    return view;
  }
  /// Whole length as it is stored, header included.
  [[nodiscard]] std::size_t size_bytes() const { return bytes_.size(); }
  [[nodiscard]] ByteView bytes() const { return bytes_; }

  [[nodiscard]] bool checksum_matches() const;

  /// Calls `visit(const RecordView&)` for every record in order. False if a record is malformed
  /// (the records before it have been visited), if bytes are left over, or if they are compressed.
  template <class Visit>
  bool for_each_record(Visit&& visit) const;

 private:
  explicit BatchView(ByteView bytes)
      : bytes_(bytes),
        plain_records_(compression() == Compression::none ? stored_records() : ByteView{}) {}

  template <class T>
  [[nodiscard]] T field(std::size_t at) const {
    return load_be<T>(bytes_.data() + at);
  }
  [[nodiscard]] bool has(std::int16_t attribute) const {
    return (field<std::int16_t>(kAttributesAt) & attribute) != 0;
  }

  ByteView bytes_;
  ByteView plain_records_;
};

/// Builds one batch. Reusable after `build`.
class BatchBuilder {
 public:
  /// Adds a record; the first one sets the base timestamp. `headers` are encoded as in RecordView
  /// (empty: none).
  void add(std::int64_t timestamp_ms, ByteView key, ByteView value, ByteView headers = {});
  [[nodiscard]] std::int32_t record_count() const { return count_; }
  /// Size of the batch if it were built now, without compression.
  [[nodiscard]] std::size_t size_bytes() const { return kBatchHeaderBytes + records_.size(); }
  /// Greatest size the batch could have after adding such a record: what a producer compares with
  /// batch.size.
  [[nodiscard]] std::size_t size_bound_with(std::size_t key_bytes, std::size_t value_bytes) const;

  /// The encoded batch with base offset 0, leader epoch -1 and its checksum, compressed as the
  /// attributes say; the builder is empty afterwards. REQUIRES: at least one record; if compressed,
  /// at most limits::kUnpackedBatchBytes.
  Bytes build(ProducerId producer, ProducerEpoch epoch, Sequence base_sequence,
              std::int16_t attributes = 0);

 private:
  ByteWriter records_;
  ByteWriter packed_;  ///< reused
  std::int32_t count_ = 0;
  std::int64_t base_timestamp_ms_ = 0;
  std::int64_t max_timestamp_ms_ = 0;
};

/// A copy of `batch` that carries this base offset and leader epoch: what a leader stores. The one
/// copy that a batch's bytes see on their way through the brokers.
Bytes stamped_copy(const BatchView& batch, Offset base_offset, LeaderEpoch epoch);

/// A copy of `batch` under another producer id and other sequences: what a producer sends again.
Bytes renumbered_copy(const BatchView& batch, ProducerId producer, ProducerEpoch epoch,
                      Sequence base_sequence);

// ---------------------------------------------------------------------------------------------------

template <class Visit>
bool BatchView::for_each_record(Visit&& visit) const {
  if (plain_records_.data() == nullptr) {
    return false;
  }
  ByteReader reader(plain_records_);
  const std::int32_t count = record_count();
  const Offset base = base_offset();
  const std::int64_t base_timestamp = base_timestamp_ms();
  for (std::int32_t i = 0; i < count; ++i) {
    const std::int64_t length = reader.varint();
    if (!reader.ok() || length < 0 || static_cast<std::uint64_t>(length) > reader.remaining()) {
      return false;
    }
    ByteReader record(reader.raw(static_cast<std::size_t>(length)));
    record.fixed<std::int8_t>();  // attributes: unused in v2
    RecordView view;
    view.timestamp_ms = base_timestamp + record.varint();
    view.offset = base + record.varint();
    const std::int64_t key_length = record.varint();
    view.key = key_length < 0 ? ByteView{} : record.raw(static_cast<std::size_t>(key_length));
    const std::int64_t value_length = record.varint();
    view.value = value_length < 0 ? ByteView{} : record.raw(static_cast<std::size_t>(value_length));
    view.headers = record.raw(record.remaining());
    if (!record.ok()) {
      return false;
    }
    visit(static_cast<const RecordView&>(view));
  }
  return reader.remaining() == 0;
}

template <class Visit>
bool RecordView::for_each_header(Visit&& visit) const {
  ByteReader reader(headers);
  const std::int64_t count = reader.varint();
  for (std::int64_t i = 0; i < count && reader.ok(); ++i) {
    Header header;
    header.key = as_text(reader.raw(static_cast<std::size_t>(reader.varint())));
    const std::int64_t length = reader.varint();
    header.value = length < 0 ? ByteView{} : reader.raw(static_cast<std::size_t>(length));
    if (reader.ok()) {
      visit(static_cast<const Header&>(header));
    }
  }
  return reader.ok() && count >= 0 && reader.remaining() == 0;
}

}  // namespace wavetank::log
