#pragma once

// Where each leader epoch of a log begins: what replicas compare to find the point at which their
// logs part (KIP-101 "Alter Replication Protocol to use Leader Epoch rather than High Watermark for
// Truncation", KIP-279 "Fix log divergence between leader and follower after fast leader fail
// over").
//
// Derived from the batches alone: an epoch without a batch is unknown to the log.
//
// Invariant: epochs and start offsets both ascend strictly.

#include <cstdint>
#include <vector>

#include "engine/base/codec.h"
#include "engine/log/types.h"

namespace wavetank::log {

/// Where an epoch of this log ends: the start of the next one, or the log's end for the last.
struct EpochEnd {
  LeaderEpoch epoch = kNoLeaderEpoch;
  Offset end_offset;
  friend bool operator==(const EpochEnd&, const EpochEnd&) = default;
};

class LeaderEpochs {
 public:
  struct Entry {
    LeaderEpoch epoch;
    Offset start;
    friend bool operator==(const Entry&, const Entry&) = default;
  };

  /// Notes a batch at the log's end. REQUIRES: epoch >= latest().
  void note(LeaderEpoch epoch, Offset base_offset);
  /// Epoch of the last batch; kNoLeaderEpoch if there is none.
  [[nodiscard]] LeaderEpoch latest() const {
    return entries_.empty() ? kNoLeaderEpoch : entries_.back().epoch;
  }
  /// The greatest known epoch <= `epoch` and where it ends. If all known epochs are greater:
  /// kNoLeaderEpoch, and where the first of them begins. Without any: kNoLeaderEpoch and `log_end`.
  [[nodiscard]] EpochEnd end_of(LeaderEpoch epoch, Offset log_end) const;
  /// Forgets the epochs that begin at or above `end`, the log's new end.
  void truncate_to(Offset end);

  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }

  void encode(ByteWriter& to) const;
  /// Replaces the content; false, and empty, if the bytes are not what `encode` wrote.
  bool decode(ByteReader& from);

 private:
  std::vector<Entry> entries_;
};

}  // namespace wavetank::log
