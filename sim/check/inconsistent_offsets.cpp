#include "sim/check/inconsistent_offsets.h"

#include <fmt/format.h>

#include "sim/check/wording.h"

namespace wavetank::sim {

void InconsistentOffsets::stored(EventId id, const RecordLedger::Entry& entry,
                                 log::PartitionId partition, const std::string& name,
                                 log::Offset offset) {
  judgement_.look();
  const bool is_there = entry.partition == partition && entry.offset == offset;
  if (!is_there && judgement_.holds()) {
    judgement_.breach(fmt::format("{} is at {}, but was said to be at {}", event_text(id),
                                  place_text(name, offset),
                                  place_text(entry.partition, entry.offset)));
  }
}

void InconsistentOffsets::delivered_and_gone(EventId id, const RecordLedger::Entry& entry,
                                             const std::string& name) {
  judgement_.look();
  if (judgement_.holds()) {
    judgement_.breach(fmt::format("{} was delivered from {}, where the log does not have it",
                                  event_text(id), place_text(name, entry.offset)));
  }
}

}  // namespace wavetank::sim
