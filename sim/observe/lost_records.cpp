#include "sim/observe/lost_records.h"

#include <algorithm>

#include "models/record_source.h"

namespace wavetank::sim {

void LostRecords::acknowledged(log::PartitionId p, log::Offset base,
                               std::span<const std::uint64_t> ids, NodeId by) {
  const log::Offset end = base + static_cast<std::int64_t>(ids.size());
  if (!leaderships_.ended_before(p, end - 1, by)) {
    acknowledged_to_[p.value()] = std::max(acknowledged_to_[p.value()], end);
    return;
  }
  log::Offset offset = base;
  for (const std::uint64_t id : ids) {
    if (leaderships_.ended_before(p, offset, by)) {
      ledger_.lose(EventId(id));
    }
    offset += 1;
  }
}

void LostRecords::acknowledged_somewhere(log::PartitionId p, std::span<const std::uint64_t> ids) {
  if (!ids.empty()) {
    std::deque<std::uint64_t>& sent = unplaced_[{models::event_instance(ids.front()), p}];
    sent.insert(sent.end(), ids.begin(), ids.end());
  }
}

/// What the group was given of it, or passed over, is not owed.
void LostRecords::led(Time now, log::PartitionId p, log::Offset end) {
  log::Offset& acknowledged_to = acknowledged_to_[p.value()];
  const log::Offset from = std::max(end, invariants_.reached(p));
  if (from < acknowledged_to) {
    cuts_.push_back({p, now, from});
  }
  acknowledged_to = std::min(acknowledged_to, end);
}

void LostRecords::delivered(log::PartitionId p, EventId id) {
  if (unplaced_.empty()) {
    return;
  }
  const auto of_producer = unplaced_.find({models::event_instance(id.value()), p});
  if (of_producer == unplaced_.end()) {
    return;
  }
  std::deque<std::uint64_t>& sent = of_producer->second;
  for (; !sent.empty() && sent.front() <= id.value(); sent.pop_front()) {
    const EventId earlier(sent.front());
    if (ledger_.entry(earlier).delivered) {
      continue;
    }
    if (passed_over_[p.value()] < invariants_.records_passed_over(p)) {
      ++passed_over_[p.value()];
    } else {
      ledger_.lose(earlier);
    }
  }
}

void LostRecords::tell_ledger() {
  if (cuts_.empty()) {
    return;
  }
  std::ranges::stable_sort(cuts_, {}, &Cut::partition);
  const auto is_gone = [&](const RecordLedger::Entry& record) {
    auto cut = std::ranges::lower_bound(cuts_, record.partition, {}, &Cut::partition);
    while (cut != cuts_.end() && cut->partition == record.partition &&
           (record.offset < cut->from || cut->at < record.acknowledged)) {
      ++cut;
    }
    return cut != cuts_.end() && cut->partition == record.partition;
  };
  for (std::uint32_t instance = 0; instance < ledger_.instances(); ++instance) {
    for (std::uint64_t number = 0; number < ledger_.produced_by(instance); ++number) {
      const EventId id(models::make_event_id(instance, number));
      const RecordLedger::Entry record = ledger_.entry(id);
      if (record.fate == Fate::acknowledged && record.placed && !record.delivered &&
          is_gone(record)) {
        ledger_.lose(id);
      }
    }
  }
  cuts_.clear();
}

}  // namespace wavetank::sim
