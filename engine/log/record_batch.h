#pragma once

// The record batch: the unit that producers send, brokers store, replicas copy and consumers read.
// Byte layout: record batch v2 of the Kafka protocol (magic 2), documented in format.md. The
// checksum covers everything from `attributes` on, so that the leader may set base offset and
// leader epoch without touching it.

#include <cstdint>
#include <span>

#include "engine/base/bytes.h"
#include "engine/base/codec.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/log/types.h"

namespace wavetank::log {

inline constexpr std::size_t kBatchHeaderBytes = 61;

struct Header {
  std::string_view key;
  ByteView value;
};

/// One record as a producer hands it over or a consumer gets it: views into somebody's bytes.
struct RecordView {
  Offset offset;  ///< set when read from a stored batch
  std::int64_t timestamp_ms = 0;
  ByteView key;
  ByteView value;
  ByteView headers;  ///< encoded: varint count, then (sized key, sized value) each
};

/// A checked view of one encoded batch. Does not own the bytes.
class BatchView {
 public:
  /// Reads the header and checks magic, lengths and counts, not the checksum. `bytes` may be longer
  /// than the batch. Fails on a torn or foreign header, with the reason.
  static Result<BatchView> parse(ByteView bytes);

  [[nodiscard]] Offset base_offset() const;
  [[nodiscard]] Offset last_offset() const { return base_offset() + (record_count() - 1); }
  [[nodiscard]] LeaderEpoch leader_epoch() const;
  [[nodiscard]] std::int32_t record_count() const;
  [[nodiscard]] std::int64_t base_timestamp_ms() const;
  [[nodiscard]] std::int64_t max_timestamp_ms() const;
  [[nodiscard]] ProducerId producer_id() const;
  [[nodiscard]] ProducerEpoch producer_epoch() const;
  [[nodiscard]] Sequence base_sequence() const;
  [[nodiscard]] Sequence last_sequence() const;
  /// Whole length, header included.
  [[nodiscard]] std::size_t size_bytes() const { return bytes_.size(); }
  [[nodiscard]] ByteView bytes() const { return bytes_; }

  [[nodiscard]] bool checksum_matches() const;

  /// Calls `visit(const RecordView&)` for every record in order. False if a record is malformed
  /// (the records before it have been visited).
  template <class Visit>
  bool for_each_record(Visit&& visit) const;

 private:
  explicit BatchView(ByteView bytes) : bytes_(bytes) {}
  ByteView bytes_;
};

/// Builds one batch. Reusable after `build`.
class BatchBuilder {
 public:
  /// Adds a record; the first one sets the base timestamp. `headers` are encoded as in RecordView
  /// (empty: none).
  void add(std::int64_t timestamp_ms, ByteView key, ByteView value, ByteView headers = {});
  [[nodiscard]] std::int32_t record_count() const { return count_; }
  /// Size of the batch if it were built now.
  [[nodiscard]] std::size_t size_bytes() const { return kBatchHeaderBytes + records_.size(); }
  /// Greatest size the batch could have after adding such a record: what a producer compares with
  /// batch.size.
  [[nodiscard]] std::size_t size_bound_with(std::size_t key_bytes, std::size_t value_bytes) const;

  /// The encoded batch with base offset 0 and its checksum; the builder is empty afterwards.
  /// REQUIRES: at least one record.
  Bytes build(ProducerId producer, ProducerEpoch epoch, Sequence base_sequence);

 private:
  ByteWriter records_;
  std::int32_t count_ = 0;
  std::int64_t base_timestamp_ms_ = 0;
  std::int64_t max_timestamp_ms_ = 0;
};

/// A copy of `batch` that carries this base offset and leader epoch: what a leader stores. The one
/// copy that a batch's bytes see on their way through the brokers.
Bytes stamped_copy(const BatchView& batch, Offset base_offset, LeaderEpoch epoch);

// ---------------------------------------------------------------------------------------------------

template <class Visit>
bool BatchView::for_each_record(Visit&& visit) const {
  ByteReader reader(bytes_.subspan(kBatchHeaderBytes));
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
  return true;
}

}  // namespace wavetank::log
