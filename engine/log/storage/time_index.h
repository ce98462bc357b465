#pragma once

// From when which batches of a segment are: a sparse index beside the offset index, for look-ups by
// time (KIP-33 "Add a time based log index"). Timestamps are what producers gave their records;
// they need not ascend.
//
// Invariant: entries ascend strictly, in time and in offset.

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "engine/base/bytes.h"

namespace wavetank::log {

class TimeIndex {
 public:
  /// Less than any timestamp: of a segment without records.
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::min();

  /// All records of the segment below this offset (relative to its base) have this timestamp at
  /// most.
  struct Entry {
    std::int64_t timestamp_ms = kNever;
    std::uint32_t relative_offset = 0;
    friend bool operator==(const Entry&, const Entry&) = default;
  };
  static constexpr std::size_t kEntryBytes = 12;

  /// REQUIRES: neither is less than in the entry before.
  void enter(Entry entry);
  /// Where to begin to look for the first record of this time or later: all before are earlier.
  [[nodiscard]] Entry before(std::int64_t timestamp_ms) const;
  /// Forgets the entries at and behind this offset.
  void truncate_to(std::uint32_t relative_offset);

  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }

  /// The time index file of a segment whose greatest timestamp and end are these.
  [[nodiscard]] Bytes encode(Entry end) const;
  /// Replaces the content by that of a file and returns its end; nothing, and empty, if the bytes
  /// are no time index file.
  std::optional<Entry> decode(ByteView file);

 private:
  std::vector<Entry> entries_;
};

}  // namespace wavetank::log
