#pragma once

// What compaction by key must leave of a log, held against what producers and consumers were told
// and what their records were about:
//
// - log/compaction-lost-value: the last record of a key that anybody knows the place of is in the
//   log, or a later one of the key is; a tombstone, too, for as long as it must be kept.
// - log/compaction-resurrected: of a key whose last record is a tombstone that is gone, nothing
//   older is in the log.
// - log/compaction-unread: a reader that has passed the last record of a key was given it.
//
// It also tells what may be gone otherwise: records of which a later one of the same key is there.
// The keys come from the sources of the load, not from the log.
//
// Cannot see: a superseded record that went before it was safe (the later one would have to be lost
// to show it). A tombstone of which nobody knows whether it was stored may have taken its key.

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "sim/check/event_keys.h"
#include "sim/check/judgement.h"
#include "sim/check/stored_log.h"

namespace wavetank::sim {

class Compaction {
 public:
  /// `keys` knows the records of compacted topics. `now`: the end of the run.
  Compaction(std::span<const StoredPartition> partitions, const RecordLedger& ledger,
             const EventKeys& keys, Time now);

  [[nodiscard]] bool concerns(log::PartitionId p) const {
    return p.value() < logs_.size() && logs_[p.value()].concerned;
  }
  /// A record of the log. REQUIRES: concerns its partition.
  void stored(log::PartitionId p, const StoredRecord& record);

  // When all that is stored has been told:

  /// A record that is not in the log, and need not be.
  [[nodiscard]] bool took(EventId id, const RecordLedger::Entry& entry) const;
  /// `positions`: by partition, how far the judged group has come; `passed_over`: whether it went
  /// past an offset by its own choice.
  void judge(std::span<const log::Offset> positions,
             const std::function<bool(log::PartitionId, log::Offset)>& passed_over);
  [[nodiscard]] std::vector<reports::InvariantReport> reports(bool consumed) const;

 private:
  struct Key {
    log::Offset last{-1};  ///< the last record that anybody knows the place of
    EventId event;
    bool tombstone = false;
    bool delivered = false;
    Time intended;
    bool may_be_deleted = false;  ///< by a tombstone of unknown fate
    log::Offset last_stored{-1};

    /// Neither the last record nor a later one is in the log.
    [[nodiscard]] bool is_gone() const { return last_stored < last; }
  };
  struct Log {
    std::string name;
    bool concerned = false;
    bool is_led = false;
    log::Offset start;  ///< retention may have taken what lies before
    Duration delete_retention;
    std::map<std::uint64_t, Key> keys;  ///< by hash
  };
  void learn(const EventKeys::Key& key, EventId id, const RecordLedger::Entry& entry);
  [[nodiscard]] bool is_over(const Log& log, Time intended) const {
    return intended + log.delete_retention < now_;
  }
  [[nodiscard]] bool may_be_gone(const Log& log, const Key& key) const;
  void judge(const Log& log, const Key& key);

  const EventKeys& keys_;
  Time now_;
  std::vector<Log> logs_;  ///< by partition
  Judgement lost_{"log/compaction-lost-value"};
  Judgement resurrected_{"log/compaction-resurrected"};
  Judgement unread_{"log/compaction-unread"};
};

/// Where two replicas of a compacted log say different things below `end`: the first offset at
/// which they hold different records, or at which one holds the last record of a key and the other
/// does not; a tombstone may be gone from one if the key is. Nothing if they agree.
std::optional<log::Offset> compacted_difference(const StoredReplica& a, const StoredReplica& b,
                                                log::Offset end);

}  // namespace wavetank::sim
