#pragma once

// A tornado as a drawing of its own: static SVG that needs nothing beside it.

#include <string>

#include "reports/tornado.h"

namespace wavetank::reports {

/// At most this many bars, those with the greatest effect; none that moves nothing.
inline constexpr std::size_t kMostTornadoBars = 30;

/// REQUIRES: sorted by effect.
std::string tornado_svg(const Tornado& tornado);

}  // namespace wavetank::reports
