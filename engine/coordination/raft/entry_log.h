#pragma once

// The replicated log of one server: entries in memory and in segments on disk (format.md, "Log").
// Entries are contiguous, first() to last(), with terms that never fall. Appending is in two
// halves: `append` puts entries into memory, `write` hands all new ones to the disk as one unit,
// one unit at a time: the longer the disk takes, the more goes with the next.

#include <deque>
#include <optional>
#include <vector>

#include "engine/coordination/raft/types.h"
#include "engine/port/step.h"

namespace wavetank::raft {

class EntryLog {
 public:
  enum class Loading : std::uint8_t { waiting, done, damaged };

  /// Uses tokens from `base` on, fewer than 2^32.
  explicit EntryLog(port::StorageToken base) : base_(base) {}

  /// Reads what is stored; waiting: call again when `owns` a token that comes.
  Loading load(const port::Step& step);

  /// One more than last() if empty.
  [[nodiscard]] LogIndex first() const { return first_; }
  /// first() - 1 if empty.
  [[nodiscard]] LogIndex last() const { return first_ + slots_.size() - 1; }
  [[nodiscard]] bool has(LogIndex index) const { return first_ <= index && index <= last(); }
  /// REQUIRES: has(index).
  [[nodiscard]] const Entry& at(LogIndex index) const { return slots_[index - first_].entry; }
  /// All up to here survive a crash.
  [[nodiscard]] LogIndex durable() const { return durable_; }
  [[nodiscard]] bool owns(port::StorageToken token) const {
    return token >= base_ && token.value() - base_.value() <= generation_;
  }

  void append(Entry entry);
  /// Hands what was appended to the disk and asks for it to be durable; while an earlier write is
  /// under way, what was appended waits for its end.
  void write(const port::Step& step);
  /// True if `token` is the log's: what was written last is durable, and the rest is written.
  bool on_storage(const port::Step& step, port::StorageToken token);

  /// Drops the entries from `index` on. REQUIRES: has(index).
  void truncate_from(const port::Step& step, LogIndex index);
  /// Begins a new segment with the next write.
  void roll() { rolls_ = true; }
  /// Drops entries below `index`, as far as they are written, from memory, and the segments that
  /// hold only such.
  void drop_before(const port::Step& step, LogIndex index);
  /// Drops everything; the next entry will be `next`.
  void reset(const port::Step& step, LogIndex next);

 private:
  struct Slot {
    Entry entry;
    std::uint64_t position;  ///< in its segment's file
  };
  struct Segment {
    LogIndex first;
    port::FileId file;
  };

  void open_segments(const port::Step& step);
  bool read_segment(const port::Step& step);
  Loading take_segment(const port::Step& step);
  [[nodiscard]] port::StorageToken token() const {
    return port::StorageToken(base_.value() + generation_);
  }

  port::StorageToken base_;
  std::uint64_t generation_ = 0;  ///< syncs of an earlier one concern files that are gone
  LogIndex first_{1};
  std::deque<Slot> slots_;
  std::vector<Segment> segments_;  ///< ascending
  LogIndex written_{0};            ///< handed to the disk up to here
  LogIndex durable_{0};
  std::optional<LogIndex> syncing_;  ///< what will be durable when the write under way is
  bool rolls_ = false;

  // while loading
  bool opened_ = false;
  std::size_t loading_ = 0;    ///< segment
  std::vector<Bytes> slices_;  ///< of it, so far
  std::uint64_t bytes_ = 0;    ///< in them
};

}  // namespace wavetank::raft
