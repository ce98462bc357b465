#pragma once

// Where each key of a log was last written: what a cleaner must remember, in a bounded number of
// bytes, to tell the latest record of a key from those it supersedes. Keys are kept as two 64-bit
// hashes; that two keys share both is left to chance, as in Kafka, whose map keeps an MD5 digest.

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/log/types.h"

namespace wavetank::log {

class OffsetMap {
 public:
  static constexpr std::uint64_t kEntryBytes = 24;
  /// A map has room for a few keys, however little memory it is given.
  static constexpr std::uint64_t kMinSlots = 64;

  /// Takes `memory_bytes` at most, rounded down to a power of two of entries, as keys come.
  explicit OffsetMap(std::uint64_t memory_bytes);

  /// Notes the key at `offset`, which is greater than where it was before. False if there is no
  /// room for another key: nothing has changed then.
  bool put(ByteView key, Offset offset);
  /// Where the key was last noted.
  [[nodiscard]] std::optional<Offset> find(ByteView key) const;

  [[nodiscard]] std::uint64_t size() const { return size_; }
  /// So many keys have room.
  [[nodiscard]] std::uint64_t capacity() const { return usable(max_slots_); }

 private:
  struct Entry {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    Offset offset{-1};  ///< -1: the slot is free
  };
  static_assert(sizeof(Entry) == kEntryBytes);

  /// Probing stays short while an eighth of the slots is free.
  static constexpr std::uint64_t usable(std::uint64_t slots) { return slots - slots / 8; }
  static Entry fingerprint(ByteView key);
  /// The slot of the key, or the free one where it belongs.
  [[nodiscard]] std::size_t slot_of(const Entry& key) const;
  void grow();

  std::vector<Entry> slots_;  ///< a power of two; open addressing, linear
  std::uint64_t max_slots_;
  std::uint64_t size_ = 0;
};

}  // namespace wavetank::log
