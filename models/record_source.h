#pragma once

// What a load generator sends. A source makes one record after another, with real keys and encoded
// values, into buffers that are used again: no allocation a record once they have grown.
//
// Every value begins with the record's event id, 8 bytes, big-endian; a tombstone, which has no
// value, carries it in its only header. By it alone a checker finds
// the event again wherever the bytes turn up. The high 16 bits are the producer instance and the
// low 48 its running number from 0, so that instances need not agree on anything.

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>

#include "engine/base/bytes.h"
#include "engine/base/codec.h"
#include "engine/base/time.h"

namespace wavetank::models {

inline constexpr std::size_t kEventIdBytes = 8;
inline constexpr unsigned kEventNumberBits = 48;

constexpr std::uint64_t make_event_id(std::uint32_t instance, std::uint64_t number) {
  return (static_cast<std::uint64_t>(instance) << kEventNumberBits) | number;
}
constexpr std::uint32_t event_instance(std::uint64_t event_id) {
  return static_cast<std::uint32_t>(event_id >> kEventNumberBits);
}
constexpr std::uint64_t event_number(std::uint64_t event_id) {
  return event_id & ((std::uint64_t{1} << kEventNumberBits) - 1);
}

/// The event id at the front of a value; none if the value is too short to carry one.
inline std::optional<std::uint64_t> event_id(ByteView value) {
  if (value.size() < kEventIdBytes) {
    return std::nullopt;
  }
  return load_be<std::uint64_t>(value.data());
}

/// The encoded headers of a tombstone (one, "event", of 8 bytes) up to the event id.
inline constexpr std::uint8_t kEventHeader[] = {2, 10, 'e', 'v', 'e', 'n', 't', 16};

/// The event id of any record, by its value or, without one, by its headers.
inline std::optional<std::uint64_t> event_id(ByteView value, ByteView headers) {
  if (value.data() != nullptr) {
    return event_id(value);
  }
  return headers.size() == std::size(kEventHeader) + kEventIdBytes &&
                 std::equal(std::begin(kEventHeader), std::end(kEventHeader), headers.begin())
             ? event_id(headers.subspan(std::size(kEventHeader)))
             : std::nullopt;
}

/// One record to send. Valid until the next call of the source that filled it.
struct Record {
  std::uint64_t event_id = 0;
  ByteWriter key;
  ByteWriter value;
  ByteWriter headers;      ///< empty, or encoded as record batches store them
  bool tombstone = false;  ///< there is no value

  [[nodiscard]] std::size_t size_bytes() const {
    return key.size() + value.size() + headers.size();
  }
};

class RecordSource {
 public:
  virtual ~RecordSource() = default;
  /// Makes the record that is meant to be sent at `intended`. REQUIRES: times never descend.
  virtual void next(Time intended, Record& out) = 0;
};

}  // namespace wavetank::models
