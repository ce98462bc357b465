#include "sim/check/lost_write.h"

#include <fmt/format.h>

#include "sim/check/wording.h"

namespace wavetank::sim {

void LostWrite::acknowledged(EventId id, const RecordLedger::Entry& entry, bool stored,
                             const std::string& where) {
  judgement_.look();
  if (!stored && judgement_.holds()) {
    judgement_.breach(fmt::format("{}, acknowledged at {} as {}, is gone", event_text(id),
                                  time_text(entry.acknowledged), place_text(where, entry.offset)));
  }
}

}  // namespace wavetank::sim
