#pragma once

#include <cstdint>

#include "engine/log/types.h"

namespace wavetank::sim {

/// Offsets [from, to) of a partition that a consumer group went past by its own choice.
struct PassedOver {
  enum class Why : std::uint8_t {
    began,         ///< it begins to read there: at an end of the log, at an offset or at a time
    out_of_range,  ///< it was told that the log has no record at `from` any more
  };
  log::Offset from;
  log::Offset to;
  Why why = Why::began;
};

}  // namespace wavetank::sim
