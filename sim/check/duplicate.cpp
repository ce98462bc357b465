#include "sim/check/duplicate.h"

#include <fmt/format.h>

#include "sim/check/wording.h"

namespace wavetank::sim {

void Duplicate::stored(EventId id, const std::string& partition, log::Offset offset,
                       unsigned copies) {
  judgement_.look();
  if (copies > 0 && judgement_.holds()) {
    judgement_.breach(
        fmt::format("{}: {} is stored again", place_text(partition, offset), event_text(id)));
  }
}

void Duplicate::delivered_twice(std::span<const EventId> records) {
  if (!records.empty()) {
    judgement_.breach(fmt::format("{} records were delivered at a second offset, the first {}",
                                  records.size(), event_text(records.front())));
  }
}

}  // namespace wavetank::sim
