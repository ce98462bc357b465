#pragma once

// One file of a log: batches one after the other from a base offset on, and the indexes into them,
// by offset and by time. File names and index files are described in format.md.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/log/storage/aborted_index.h"
#include "engine/log/storage/offset_index.h"
#include "engine/log/storage/record_batch.h"
#include "engine/log/storage/time_index.h"
#include "engine/log/types.h"
#include "engine/port/meter.h"
#include "engine/port/storage.h"

namespace wavetank::log {

/// A record's place and time.
struct TimestampedOffset {
  Offset offset;
  std::int64_t timestamp_ms = 0;
  friend bool operator==(const TimestampedOffset&, const TimestampedOffset&) = default;
};

class Segment {
 public:
  /// Positions and relative offsets have 31 bits, as in Kafka.
  static constexpr std::uint64_t kMaxBytes = 0x7fffffff;
  static constexpr std::int64_t kMaxRelativeOffset = 0x7fffffff;

  /// Opens the files of the segment of log `log_name` that begins at `base`. It counts as empty
  /// until its batches are adopted or trusted.
  Segment(port::Storage& storage, std::string_view log_name, Offset base,
          std::uint64_t index_interval_bytes);
  /// A new one in a file aside, which recovery throws away: to be filled, synced and put in place
  /// of the segment that begins at `base`.
  static Segment aside(port::Storage& storage, std::string_view log_name, Offset base,
                       std::uint64_t index_interval_bytes);
  /// Base offset in the name of a segment file; nothing if this is another file.
  static std::optional<Offset> base_in(std::string_view file_name);
  [[nodiscard]] static bool is_aside(std::string_view file_name);

  [[nodiscard]] Offset base_offset() const { return base_; }
  [[nodiscard]] std::uint64_t size_bytes() const { return size_; }
  [[nodiscard]] bool has_room_for(const BatchView& batch, std::uint64_t segment_bytes) const;
  /// The batch is later than the segment's first one by more than `age`.
  [[nodiscard]] bool too_old_for(const BatchView& batch, Duration age) const;

  /// Stores a stamped batch. REQUIRES: it continues the segment, and `unit` holds its bytes.
  void append(const BatchView& batch, Bytes unit);
  /// Takes in the next batch of what the file already holds. REQUIRES: it stands at size_bytes().
  /// Only a batch that begins a unit of the storage can be read from directly.
  void adopt(const BatchView& batch, bool begins_unit);
  /// Bytes the file holds, adopted or not.
  [[nodiscard]] std::uint64_t stored_bytes() const { return storage_->size(file_); }
  /// Takes in the whole file on the word of its index files; false, and still empty, if one is not
  /// there or they do not describe a segment that ends at `end` and has the file's size.
  bool trust(Offset end);
  /// Forgets, not removes, what has been taken in. REQUIRES: start-up.
  void disown();

  /// See port::Storage::read. REQUIRES: position is where a batch begins.
  bool read(std::uint64_t position, std::uint64_t max_bytes, std::vector<Bytes>& out,
            port::StorageToken token) const {
    return storage_->read(file_, position, max_bytes, out, token);
  }
  /// Position of a batch at or before the one that holds `offset`, as near as the index knows.
  [[nodiscard]] std::uint64_t position_at_or_before(Offset offset) const {
    return index_.floor(relative(offset)).position;
  }

  struct Place {
    Offset base_offset;
    std::uint64_t position = 0;
  };
  /// The batch that holds `offset`; nothing if that must be read first (see port::Storage::read).
  /// If what stands before it can no longer be parsed: the place where that begins. REQUIRES: the
  /// segment holds the offset.
  std::optional<Place> find(Offset offset, port::StorageToken token, port::Meter& meter) const;

  /// Timestamps of the batches taken in; TimeIndex::kNever without any. After a cut the greatest
  /// may be of a batch that is gone: nothing in the segment is later.
  [[nodiscard]] std::int64_t first_timestamp_ms() const { return first_timestamp_ms_; }
  [[nodiscard]] std::int64_t greatest_timestamp_ms() const { return greatest_timestamp_ms_; }
  /// The first record that is not earlier than `timestamp_ms`, in `found`; nothing there if the
  /// segment has none. False if it must be read first (see port::Storage::read).
  bool find_time(std::int64_t timestamp_ms, std::optional<TimestampedOffset>& found,
                 port::StorageToken token, port::Meter& meter) const;

  /// Cuts the segment and its file. (The aborted transactions are cut by offset.)
  void cut(std::uint64_t position);
  /// Writes the index files and syncs the segment. Returns how many operations that takes; each
  /// completes with `token`.
  std::uint32_t seal(Offset end, port::StorageToken token);
  /// Removes the files; the segment may not be used any more.
  void remove();

  // What compaction needs beside: see `aside`.
  void sync(port::StorageToken token) { storage_->sync(file_, token); }
  /// Takes the name of the log's segment with this base, whose file is no more then.
  void take_place(std::string_view log_name);
  /// The part of `seal` without the sync.
  std::uint32_t write_indexes(Offset end, port::StorageToken token);
  void remove_indexes();
  /// Removes what is aside; the segment may not be used any more.
  void discard() { storage_->remove(file_); }

  /// The aborted transactions whose markers stand here.
  [[nodiscard]] AbortedIndex& aborted() { return aborted_; }
  [[nodiscard]] const AbortedIndex& aborted() const { return aborted_; }

 private:
  Segment(port::Storage& storage, std::string_view log_name, Offset base,
          std::uint64_t index_interval_bytes, std::string_view suffix);
  [[nodiscard]] std::uint32_t relative(Offset offset) const {
    return static_cast<std::uint32_t>(offset - base_);
  }

  port::Storage* storage_;
  Offset base_;
  port::FileId file_;
  std::uint64_t size_ = 0;
  std::string index_name_;
  std::string time_index_name_;
  OffsetIndex index_;
  TimeIndex times_;
  std::int64_t first_timestamp_ms_ = TimeIndex::kNever;
  std::int64_t greatest_timestamp_ms_ = TimeIndex::kNever;
  AbortedIndex aborted_;
};

}  // namespace wavetank::log
