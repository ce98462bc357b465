#pragma once

// For the .cpp files of PartitionLog: one pass of a cleaner over its log, as far as it has come.

#include <cstdint>
#include <optional>
#include <utility>

#include "engine/base/bytes.h"
#include "engine/log/storage/cleaned_transactions.h"
#include "engine/log/storage/offset_map.h"
#include "engine/log/storage/segment.h"

namespace wavetank::log {

struct Cleaning {
  enum class Stage : std::uint8_t {
    mapping,  ///< the dirty part is read: where each key was last written
    copying,  ///< what is to stay goes into a new segment
    syncing,  ///< the new segment is being made durable
  };
  /// Segments [first, end) that become one.
  struct Group {
    std::size_t first = 0;
    std::size_t end = 0;
  };

  Cleaning(std::uint64_t memory_bytes, std::int64_t its_now_ms, std::size_t its_end,
           CleanedTransactions its_transactions)
      : now_ms(its_now_ms),
        end(its_end),
        latest(memory_bytes),
        transactions(std::move(its_transactions)) {}

  const std::int64_t now_ms;
  std::size_t end;  ///< segments from this one on stay as they are
  Stage stage = Stage::mapping;
  std::size_t segment = 0;     ///< that is being read
  std::uint64_t position = 0;  ///< in it
  OffsetMap latest;
  Offset mapped;  ///< of records at or behind this offset nothing is known
  CleanedTransactions transactions;
  Group group;
  std::optional<Segment> output;  ///< of the group
  Bytes room;                     ///< the records of the batch at hand, if it was compressed
};

}  // namespace wavetank::log
