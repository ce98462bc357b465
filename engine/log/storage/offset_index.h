#pragma once

// Where batches stand in a segment: a sparse index, one entry every few kilobytes, and the exact
// places of the last few batches, because the tail is where followers and consumers read.
//
// Invariant: entries ascend strictly in offset and in position.

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "engine/base/bytes.h"

namespace wavetank::log {

class OffsetIndex {
 public:
  /// A batch (or the end of a segment): its first offset relative to the segment's base, and its
  /// position in the file.
  struct Entry {
    std::uint32_t relative_offset = 0;
    std::uint32_t position = 0;
    friend bool operator==(const Entry&, const Entry&) = default;
  };
  static constexpr std::size_t kEntryBytes = 8;
  static constexpr std::uint32_t kRecentBatches = 8;

  /// Enters a batch when more than `interval_bytes` were appended since the last one entered.
  explicit OffsetIndex(std::uint64_t interval_bytes) : interval_bytes_(interval_bytes) {}

  /// Notes the batch at the segment's end; true if it got an entry. REQUIRES: it stands behind all
  /// noted before.
  bool note(Entry batch);
  /// The last known batch that begins at or below this offset; the segment's beginning if none is.
  [[nodiscard]] Entry floor(std::uint32_t relative_offset) const;
  /// Forgets the batches at and behind this position.
  void truncate_to(std::uint32_t position);

  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }

  /// The index file of a segment that ends at `end`.
  [[nodiscard]] Bytes encode(Entry end) const;
  /// Replaces the content by that of an index file and returns the segment's end; nothing, and
  /// empty, if the bytes are not an index file.
  std::optional<Entry> decode(ByteView file);

 private:
  std::uint64_t interval_bytes_;
  std::vector<Entry> entries_;
  /// The last batches noted, as a ring: the newest is recent_[(recent_end_ - 1) % kRecentBatches].
  std::array<Entry, kRecentBatches> recent_{};
  std::uint32_t recent_end_ = 0;
  std::uint32_t recent_count_ = 0;
};

}  // namespace wavetank::log
