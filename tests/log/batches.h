#pragma once

// The vocabulary of the log's tests: batches in one line.

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "engine/log/storage/record_batch.h"

namespace wavetank::log::test {

struct BatchSpec {
  int records = 1;
  std::size_t value_bytes = 10;
  ProducerId producer = kNoProducerId;
  ProducerEpoch epoch{0};
  Sequence sequence{0};
  bool transactional = false;
  std::int64_t timestamp_ms = 1'000;  ///< of the first record; the others follow by 1 ms
  Compression compression = Compression::none;
};

inline Bytes make_batch(const BatchSpec& spec = {}) {
  BatchBuilder builder;
  const std::string value(spec.value_bytes, 'v');
  for (int i = 0; i < spec.records; ++i) {
    builder.add(spec.timestamp_ms + i, as_bytes("key"), as_bytes(value));
  }
  const bool idempotent = spec.producer != kNoProducerId;
  return builder.build(
      spec.producer, idempotent ? spec.epoch : ProducerEpoch(-1),
      idempotent ? spec.sequence : Sequence(-1),
      static_cast<std::int16_t>((spec.transactional ? kTransactionalAttribute : 0) |
                                static_cast<int>(spec.compression)));
}

/// As a leader of this epoch would have stored it.
inline Bytes stamped(const Bytes& batch, Offset base, LeaderEpoch epoch) {
  return stamped_copy(*BatchView::parse(batch), base, epoch);
}

/// A batch with other bytes at one place.
inline Bytes with_byte(const Bytes& batch, std::size_t at, std::uint8_t value) {
  return Bytes::build(batch.size(), [&](std::uint8_t* to) {
    std::copy(batch.data(), batch.data() + batch.size(), to);
    to[at] = value;
  });
}

inline Bytes joined(std::initializer_list<Bytes> parts) {
  ByteWriter all;
  for (const Bytes& part : parts) {
    all.raw(part);
  }
  return all.share();
}

inline Bytes from_hex(std::string_view hex) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  return Bytes::build(hex.size() / 2, [&](std::uint8_t* to) {
    for (std::size_t i = 0; i < hex.size(); i += 2) {
      *to++ = static_cast<std::uint8_t>(digit(hex[i]) << 4 | digit(hex[i + 1]));
    }
  });
}

/// A record that owns its bytes, for comparison.
struct Record {
  std::int64_t offset;
  std::int64_t timestamp_ms;
  std::string key;
  std::string value;
  friend bool operator==(const Record&, const Record&) = default;
};

inline std::vector<Record> records_of(const BatchView& batch) {
  std::vector<Record> records;
  batch.for_each_record([&](const RecordView& it) {
    records.push_back({it.offset.value(), it.timestamp_ms, std::string(as_text(it.key)),
                       std::string(as_text(it.value))});
  });
  return records;
}

}  // namespace wavetank::log::test
