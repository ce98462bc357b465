#include "sim/check/log_audit.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <utility>

#include "models/record_source.h"
#include "sim/check/compaction.h"
#include "sim/check/duplicate.h"
#include "sim/check/expiry.h"
#include "sim/check/inconsistent_offsets.h"
#include "sim/check/judgement.h"
#include "sim/check/key_partition.h"
#include "sim/check/lost_write.h"
#include "sim/check/nonmonotonic_send.h"
#include "sim/check/unseen.h"

namespace wavetank::sim {

namespace {

class Audit {
 public:
  Audit(std::span<const StoredPartition> partitions, const RecordLedger& ledger,
        const EventKeys& keys, const Reading& reading, const Promises& promises)
      : partitions_(partitions),
        ledger_(ledger),
        reading_(reading),
        promises_(promises),
        expiry_(partitions, reading.now),
        compaction_(partitions, ledger, keys, reading.now),
        copies_(ledger.instances()),
        skip_(reading.skips) {
    promises_.producers.resize(ledger.instances());
    for (std::uint32_t i = 0; i < ledger.instances(); ++i) {
      copies_[i].resize(ledger.produced_by(i));
    }
    for (const StoredPartition& partition : partitions) {
      const std::size_t p = partition.id.value();
      known_.resize(std::max(known_.size(), p + 1));
      const StoredReplica* authority = partition.authority();
      known_[p] = {&partition.name, authority != nullptr && authority->leads};
    }
  }

  AuditReport run() {
    for (const StoredPartition& partition : partitions_) {
      compare_replicas(partition);
      if (partition.judged) {
        read(partition);
      }
    }
    settle();
    compaction_.judge(reading_.positions, [this](log::PartitionId p, log::Offset offset) {
      return passed_over(p, offset);
    });
    return finish();
  }

 private:
  /// Replicas hold the same bytes up to the lower of their high watermarks.
  void compare_replicas(const StoredPartition& partition);
  void read(const StoredPartition& partition);
  [[nodiscard]] const ProducerPromise& promised_to(EventId id) const {
    return promises_.producers[models::event_instance(id.value())];
  }
  /// The record is met soon.
  void expect(const StoredRecord& record) const;
  void meet(const StoredPartition& partition, const StoredRecord& record);
  /// Walks over all produced records and gives each its place in the ledger.
  void settle();
  void lose(EventId id, const RecordLedger::Entry& entry);
  void count_double(const RecordLedger::Entry& entry);
  /// What readers were given twice, though it may be stored once: the other copy has been truncated
  /// or has expired.
  void look_at_deliveries();
  /// An acknowledged record that is stored and known to be at a place.
  void expect_reader(EventId id, const RecordLedger::Entry& entry);
  /// Of the partition that the record is said to be in.
  [[nodiscard]] const std::string& name_of(const RecordLedger::Entry& entry) const;
  /// The judged group has passed over the offset, and was entitled to.
  [[nodiscard]] bool passed_over(log::PartitionId p, log::Offset offset) const;
  void conserve();
  AuditReport finish();

  std::span<const StoredPartition> partitions_;
  const RecordLedger& ledger_;
  Reading reading_;
  Promises promises_;
  struct Known {
    const std::string* name = nullptr;
    bool is_led = false;
  };
  std::vector<Known> known_;   ///< partitions, by id
  log::Offset committed_end_;  ///< of the partition that is being read
  Expiry expiry_;
  Compaction compaction_;
  std::vector<std::vector<std::uint8_t>> copies_;  ///< of each record in the log, 0 to 255
  AuditReport report_;
  std::uint64_t settled_ = 0;  ///< of the ledger's records: delivered or refused
  LostWrite lost_write_;
  Duplicate duplicate_;
  Unseen unseen_;
  InconsistentOffsets offsets_;
  NonmonotonicSend order_;
  PollSkip skip_;
  KeyPartition key_partition_;
  Judgement phantom_{"log/phantom"};
  Judgement equal_{"log/replicas-equal"};
  Judgement conservation_{"ledger/conservation"};
};

EventId event_of(const StoredRecord& record) {
  return EventId(models::event_id(record.value, record.headers).value_or(~0ULL));
}

/// The first offset below `end` at which two replicas differ; nothing if they agree. Units that
/// share their buffer are equal without being read.
std::optional<log::Offset> first_difference(const StoredReplica& a, const StoredReplica& b,
                                            log::Offset end) {
  const log::Offset begin = std::max(a.start, b.start);
  if (are_shared(a, b)) {
    return std::nullopt;
  }
  std::vector<std::uint64_t> hashes;
  const auto fingerprint = [](const StoredRecord& r) {
    std::uint64_t h = 1469598103934665603ULL;  // FNV-1a
    for (const ByteView part : {r.key, r.value}) {
      for (const std::uint8_t byte : part) {
        h = (h ^ byte) * 1099511628211ULL;
      }
      h = (h ^ part.size()) * 1099511628211ULL;
    }
    for (const std::uint64_t part : {static_cast<std::uint64_t>(r.offset.value()),
                                     static_cast<std::uint64_t>(r.leader_epoch)}) {
      h = (h ^ part) * 1099511628211ULL;
    }
    return h;
  };
  read_stored(a.units, end, [&](const StoredRecord& r) {
    if (r.offset >= begin) {
      hashes.push_back(fingerprint(r));
    }
  });
  std::size_t i = 0;
  std::optional<log::Offset> difference;
  read_stored(b.units, end, [&](const StoredRecord& r) {
    if (r.offset < begin) {
      return;
    }
    if (!difference && (i >= hashes.size() || hashes[i] != fingerprint(r))) {
      difference = r.offset;
    }
    ++i;
  });
  if (!difference && i < hashes.size()) {
    difference = begin + static_cast<std::int64_t>(i);
  }
  return difference;
}

void Audit::compare_replicas(const StoredPartition& partition) {
  const StoredReplica* authority = partition.authority();
  for (const StoredReplica& replica : partition.replicas) {
    if (&replica == authority || authority == nullptr) {
      continue;
    }
    equal_.look();
    const log::Offset end = std::min(authority->high_watermark, replica.high_watermark);
    if (const auto difference = partition.config.compacts()
                                    ? compacted_difference(*authority, replica, end)
                                    : first_difference(*authority, replica, end)) {
      equal_.breach(fmt::format(
          "{}: nodes {} and {} differ at offset {}, below the high watermark {}", partition.name,
          authority->broker.value(), replica.broker.value(), difference->value(), end.value()));
    }
  }
}

void Audit::read(const StoredPartition& partition) {
  const StoredReplica* authority = partition.authority();
  if (authority == nullptr || !authority->leads) {
    lost_write_.nobody_leads();
  }
  if (authority == nullptr) {
    return;
  }
  const log::Offset end = stored_end(authority->units);
  committed_end_ = authority->leads ? authority->high_watermark : end;
  // What the books say of a record lies far from what they say of its neighbours in the log: it is
  // asked for some records before it is needed.
  constexpr std::size_t kRecordsAhead = 32;
  std::array<StoredRecord, kRecordsAhead> coming;
  std::size_t arrived = 0;
  std::size_t met = 0;
  const std::string damage = read_stored(authority->units, end, [&](const StoredRecord& record) {
    if (record.aborted && partition.reads_committed) {
      return;
    }
    if (record.fleeting) {
      while (met < arrived) {
        meet(partition, coming[met++ % kRecordsAhead]);
      }
      meet(partition, record);
      return;
    }
    if (arrived - met == kRecordsAhead) {
      meet(partition, coming[met++ % kRecordsAhead]);
    }
    coming[arrived++ % kRecordsAhead] = record;
    expect(record);
  });
  while (met < arrived) {
    meet(partition, coming[met++ % kRecordsAhead]);
  }
  if (!damage.empty() && authority->leads) {  // else it may be torn: nobody has recovered it yet
    phantom_.breach(partition.name + ": " + damage);
  }
}

void Audit::expect(const StoredRecord& record) const {
  const EventId id = event_of(record);
  if (ledger_.knows(id)) {
    ledger_.will_ask(id);
    __builtin_prefetch(
        &copies_[models::event_instance(id.value())][models::event_number(id.value())]);
  }
}

void Audit::meet(const StoredPartition& partition, const StoredRecord& record) {
  phantom_.look();
  const EventId id = event_of(record);
  if (!ledger_.knows(id)) {
    phantom_.breach(fmt::format("{} offset {}: a record that nobody produced", partition.name,
                                record.offset.value()));
    return;
  }
  if (record.offset >= committed_end_ && promised_to(id).acks_all) {
    return;  // nobody has promised it yet
  }
  std::uint8_t& copies =
      copies_[models::event_instance(id.value())][models::event_number(id.value())];
  if (promised_to(id).idempotent) {
    duplicate_.stored(id, partition.name, record.offset, copies);
  }
  copies = static_cast<std::uint8_t>(std::min(copies + 1, 255));
  if (copies > 1) {
    const RecordLedger::Entry entry = ledger_.entry(id);
    count_double(entry);
    offsets_.stored_again(id, entry, partition.id, record.offset);
    return;
  }
  if (compaction_.concerns(partition.id)) {
    compaction_.stored(partition.id, record);
  }
  const RecordLedger::Entry entry = ledger_.entry(id);
  const bool passed = record.offset < reading_.positions[partition.id.value()] &&
                      !passed_over(partition.id, record.offset);
  if (partition.keyed) {
    key_partition_.stored(partition, record);
  }
  skip_.stored(id, entry.delivered, passed, partition.id, partition.name, record.offset);
  if (entry.placed) {
    offsets_.stored(id, entry, partition.id, partition.name, record.offset);
  }
  if (promised_to(id).idempotent) {
    order_.stored(id, partition.id, partition.name, record.offset);
  }
}

void Audit::settle() {
  reports::Ledger& total = report_.ledger;
  for (std::uint32_t instance = 0; instance < ledger_.instances(); ++instance) {
    for (std::uint64_t number = 0; number < ledger_.produced_by(instance); ++number) {
      const EventId id(models::make_event_id(instance, number));
      const RecordLedger::Entry entry = ledger_.entry(id);
      const bool stored = copies_[instance][number] > 0;
      ++total.produced;
      total.acknowledged += entry.fate == Fate::acknowledged ? 1 : 0;
      conservation_.look();
      settled_ += entry.delivered || entry.fate == Fate::refused ? 1 : 0;
      const bool expired = !stored && expiry_.took(entry);
      const bool compacted = !stored && !expired && compaction_.took(id, entry);
      const bool gone = !stored && !expired && !compacted;
      if (entry.fate == Fate::acknowledged && (stored || gone)) {
        lost_write_.acknowledged(id, entry, stored, name_of(entry));
        if (stored && entry.placed) {
          if (promised_to(id).idempotent) {
            order_.said(id, entry);
          }
          expect_reader(id, entry);
        }
      }
      if (entry.fate == Fate::acknowledged && gone) {
        lose(id, entry);
      } else if (entry.delivered) {
        ++total.delivered;
        if (gone) {
          offsets_.delivered_and_gone(id, entry, name_of(entry));
        }
      } else if (expired) {
        ++total.expired;
      } else if (compacted) {
        ++total.compacted;
      } else if (stored && entry.placed && passed_over(entry.partition, entry.offset)) {
        ++total.skipped;
      } else if (stored || entry.fate == Fate::pending) {
        ++total.in_flight;
      } else {
        ++total.refused;
      }
    }
  }
}

const std::string& Audit::name_of(const RecordLedger::Entry& entry) const {
  static const std::string kUnknown = "unknown";
  const std::size_t p = entry.partition.value();
  return entry.placed && p < known_.size() && known_[p].name != nullptr ? *known_[p].name
                                                                        : kUnknown;
}

void Audit::expect_reader(EventId id, const RecordLedger::Entry& entry) {
  const std::size_t p = entry.partition.value();
  const bool is_read = p < reading_.last_given.size() && reading_.last_given[p];
  if (!is_read || (entry.offset < reading_.positions[p] && !entry.delivered)) {
    return;  // what was skipped is poll-skip's affair
  }
  unseen_.acknowledged(
      id, entry, name_of(entry),
      {known_[p].is_led && !reading_.cut_short, reading_.now - *reading_.last_given[p]});
}

bool Audit::passed_over(log::PartitionId p, log::Offset offset) const {
  return !reading_.passed_over.empty() &&
         std::ranges::any_of(reading_.passed_over[p.value()], [&](const PassedOver& range) {
           return range.from <= offset && offset < range.to &&
                  (range.why == PassedOver::Why::began || expiry_.begins_behind(p, range.from));
         });
}

void Audit::lose(EventId id, const RecordLedger::Entry& entry) {
  reports::Ledger& total = report_.ledger;
  ++total.lost;
  report_.lost_from.push_back({entry.acknowledged, entry.partition,
                               entry.placed ? std::optional(entry.offset) : std::nullopt});
  if (report_.lost.size() < reports::kMaxLostListed) {
    report_.lost.push_back(
        {id.value(), {}, name_of(entry), entry.offset.value(), entry.acknowledged});
  }
}

void Audit::count_double(const RecordLedger::Entry& entry) {
  ++report_.ledger.duplicated;
  report_.duplicated.push_back(
      {entry.intended, entry.fate == Fate::acknowledged ? entry.acknowledged : Time::never()});
}

void Audit::look_at_deliveries() {
  std::vector<EventId> twice = ledger_.delivered_elsewhere();
  std::ranges::sort(twice);
  twice.erase(std::unique(twice.begin(), twice.end()), twice.end());
  for (const EventId id : twice) {
    if (copies_[models::event_instance(id.value())][models::event_number(id.value())] < 2) {
      count_double(ledger_.entry(id));
    }
  }
  std::erase_if(twice, [this](EventId id) { return !promised_to(id).idempotent; });
  duplicate_.delivered_twice(twice);
}

/// Two ways of counting, one as things happened and one now, come to the same.
void Audit::conserve() {
  const reports::Ledger& total = report_.ledger;
  const LedgerTotals& seen = ledger_.totals();
  const auto agree = [this](const char* what, std::uint64_t now, std::uint64_t then) {
    if (now != then) {
      conservation_.breach(
          fmt::format("{} records are {}, but {} were as it happened", now, what, then));
    }
  };
  agree("produced", total.produced, seen.produced);
  agree("acknowledged", total.acknowledged, seen.acknowledged);
  agree("delivered or refused", settled_, seen.settled);
}

AuditReport Audit::finish() {
  conserve();
  const LedgerTotals& seen = ledger_.totals();
  if (seen.unknown > 0) {
    phantom_.breach(fmt::format("{} delivered records were never produced", seen.unknown));
  }
  look_at_deliveries();
  report_.invariants = {lost_write_.report(), offsets_.report(), phantom_.report(), equal_.report(),
                        conservation_.report()};
  if (key_partition_.looked()) {
    report_.invariants.push_back(key_partition_.report());
  }
  if (promises_.consumed) {
    report_.invariants.push_back(skip_.report());
    report_.invariants.push_back(unseen_.report());
  }
  std::ranges::copy(compaction_.reports(promises_.consumed),
                    std::back_inserter(report_.invariants));
  if (std::ranges::any_of(promises_.producers, &ProducerPromise::idempotent)) {
    report_.invariants.push_back(duplicate_.report());
    report_.invariants.push_back(order_.report());
  }
  return std::move(report_);
}

}  // namespace

AuditReport audit(std::span<const StoredPartition> partitions, const RecordLedger& ledger,
                  const EventKeys& keys, const Reading& reading, const Promises& promises) {
  return Audit(partitions, ledger, keys, reading, promises).run();
}

}  // namespace wavetank::sim
