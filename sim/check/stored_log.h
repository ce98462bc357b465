#pragma once

// What is really on the disks at the end of a run, read by an oracle: a decoder of record batches
// of its own, straight from format.md, that shares no code with the engine it judges.

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/ids.h"
#include "engine/log/config.h"
#include "engine/log/types.h"

namespace wavetank::sim {

/// One record as stored.
struct StoredRecord {
  log::Offset offset;
  std::int32_t leader_epoch = 0;
  bool aborted = false;  ///< its transaction was
  bool open = false;     ///< its transaction has no end in this log
  ByteView key;
  ByteView value;         ///< data() is null: a tombstone
  ByteView headers;       ///< encoded
  bool fleeting = false;  ///< it was compressed: what it points to is gone after the visit
};

/// One replica of one partition as its files hold it.
struct StoredReplica {
  NodeId broker;
  bool leads = false;
  log::Offset high_watermark;                    ///< as the replica's broker knows it
  std::vector<ByteView> units;                   ///< of all its segments, in order
  log::LeaderEpoch epoch = log::kNoLeaderEpoch;  ///< of the leader it knows, or is
  std::vector<NodeId> in_sync = {};              ///< as a leader knows it
  log::Offset start{};                           ///< what was below has been thrown away

  // What its broker keeps in mind of it, if that is up:
  bool remembers = false;
  /// An answer to "where does this epoch end": there, or where the one before it does.
  struct EpochEnd {
    log::LeaderEpoch asked;
    log::LeaderEpoch epoch;
    log::Offset end;
  };
  std::vector<EpochEnd> epoch_ends = {};
  struct Remembered {
    struct Batch {
      std::int32_t sequence = 0;
      log::Offset base;
    };
    std::int64_t producer = -1;
    std::int32_t next = -1;  ///< that must follow; -1: any may
    std::vector<Batch> batches;
  };
  std::vector<Remembered> remembered = {};
};

/// One partition: its replicas, ascending by broker.
struct StoredPartition {
  log::PartitionId id;
  std::string name;              ///< "orders-7"
  bool judged = false;           ///< written by workloads: its records carry event ids
  log::TopicConfig config;       ///< its topic's
  bool keyed = false;            ///< all who write to the topic choose partitions by keys
  bool reads_committed = false;  ///< the judged group of its topic reads committed records only
  std::vector<StoredReplica> replicas;

  /// The replica of the latest leader (a deposed one that has not heard of it may think it leads,
  /// too); without a leader the one whose log is longest. Null if there is none.
  [[nodiscard]] const StoredReplica* authority() const;
};

/// Calls `visit` for every record with an offset below `end`, in the order stored; markers of
/// transactions are no records. Returns what is
/// wrong with the bytes, or an empty text.
template <class Visit>
std::string read_stored(std::span<const ByteView> units, log::Offset end, Visit&& visit);

/// They share all their buffers: whatever holds of the bytes of one holds of the other's.
bool are_shared(const StoredReplica& a, const StoredReplica& b);

/// End of the stored log: one past the last offset, 0 if empty.
log::Offset stored_end(std::span<const ByteView> units);

// ---------------------------------------------------------------------------------------------------

namespace oracle {

/// Of `width` bytes, big-endian. REQUIRES: they are there.
inline std::int64_t integer_at(const std::uint8_t* at, std::size_t width) {
  std::uint64_t value = (*at & 0x80) != 0 ? ~0ULL : 0ULL;
  for (std::size_t i = 0; i < width; ++i) {
    value = value << 8 | at[i];
  }
  return static_cast<std::int64_t>(value);
}

/// Reads big-endian and variable-length integers; goes blank at the end of its bytes.
class Cursor {
 public:
  explicit Cursor(ByteView bytes) : bytes_(bytes) {}
  [[nodiscard]] bool sound() const { return sound_; }
  [[nodiscard]] std::size_t left() const { return bytes_.size() - at_; }
  std::int64_t integer(std::size_t width) {
    if (left() < width) {
      sound_ = false;
      return 0;
    }
    at_ += width;
    return integer_at(bytes_.data() + at_ - width, width);
  }
  std::int64_t variable() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
      if (left() == 0) {
        break;
      }
      const std::uint8_t byte = bytes_[at_++];
      if (shift < 64) {
        value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      }
      if (byte < 0x80) {
        return static_cast<std::int64_t>(value / 2) ^ -static_cast<std::int64_t>(value % 2);
      }
    }
    sound_ = false;
    return 0;
  }
  ByteView bytes(std::int64_t count) {
    if (count < 0) {
      return {};
    }
    if (static_cast<std::uint64_t>(count) > left()) {
      sound_ = false;
      return {};
    }
    const ByteView part = bytes_.subspan(at_, static_cast<std::size_t>(count));
    at_ += static_cast<std::size_t>(count);
    return part;
  }

 private:
  ByteView bytes_;
  std::size_t at_ = 0;
  bool sound_ = true;
};

struct Batch {
  log::Offset base;
  bool transactional = false;
  bool control = false;
  std::int64_t producer = -1;
  std::int32_t epoch = 0;
  std::int64_t count = 0;    ///< of records; compaction may have taken some
  std::int64_t offsets = 0;  ///< that it covers
  ByteView records;
  std::int64_t codec = 0;  ///< that they are compressed by; 0: they are not
};
/// Takes the next batch off `unit`. False at its end or if it is not sound (`unit` stays).
bool take_batch(ByteView& unit, Batch& out);

/// The records of a batch as they were before they were compressed, in `room` if they were. Nothing
/// if they cannot be unpacked.
std::optional<ByteView> plain_records(const Batch& batch, std::vector<std::uint8_t>& room);

/// The aborted transactions of one log: by producer, where each begins and where its marker stands,
/// ascending.
struct Aborted {
  struct Span {
    log::Offset first;
    log::Offset marker;
  };
  std::map<std::int64_t, std::vector<Span>> by_producer;
  std::map<std::int64_t, log::Offset> open;  ///< where one begins that has no marker

  [[nodiscard]] bool contain(const Batch& batch) const;
  [[nodiscard]] bool is_open(const Batch& batch) const;
};
Aborted find_aborted(std::span<const ByteView> units);

/// Batches lie where there was room when they came: the memory of those to come is asked for while
/// one is read.
inline void ask_for_unit_after(std::span<const ByteView> units, std::size_t i) {
  constexpr std::size_t kUnitsAhead = 8;
  if (units.size() - i > kUnitsAhead) {
    __builtin_prefetch(units[i + kUnitsAhead].data());
  }
}

}  // namespace oracle

template <class Visit>
std::string read_stored(std::span<const ByteView> units, log::Offset end, Visit&& visit) {
  std::optional<oracle::Aborted> aborted;  // looked for if there is a transaction at all
  std::vector<std::uint8_t> room;
  for (std::size_t u = 0; u < units.size(); ++u) {
    oracle::ask_for_unit_after(units, u);
    ByteView unit = units[u];
    oracle::Batch batch;
    while (oracle::take_batch(unit, batch)) {
      if (batch.control) {
        continue;
      }
      if (batch.transactional && !aborted) {
        aborted = oracle::find_aborted(units);
      }
      const bool is_aborted = batch.transactional && aborted->contain(batch);
      const bool is_open = batch.transactional && aborted->is_open(batch);
      const std::optional<ByteView> records = oracle::plain_records(batch, room);
      if (!records) {
        return "the batch at offset " + std::to_string(batch.base.value()) + " cannot be unpacked";
      }
      oracle::Cursor cursor(*records);
      for (std::int64_t i = 0; i < batch.count; ++i) {
        oracle::Cursor record(cursor.bytes(cursor.variable()));
        record.integer(1);
        record.variable();
        StoredRecord it;
        it.offset = batch.base + record.variable();
        it.leader_epoch = batch.epoch;
        it.aborted = is_aborted;
        it.open = is_open;
        it.fleeting = batch.codec != 0;
        it.key = record.bytes(record.variable());
        it.value = record.bytes(record.variable());
        it.headers = record.bytes(static_cast<std::int64_t>(record.left()));
        if (!cursor.sound() || !record.sound()) {
          return "a record of the batch at offset " + std::to_string(batch.base.value()) +
                 " is cut short";
        }
        if (it.offset >= end) {
          return {};
        }
        visit(static_cast<const StoredRecord&>(it));
      }
    }
    if (!unit.empty()) {
      return "the bytes after offset " + std::to_string(batch.base.value()) +
             " are no record batch";
    }
  }
  return {};
}

}  // namespace wavetank::sim
