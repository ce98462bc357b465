#pragma once

// Reading and writing of encoded integers. Fixed-width integers are big-endian and variable-length
// ones are zig-zag LEB128, as in the Kafka protocol (and, for the varints, Protocol Buffers).

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>
#include <vector>

#include "engine/base/bytes.h"

namespace wavetank {

constexpr std::uint64_t zigzag_encode(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
constexpr std::int64_t zigzag_decode(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

/// Bytes that `value` takes as a zig-zag varint: 1 to 10.
constexpr std::size_t varint_size(std::int64_t value) {
  const std::uint64_t bits = zigzag_encode(value) | 1;
  return (static_cast<std::size_t>(std::bit_width(bits)) + 6) / 7;
}

/// Stores a big-endian integer at `to`; REQUIRES room for sizeof(T) bytes.
template <class T>
inline void store_be(std::uint8_t* to, T value) {
  using U = std::make_unsigned_t<T>;
  auto bits = static_cast<U>(value);
  for (std::size_t i = sizeof(T); i-- > 0;) {
    to[i] = static_cast<std::uint8_t>(bits);
    if constexpr (sizeof(T) > 1) {
      bits = static_cast<U>(bits >> 8);
    }
  }
}
template <class T>
inline T load_be(const std::uint8_t* from) {
  using U = std::make_unsigned_t<T>;
  U bits = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    if constexpr (sizeof(T) > 1) {
      bits = static_cast<U>(bits << 8);
    }
    bits = static_cast<U>(bits | from[i]);
  }
  return static_cast<T>(bits);
}

/// Stores a zig-zag varint at `to` and returns where the next byte goes; REQUIRES room for
/// varint_size(value) bytes.
inline std::uint8_t* store_varint(std::uint8_t* to, std::int64_t value) {
  std::uint64_t bits = zigzag_encode(value);
  for (; bits >= 0x80; bits >>= 7) {
    *to++ = static_cast<std::uint8_t>(bits | 0x80);
  }
  *to++ = static_cast<std::uint8_t>(bits);
  return to;
}

/// A growing buffer of encoded values. Reusable: `clear` keeps the memory.
class ByteWriter {
 public:
  void clear() { bytes_.clear(); }
  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  [[nodiscard]] ByteView view() const { return bytes_; }
  [[nodiscard]] std::uint8_t* data() { return bytes_.data(); }
  [[nodiscard]] Bytes share() const { return Bytes::copy_of(bytes_); }

  template <class T>
  void fixed(T value) {
    const std::size_t at = bytes_.size();
    bytes_.resize(at + sizeof(T));
    store_be(bytes_.data() + at, value);
  }
  void varint(std::int64_t value) { unsigned_varint(zigzag_encode(value)); }
  void unsigned_varint(std::uint64_t bits) {
    while (bits >= 0x80) {
      bytes_.push_back(static_cast<std::uint8_t>(bits | 0x80));
      bits >>= 7;
    }
    bytes_.push_back(static_cast<std::uint8_t>(bits));
  }
  /// REQUIRES: `bytes` is no part of this buffer.
  void raw(ByteView bytes) {
    if (!bytes.empty()) {
      std::memcpy(extend(bytes.size()), bytes.data(), bytes.size());
    }
  }
  /// Room for `count` more bytes, for the caller to fill before the next call.
  std::uint8_t* extend(std::size_t count) {
    bytes_.resize(bytes_.size() + count);
    return bytes_.data() + bytes_.size() - count;
  }
  /// Length as an unsigned varint, then the bytes.
  void sized(ByteView bytes) {
    unsigned_varint(bytes.size());
    raw(bytes);
  }
  void text(std::string_view s) { sized(as_bytes(s)); }

 private:
  std::vector<std::uint8_t> bytes_;
};

/// Reads what a ByteWriter wrote. Reading past the end, or a varint that is too long, makes the
/// reader fail for good: every later read gives zero, and `ok()` tells. Callers check once, at the
/// end.
class ByteReader {
 public:
  explicit ByteReader(ByteView bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] std::size_t remaining() const { return static_cast<std::size_t>(end_ - at_); }

  template <class T>
  T fixed() {
    if (remaining() < sizeof(T)) {
      return give_up<T>();
    }
    const T value = load_be<T>(at_);
    at_ += sizeof(T);
    return value;
  }
  std::int64_t varint() { return zigzag_decode(unsigned_varint()); }
  std::uint64_t unsigned_varint() {
    std::uint64_t bits = 0;
    for (unsigned shift = 0; shift < 64 && at_ != end_; shift += 7) {
      const std::uint8_t byte = *at_++;
      bits |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) {
        return bits;
      }
    }
    return give_up<std::uint64_t>();
  }
  ByteView raw(std::size_t count) {
    if (remaining() < count) {
      give_up<int>();
      return {};
    }
    const ByteView bytes(at_, count);
    at_ += count;
    return bytes;
  }
  ByteView sized() { return raw(static_cast<std::size_t>(unsigned_varint())); }
  std::string_view text() { return as_text(sized()); }

 private:
  template <class T>
  T give_up() {
    ok_ = false;
    at_ = end_;
    return T{};
  }

  const std::uint8_t* at_;
  const std::uint8_t* end_;
  bool ok_ = true;
};

}  // namespace wavetank
