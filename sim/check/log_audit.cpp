#include "sim/check/log_audit.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "models/record_source.h"
#include "sim/check/judgement.h"

namespace wavetank::sim {

namespace {

class Audit {
 public:
  Audit(std::span<const StoredPartition> partitions, const RecordLedger& ledger,
        std::span<const log::Offset> positions, const Promises& promises)
      : partitions_(partitions),
        ledger_(ledger),
        positions_(positions),
        promises_(promises),
        copies_(ledger.instances()) {
    for (std::uint32_t i = 0; i < ledger.instances(); ++i) {
      copies_[i].resize(ledger.produced_by(i));
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
    return finish();
  }

 private:
  /// Replicas hold the same bytes up to the lower of their high watermarks.
  void compare_replicas(const StoredPartition& partition);
  void read(const StoredPartition& partition);
  void meet(const StoredPartition& partition, const StoredRecord& record);
  /// Walks over all produced records and gives each its place in the ledger.
  void settle();
  void lose(EventId id, const RecordLedger::Entry& entry);
  AuditReport finish();

  std::span<const StoredPartition> partitions_;
  const RecordLedger& ledger_;
  std::span<const log::Offset> positions_;
  Promises promises_;
  std::vector<std::vector<std::uint8_t>> copies_;  ///< of each record in the log, 0 to 255
  std::map<std::pair<log::PartitionId, std::uint32_t>, std::uint64_t>
      last_number_;  ///< by partition and instance
  AuditReport report_;
  Judgement lost_write_{"log/no-lost-write"};
  Judgement duplicate_{"log/no-duplicate"};
  Judgement order_{"log/producer-order"};
  Judgement offsets_{"log/consistent-offsets"};
  Judgement phantom_{"log/no-phantom"};
  Judgement skip_{"log/poll-skip"};
  Judgement equal_{"log/replicas-equal"};
  Judgement conservation_{"ledger/conservation"};
};

/// The first offset below `end` at which two replicas differ; nothing if they agree. Units that
/// share their buffer are equal without being read.
std::optional<log::Offset> first_difference(const StoredReplica& a, const StoredReplica& b,
                                            log::Offset end) {
  if (a.units.size() == b.units.size() &&
      std::ranges::equal(a.units, b.units, [](const Bytes& x, const Bytes& y) {
        return x.data() == y.data() && x.size() == y.size();
      })) {
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
  read_stored(a.units, end, [&](const StoredRecord& r) { hashes.push_back(fingerprint(r)); });
  std::size_t i = 0;
  std::optional<log::Offset> difference;
  read_stored(b.units, end, [&](const StoredRecord& r) {
    if (!difference && (i >= hashes.size() || hashes[i] != fingerprint(r))) {
      difference = r.offset;
    }
    ++i;
  });
  if (!difference && i < hashes.size()) {
    difference = log::Offset(static_cast<std::int64_t>(i));
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
    if (const auto difference = first_difference(*authority, replica, end)) {
      equal_.breach(fmt::format(
          "{}: nodes {} and {} differ at offset {}, below the high watermark {}", partition.name,
          authority->broker.value(), replica.broker.value(), difference->value(), end.value()));
    }
  }
}

void Audit::read(const StoredPartition& partition) {
  const StoredReplica* authority = partition.authority();
  if (authority == nullptr || !authority->leads) {
    lost_write_.lack_evidence();
  }
  if (authority == nullptr) {
    return;
  }
  const log::Offset end = authority->leads && promises_.acks_all ? authority->high_watermark
                                                                 : stored_end(authority->units);
  const std::string damage = read_stored(authority->units, end, [&](const StoredRecord& record) {
    if (!record.aborted || !promises_.reads_committed) {
      meet(partition, record);
    }
  });
  if (!damage.empty() && authority->leads) {  // else it may be torn: nobody has recovered it yet
    phantom_.breach(partition.name + ": " + damage);
  }
}

void Audit::meet(const StoredPartition& partition, const StoredRecord& record) {
  phantom_.look();
  const EventId id(models::event_id(record.value).value_or(~0ULL));
  if (!ledger_.knows(id)) {
    phantom_.breach(fmt::format("{} offset {}: a record that nobody produced", partition.name,
                                record.offset.value()));
    return;
  }
  const std::uint32_t instance = models::event_instance(id.value());
  const std::uint64_t number = models::event_number(id.value());
  std::uint8_t& copies = copies_[instance][number];
  duplicate_.look();
  if (copies > 0) {
    ++report_.ledger.duplicated;
    duplicate_.breach(fmt::format("{} offset {}: event {}/{} is stored again", partition.name,
                                  record.offset.value(), instance, number));
    copies = static_cast<std::uint8_t>(std::min(copies + 1, 255));
    return;
  }
  copies = 1;
  const RecordLedger::Entry entry = ledger_.entry(id);
  if (record.offset < positions_[partition.id.value()]) {
    skip_.look();
    if (!entry.delivered) {
      skip_.breach(fmt::format("{} offset {}: the consumer has passed it and was never given it",
                               partition.name, record.offset.value()));
    }
  }
  if (entry.placed) {
    offsets_.look();
    if (entry.partition != partition.id || entry.offset != record.offset) {
      offsets_.breach(fmt::format(
          "event {}/{} is at {} offset {}, but was said to be at offset {} of partition {}",
          instance, number, partition.name, record.offset.value(), entry.offset.value(),
          entry.partition.value()));
    }
  }
  order_.look();
  const auto [last, is_first] = last_number_.try_emplace({partition.id, instance}, number);
  if (!is_first) {
    if (number < last->second) {
      order_.breach(fmt::format("{} offset {}: event {}/{} comes after {}/{}", partition.name,
                                record.offset.value(), instance, number, instance, last->second));
    }
    last->second = number;
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
      if (entry.fate == Fate::acknowledged) {
        lost_write_.look();
      }
      if (entry.fate == Fate::acknowledged && !stored) {
        lose(id, entry);
      } else if (entry.delivered) {
        ++total.delivered;
        if (!stored) {
          conservation_.breach(
              fmt::format("event {}/{} was delivered and is not in the log", instance, number));
        }
      } else if (stored || entry.fate == Fate::pending) {
        ++total.in_flight;
      } else {
        ++total.refused;
      }
    }
  }
}

void Audit::lose(EventId id, const RecordLedger::Entry& entry) {
  reports::Ledger& total = report_.ledger;
  ++total.lost;
  report_.lost_at.push_back(entry.acknowledged);
  const auto partition = std::ranges::find(partitions_, entry.partition, &StoredPartition::id);
  const std::string name =
      entry.placed && partition != partitions_.end() ? partition->name : "unknown";
  lost_write_.breach(fmt::format("event {}/{}, acknowledged at {:.6f} s as {} offset {}, is gone",
                                 models::event_instance(id.value()),
                                 models::event_number(id.value()), entry.acknowledged.seconds(),
                                 name, entry.offset.value()));
  if (report_.lost.size() < reports::kMaxLostListed) {
    report_.lost.push_back({id.value(), {}, name, entry.offset.value(), entry.acknowledged});
  }
}

AuditReport Audit::finish() {
  const reports::Ledger& total = report_.ledger;
  const LedgerTotals& seen = ledger_.totals();
  if (total.produced != seen.produced || total.acknowledged != seen.acknowledged) {
    conservation_.breach("the ledger's totals differ from the sum over its records");
  }
  if (seen.unknown > 0) {
    phantom_.breach(fmt::format("{} delivered records were never produced", seen.unknown));
  }
  report_.invariants = {lost_write_.report(), offsets_.report(), phantom_.report(), equal_.report(),
                        conservation_.report()};
  if (promises_.consumed) {
    report_.invariants.push_back(skip_.report());
  }
  if (promises_.idempotent) {
    report_.invariants.push_back(duplicate_.report());
    report_.invariants.push_back(order_.report());
  }
  return std::move(report_);
}

}  // namespace

AuditReport audit(std::span<const StoredPartition> partitions, const RecordLedger& ledger,
                  std::span<const log::Offset> positions, const Promises& promises) {
  return Audit(partitions, ledger, positions, promises).run();
}

}  // namespace wavetank::sim
