#pragma once

// What charts over the time of a run share: the axis, the faults as bands, the room for text.

#include <string_view>

#include "reports/html/markup.h"
#include "reports/html/scale.h"
#include "reports/result.h"

namespace wavetank::reports::html {

// In the units of the drawings' own view boxes, which are pixels on a wide screen.
inline constexpr double kChartWidth = 1080;
inline constexpr double kPlotLeft = 70;
inline constexpr double kPlotRight = 1054;
inline constexpr double kTimeAxisHeight = 34;

struct Extent {
  double top;
  double bottom;
};

/// About how wide `text` is drawn; charts leave room by it.
double text_width(std::string_view text);
double bold_width(std::string_view text);

/// From seconds of the run to places; from 0 to the end of the load, or of what came after it.
Scale time_scale(const RunResult& result);
/// Vertical lines at round times over `extent`.
Markup time_grid(const Scale& x, Extent extent);
/// The times themselves, below `bottom`.
Markup times(const Scale& x, double bottom);
/// The warm-up, and each fault: dark while it lasts, light until its backlog is drained. Names
/// stand above `extent`, as many as fit beside each other.
Markup fault_bands(const RunResult& result, const Scale& x, Extent extent);

}  // namespace wavetank::reports::html
