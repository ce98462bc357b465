#include "sim/check/wording.h"

#include <fmt/format.h>

#include "models/record_source.h"

namespace wavetank::sim {

std::string event_text(EventId id) {
  return fmt::format("event {}/{}", models::event_instance(id.value()),
                     models::event_number(id.value()));
}

std::string time_text(Time t) {
  return fmt::format("{:.6f} s", t.seconds());
}

std::string place_text(log::PartitionId partition, log::Offset offset) {
  return fmt::format("partition {} offset {}", partition.value(), offset.value());
}

std::string place_text(const std::string& partition, log::Offset offset) {
  return fmt::format("{} offset {}", partition, offset.value());
}

}  // namespace wavetank::sim
