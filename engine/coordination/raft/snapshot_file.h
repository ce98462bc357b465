#pragma once

// A server's snapshot: the state after some entry, which stands for all entries up to it
// (format.md, "Snapshot"). One write at a time.

#include "engine/coordination/raft/types.h"
#include "engine/port/step.h"

namespace wavetank::raft {

struct Snapshot {
  LogIndex last_index;  ///< 0: none
  Term last_term;
  Bytes state;
};

class SnapshotFile {
 public:
  explicit SnapshotFile(port::StorageToken token) : token_(token) {}

  /// False: what is stored is damaged.
  bool load(const port::Step& step);

  /// The last that is durable.
  [[nodiscard]] const Snapshot& current() const { return current_; }
  [[nodiscard]] bool writing() const { return writing_; }
  /// REQUIRES: not writing.
  void write(const port::Step& step, Snapshot snapshot);
  /// The write that was given `token` is durable: its snapshot is the current one.
  void on_written();

 private:
  port::StorageToken token_;
  Snapshot current_;
  Snapshot next_;
  bool writing_ = false;
};

}  // namespace wavetank::raft
