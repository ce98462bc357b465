#include "sim/check/inconsistent_offsets.h"

#include <fmt/format.h>

#include "sim/check/wording.h"

namespace wavetank::sim {

void InconsistentOffsets::stored(EventId id, const RecordLedger::Entry& entry,
                                 log::PartitionId partition, const std::string& name,
                                 log::Offset offset) {
  judgement_.look();
  if (entry.partition != partition || entry.offset != offset) {
    elsewhere_.emplace(id, Elsewhere{name, offset, entry});
  }
}

void InconsistentOffsets::stored_again(EventId id, const RecordLedger::Entry& entry,
                                       log::PartitionId partition, log::Offset offset) {
  if (entry.partition == partition && entry.offset == offset) {
    elsewhere_.erase(id);
  }
}

reports::InvariantReport InconsistentOffsets::report() {
  if (!elsewhere_.empty() && judgement_.holds()) {
    const auto& [id, it] = *elsewhere_.begin();
    judgement_.breach(fmt::format("{} is at {}, but was said to be at {}", event_text(id),
                                  place_text(it.name, it.offset),
                                  place_text(it.told.partition, it.told.offset)));
  }
  return judgement_.report();
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
