#include "sim/check/record_ledger.h"

#include "engine/base/ensure.h"

namespace wavetank::sim {

namespace {
std::uint32_t instance_of(EventId id) {
  return models::event_instance(id.value());
}
std::uint64_t number_of(EventId id) {
  return models::event_number(id.value());
}
}  // namespace

void RecordLedger::produce(EventId id, Time intended) {
  const std::uint32_t instance = instance_of(id);
  if (instance >= cells_.size()) {
    cells_.resize(instance + 1);
  }
  Cells& cells = cells_[instance];
  ENSURE(number_of(id) == cells.count, "the records of an instance are numbered in order");
  if (cells.count % kCellsPerBlock == 0) {
    cells.blocks.push_back(std::make_unique<Cell[]>(kCellsPerBlock));
  }
  cells.at(cells.count++).intended_ns = intended.ns();
  ++totals_.produced;
}

bool RecordLedger::knows(EventId id) const {
  return instance_of(id) < cells_.size() && number_of(id) < cells_[instance_of(id)].count;
}

void RecordLedger::acknowledge(EventId id, log::PartitionId partition, log::Offset offset,
                               Time now) {
  Cell& cell = this->cell(id);
  ENSURE(cell.fate == static_cast<std::uint64_t>(Fate::pending),
         "a producer settles a record once");
  cell.fate = static_cast<std::uint64_t>(Fate::acknowledged);
  ++totals_.acknowledged;
  cell.publish_delay_us = static_cast<std::uint32_t>((now.ns() - cell.intended_ns) / 1000);
  if (offset.value() < 0) {
    return;  // acks=0: confirmed without a place
  }
  place(cell, partition, offset);
}

void RecordLedger::refuse(EventId id) {
  Cell& cell = this->cell(id);
  ENSURE(cell.fate == static_cast<std::uint64_t>(Fate::pending),
         "a producer settles a record once");
  cell.fate = static_cast<std::uint64_t>(Fate::refused);
  ++totals_.refused;
  totals_.settled += cell.delivered == 0 ? 1 : 0;
}

void RecordLedger::lose(EventId id) {
  Cell& cell = this->cell(id);
  if (cell.lost == 0 && cell.delivered == 0) {
    cell.lost = 1;
    ++totals_.lost;
  }
}

void RecordLedger::refuse_pending(std::uint32_t instance) {
  if (instance >= cells_.size()) {
    return;
  }
  for (std::uint64_t number = 0; number < cells_[instance].count; ++number) {
    if (cells_[instance].at(number).fate == static_cast<std::uint64_t>(Fate::pending)) {
      refuse(EventId(models::make_event_id(instance, number)));
    }
  }
}

Delivery RecordLedger::deliver(EventId id, log::PartitionId partition, log::Offset offset) {
  if (!knows(id)) {
    ++totals_.unknown;
    return Delivery::unknown;
  }
  Cell& cell = this->cell(id);
  if (cell.delivered != 0) {
    if (is_at(cell, partition, offset)) {
      ++totals_.redelivered;
      return Delivery::redelivered;
    }
    ++totals_.duplicated;
    delivered_elsewhere_.push_back(id);
    return Delivery::duplicate;
  }
  deliver(cell);
  place(cell, partition, offset);
  return Delivery::first;
}

Delivery RecordLedger::deliver_effect(EventId id) {
  if (!knows(id)) {
    ++totals_.unknown;
    return Delivery::unknown;
  }
  Cell& cell = this->cell(id);
  if (cell.delivered != 0) {
    ++totals_.redelivered;
    return Delivery::redelivered;
  }
  deliver(cell);
  return Delivery::first;
}

void RecordLedger::deliver(Cell& cell) {
  cell.delivered = 1;
  ++totals_.delivered;
  totals_.settled += cell.fate == static_cast<std::uint64_t>(Fate::refused) ? 0 : 1;
  totals_.lost -= cell.lost;
  cell.lost = 0;
}

RecordLedger::Entry RecordLedger::entry(EventId id) const {
  const Cell& cell = this->cell(id);
  return Entry{Time(cell.intended_ns),
               Time(cell.intended_ns) + microseconds(cell.publish_delay_us),
               static_cast<Fate>(cell.fate),
               cell.delivered != 0,
               cell.placed != 0,
               log::PartitionId(static_cast<std::uint32_t>(cell.partition)),
               log::Offset(static_cast<std::int64_t>(cell.offset))};
}

void RecordLedger::place(Cell& cell, log::PartitionId partition, log::Offset offset) {
  ENSURE(offset.value() >= 0 && offset.value() < (1LL << 39),
         "an offset fits the ledger's 39 bits");
  ENSURE(partition.value() < (1U << 20), "a partition fits the ledger's 20 bits");
  cell.partition = partition.value() & 0xfffffU;
  cell.offset = static_cast<std::uint64_t>(offset.value()) & ((1ULL << 39) - 1);
  cell.placed = 1;
}

bool RecordLedger::is_at(const Cell& cell, log::PartitionId partition, log::Offset offset) {
  return cell.partition == partition.value() &&
         cell.offset == static_cast<std::uint64_t>(offset.value());
}

}  // namespace wavetank::sim
