#include "sim/check/unseen.h"

#include <fmt/format.h>

#include "sim/check/wording.h"

namespace wavetank::sim {

void Unseen::acknowledged(EventId id, const RecordLedger::Entry& entry,
                          const std::string& partition, const Reader& reader) {
  judgement_.look();
  if (entry.delivered) {
    return;
  }
  if (!reader.can_read || reader.idle < kPatience) {
    judgement_.lack_evidence();
  } else if (judgement_.holds()) {
    judgement_.breach(
        fmt::format("{}, acknowledged at {} as {}, was never delivered: its reader was given "
                    "nothing for {:.0f} s",
                    event_text(id), time_text(entry.acknowledged),
                    place_text(partition, entry.offset), reader.idle.seconds()));
  }
}

}  // namespace wavetank::sim
