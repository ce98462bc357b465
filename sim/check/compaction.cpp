#include "sim/check/compaction.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "models/record_source.h"
#include "sim/check/wording.h"

namespace wavetank::sim {

Compaction::Compaction(std::span<const StoredPartition> partitions, const RecordLedger& ledger,
                       const EventKeys& keys, Time now)
    : keys_(keys), now_(now) {
  for (const StoredPartition& partition : partitions) {
    const std::size_t p = partition.id.value();
    logs_.resize(std::max(logs_.size(), p + 1));
    const StoredReplica* authority = partition.authority();
    if (partition.judged && partition.config.compacts() && authority != nullptr) {
      logs_[p] = {partition.name,
                  true,
                  authority->leads,
                  authority->start,
                  partition.config.delete_retention,
                  {}};
    }
  }
  for (std::uint32_t instance = 0; instance < ledger.instances(); ++instance) {
    for (std::uint64_t number = 0; number < ledger.produced_by(instance); ++number) {
      const EventId id(models::make_event_id(instance, number));
      if (const EventKeys::Key* key = keys.find(id)) {
        learn(*key, id, ledger.entry(id));
      }
    }
  }
}

void Compaction::learn(const EventKeys::Key& key, EventId id, const RecordLedger::Entry& entry) {
  if (entry.placed) {
    if (!concerns(entry.partition)) {
      return;
    }
    Key& it = logs_[entry.partition.value()].keys[key.hash];
    if (entry.offset > it.last) {
      it.last = entry.offset;
      it.event = id;
      it.tombstone = key.tombstone;
      it.delivered = entry.delivered;
      it.intended = entry.intended;
    }
  } else if (key.tombstone) {
    for (Log& log : logs_) {
      if (log.concerned && is_over(log, entry.intended)) {
        log.keys[key.hash].may_be_deleted = true;  // wherever the key belongs
      }
    }
  }
}

void Compaction::stored(log::PartitionId p, const StoredRecord& record) {
  if (record.key.data() != nullptr) {
    Key& key = logs_[p.value()].keys[key_hash(record.key)];
    key.last_stored = std::max(key.last_stored, record.offset);
  }
}

bool Compaction::may_be_gone(const Log& log, const Key& key) const {
  return key.may_be_deleted || key.last < log.start ||
         (key.tombstone && is_over(log, key.intended));
}

bool Compaction::took(EventId id, const RecordLedger::Entry& entry) const {
  const EventKeys::Key* about = keys_.find(id);
  if (about == nullptr || !entry.placed || !concerns(entry.partition)) {
    return false;
  }
  const Log& log = logs_[entry.partition.value()];
  const auto found = log.keys.find(about->hash);
  if (found == log.keys.end()) {
    return false;
  }
  const Key& key = found->second;
  return key.last > entry.offset || key.last_stored > entry.offset || may_be_gone(log, key);
}

void Compaction::judge(std::span<const log::Offset> positions,
                       const std::function<bool(log::PartitionId, log::Offset)>& passed_over) {
  for (std::uint32_t p = 0; p < logs_.size(); ++p) {
    const Log& log = logs_[p];
    if (log.concerned && !log.is_led) {
      lost_.lack_evidence();
    }
    for (const auto& [hash, key] : log.keys) {
      if (key.last < log::Offset(0)) {
        continue;
      }
      judge(log, key);
      if (key.last_stored == key.last && p < positions.size() && key.last < positions[p] &&
          !passed_over(log::PartitionId(p), key.last)) {
        unread_.look();
        if (!key.delivered) {
          unread_.breach(
              fmt::format("{}: the reader has passed {}, the last of its key, and was "
                          "never given it",
                          place_text(log.name, key.last), event_text(key.event)));
        }
      }
    }
  }
}

void Compaction::judge(const Log& log, const Key& key) {
  lost_.look();
  if (key.is_gone() && !may_be_gone(log, key)) {
    lost_.breach(fmt::format("{}: {}, the last of its key, is gone{}",
                             place_text(log.name, key.last), event_text(key.event),
                             key.tombstone ? " before those who read could learn of it" : ""));
  }
  if (key.tombstone) {
    resurrected_.look();
    if (key.is_gone() && key.last_stored >= log::Offset(0)) {
      resurrected_.breach(fmt::format("{}: the key that {} deleted at offset {} is back",
                                      place_text(log.name, key.last_stored), event_text(key.event),
                                      key.last.value()));
    }
  }
}

std::vector<reports::InvariantReport> Compaction::reports(bool consumed) const {
  if (std::ranges::none_of(logs_, &Log::concerned)) {
    return {};
  }
  std::vector<reports::InvariantReport> all = {lost_.report(), resurrected_.report()};
  if (consumed) {
    all.push_back(unread_.report());
  }
  return all;
}

// --- replicas
// ---------------------------------------------------------------------------------------

namespace {

/// What one replica holds.
struct Fold {
  struct Last {
    log::Offset offset;
    bool tombstone = false;
  };
  std::map<log::Offset, std::uint64_t> records;  ///< by offset: what they say
  std::map<std::uint64_t, Last> last;            ///< by key
  std::map<std::uint64_t, log::Offset> newest;   ///< by key, also at or above `end`

  Fold(const StoredReplica& replica, log::Offset begin, log::Offset end) {
    constexpr log::Offset kEverything(std::numeric_limits<std::int64_t>::max());
    read_stored(replica.units, kEverything, [&](const StoredRecord& record) {
      if (record.offset < begin || record.aborted) {
        return;
      }
      if (record.key.data() != nullptr) {
        newest[key_hash(record.key)] = record.offset;
      }
      if (record.offset >= end) {
        return;
      }
      constexpr std::uint64_t kMix = 0x9e3779b97f4a7c15ULL;
      const bool tombstone = record.value.data() == nullptr;
      const std::uint64_t key = key_hash(record.key);
      records[record.offset] =
          (key * kMix ^ key_hash(record.value)) * kMix ^
          (static_cast<std::uint64_t>(record.leader_epoch) * 2 + (tombstone ? 1 : 0));
      if (record.key.data() != nullptr) {
        last[key] = {record.offset, tombstone};
      }
    });
  }
};

/// The first record of `a` that `b` says something else of, or should have.
std::optional<log::Offset> first_missed(const Fold& a, const Fold& b) {
  std::optional<log::Offset> first;
  const auto differ = [&](log::Offset at) { first = std::min(first.value_or(at), at); };
  for (const auto& [offset, says] : a.records) {
    const auto found = b.records.find(offset);
    if (found != b.records.end() && found->second != says) {
      differ(offset);
    }
  }
  for (const auto& [key, last] : a.last) {
    const auto found = b.last.find(key);
    const bool same = found != b.last.end() && found->second.offset == last.offset;
    const bool deleted = last.tombstone && found == b.last.end();
    // Compacted further, by a replica that has heard of more that is committed.
    const auto newest = b.newest.find(key);
    const bool superseded = newest != b.newest.end() && newest->second > last.offset;
    if (!same && !deleted && !superseded) {
      differ(last.offset);
    }
  }
  return first;
}

}  // namespace

std::optional<log::Offset> compacted_difference(const StoredReplica& a, const StoredReplica& b,
                                                log::Offset end) {
  const log::Offset begin = std::max(a.start, b.start);
  const Fold of_a(a, begin, end);
  const Fold of_b(b, begin, end);
  const auto here = first_missed(of_a, of_b);
  const auto there = first_missed(of_b, of_a);
  return here && there ? std::min(*here, *there) : here ? here : there;
}

}  // namespace wavetank::sim
