#pragma once

// The fate of every record of a run: when it was meant to be sent, whether its producer got an
// answer and which, and what the consumers saw of it. Twenty bytes a record, so that tens of
// millions fit. The identity of a record is in its bytes (models/record_source.h): the ledger
// learns of deliveries from what a consumer really read.

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/base/strong.h"
#include "engine/base/time.h"
#include "engine/log/types.h"
#include "models/record_source.h"

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
  std::uint64_t lost = 0;     ///< none of those, and given up (`lose`)
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
  /// It is acknowledged and was not delivered, and is in no log any more that is read: nobody waits
  /// for it. It may be delivered all the same, if that log comes back.
  void lose(EventId id);
  /// The producer of this instance died: what it had not settled will never be.
  void refuse_pending(std::uint32_t instance);
  Delivery deliver(EventId id, log::PartitionId partition, log::Offset offset);

  /// What an application has made of it was read: its place is not the record's.
  Delivery deliver_effect(EventId id);

  [[nodiscard]] bool knows(EventId id) const;
  /// REQUIRES: knows(id).
  [[nodiscard]] Time intended(EventId id) const { return Time(cell(id).intended_ns); }
  /// Brings what is known of the record near: somebody asks soon. REQUIRES: knows(id).
  void will_ask(EventId id) const { __builtin_prefetch(&cell(id)); }
  /// Instances are 0 to instances() - 1; instance i has produced records 0 to produced_by(i) - 1.
  [[nodiscard]] std::uint32_t instances() const {
    return static_cast<std::uint32_t>(cells_.size());
  }
  [[nodiscard]] std::uint64_t produced_by(std::uint32_t instance) const {
    return cells_[instance].count;
  }
  /// REQUIRES: knows(id).
  [[nodiscard]] Entry entry(EventId id) const;
  /// Records that were delivered at another place than they are known to be at, as often as they
  /// were.
  [[nodiscard]] const std::vector<EventId>& delivered_elsewhere() const {
    return delivered_elsewhere_;
  }
  [[nodiscard]] const LedgerTotals& totals() const { return totals_; }

 private:
  /// All of it together: whoever asks for one thing asks for others.
  struct [[gnu::packed, gnu::aligned(4)]] Cell {
    std::int64_t intended_ns = 0;
    std::uint64_t offset : 39 = 0;
    std::uint64_t partition : 20 = 0;
    std::uint64_t fate : 2 = 0;
    std::uint64_t delivered : 1 = 0;
    std::uint64_t placed : 1 = 0;
    std::uint64_t lost : 1 = 0;
    std::uint32_t publish_delay_us = 0;
  };
  static_assert(sizeof(Cell) == 20);
  /// In blocks, so that nothing is copied when it grows.
  static constexpr std::uint64_t kCellsPerBlock = 4096;
  struct Cells {
    std::vector<std::unique_ptr<Cell[]>> blocks;
    std::uint64_t count = 0;

    [[nodiscard]] Cell& at(std::uint64_t number) const {
      return blocks[number / kCellsPerBlock][number % kCellsPerBlock];
    }
  };

  [[nodiscard]] const Cell& cell(EventId id) const {
    return cells_[models::event_instance(id.value())].at(models::event_number(id.value()));
  }
  [[nodiscard]] Cell& cell(EventId id) {
    return cells_[models::event_instance(id.value())].at(models::event_number(id.value()));
  }

  void deliver(Cell& cell);
  static void place(Cell& cell, log::PartitionId partition, log::Offset offset);
  static bool is_at(const Cell& cell, log::PartitionId partition, log::Offset offset);

  std::vector<Cells> cells_;  ///< by instance
  std::vector<EventId> delivered_elsewhere_;
  LedgerTotals totals_;
};

}  // namespace wavetank::sim
