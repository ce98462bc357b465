#pragma once

// The fate of every record of a run: when it was meant to be sent, whether its producer got an
// answer and which, and what the consumers saw of it. Twenty bytes a record, so that tens of
// millions fit. The identity of a record is in its bytes (models/record_source.h): the ledger
// learns of deliveries from what a consumer really read.

#include <cstdint>
#include <vector>

#include "engine/base/strong.h"
#include "engine/base/time.h"
#include "engine/log/types.h"

namespace wavetank::sim {

/// Instance of the producer and running number, as models::make_event_id puts them together.
using EventId = Strong<struct EventIdTag, std::uint64_t>;

enum class Fate : std::uint8_t { pending, acknowledged, refused };

/// What a delivery meant for its record.
enum class Delivery : std::uint8_t {
  first,
  redelivered,  ///< the same offset again: a consumer that resumed at its committed offset
  duplicate,    ///< another offset: the record is in the log twice
  unknown,      ///< no such record was ever produced
};

struct LedgerTotals {
  std::uint64_t produced = 0;
  std::uint64_t acknowledged = 0;
  std::uint64_t refused = 0;
  std::uint64_t delivered = 0;  ///< at least once
  std::uint64_t redelivered = 0;
  std::uint64_t duplicated = 0;
  std::uint64_t unknown = 0;
  std::uint64_t settled = 0;  ///< delivered or refused: nothing more is owed
};

class RecordLedger {
 public:
  struct Entry {
    Time intended;
    Time acknowledged;  ///< to about a microsecond; of acknowledged records
    Fate fate = Fate::pending;
    bool delivered = false;
    bool placed = false;  ///< partition and offset are known
    log::PartitionId partition;
    log::Offset offset;
  };

  /// REQUIRES: the numbers of an instance come in order, from 0.
  void produce(EventId id, Time intended);
  void acknowledge(EventId id, log::PartitionId partition, log::Offset offset, Time now);
  void refuse(EventId id);
  /// The producer of this instance died: what it had not settled will never be.
  void refuse_pending(std::uint32_t instance);
  Delivery deliver(EventId id, log::PartitionId partition, log::Offset offset);

  [[nodiscard]] bool knows(EventId id) const;
  /// REQUIRES: knows(id).
  [[nodiscard]] Time intended(EventId id) const { return Time(cell(id).intended_ns); }
  /// Instances are 0 to instances() - 1; instance i has produced records 0 to produced_by(i) - 1.
  [[nodiscard]] std::uint32_t instances() const {
    return static_cast<std::uint32_t>(cells_.size());
  }
  [[nodiscard]] std::uint64_t produced_by(std::uint32_t instance) const {
    return cells_[instance].size();
  }
  /// REQUIRES: knows(id).
  [[nodiscard]] Entry entry(EventId id) const;
  [[nodiscard]] const LedgerTotals& totals() const { return totals_; }

 private:
  struct Cell {
    std::int64_t intended_ns = 0;
    std::uint64_t offset : 40 = 0;
    std::uint64_t partition : 20 = 0;
    std::uint64_t fate : 2 = 0;
    std::uint64_t delivered : 1 = 0;
    std::uint64_t placed : 1 = 0;
  };
  static_assert(sizeof(Cell) == 16);

  [[nodiscard]] const Cell& cell(EventId id) const;
  [[nodiscard]] Cell& cell(EventId id);

  static void place(Cell& cell, log::PartitionId partition, log::Offset offset);
  static bool is_at(const Cell& cell, log::PartitionId partition, log::Offset offset);

  std::vector<std::vector<Cell>> cells_;                      ///< by instance and number
  std::vector<std::vector<std::uint32_t>> publish_delay_us_;  ///< the same way
  LedgerTotals totals_;
};

}  // namespace wavetank::sim
