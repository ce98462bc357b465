#include <algorithm>
#include <cmath>

#include "reports/format_units.h"
#include "reports/html/blocks.h"
#include "reports/html/time_axis.h"

namespace wavetank::reports::html {

namespace {

constexpr double kTop = 26;
constexpr double kRowHeight = 9;
constexpr int kLevels = 8;  ///< of colour, by the logarithm of the count

/// Each octave of latency is two rows.
double row_seconds(std::uint64_t bucket) {
  return HeatColumn::least(bucket).seconds();
}

}  // namespace

Markup latency_heat_map(const RunResult& result) {
  std::uint64_t lowest = UINT64_MAX;
  std::uint64_t highest = 0;
  std::uint64_t most = 0;
  for (const HeatColumn& column : result.heat) {
    for (std::size_t i = 0; i < column.counts.size(); ++i) {
      lowest = std::min(lowest, column.first_bucket);
      highest = std::max(highest, column.first_bucket + i);
      most = std::max(most, column.counts[i]);
    }
  }
  if (most == 0) {
    return {};
  }
  const double bottom = kTop + kRowHeight * static_cast<double>(highest - lowest + 1);
  const auto y = [&](std::uint64_t bucket) {
    return bottom - kRowHeight * static_cast<double>(bucket - lowest + 1);
  };
  const Scale x = time_scale(result);
  Markup cells;
  for (std::size_t c = 0; c < result.heat.size(); ++c) {
    const HeatColumn& column = result.heat[c];
    const double from = x(column.at.seconds());
    const double to =
        c + 1 < result.heat.size() ? x(result.heat[c + 1].at.seconds()) : x.place().to;
    for (std::size_t i = 0; i < column.counts.size(); ++i) {
      if (column.counts[i] > 0) {
        const double share = std::log1p(static_cast<double>(column.counts[i])) /
                             std::log1p(static_cast<double>(most));
        cells += markup("<path class=\"h{}\" d=\"M{:.1f} {:.1f}H{:.1f}v{}H{:.1f}z\"/>",
                        std::min(kLevels - 1, static_cast<int>(share * kLevels)), from,
                        y(column.first_bucket + i), to, kRowHeight, from);
      }
    }
  }
  Markup levels;
  for (std::uint64_t bucket = lowest; bucket <= highest; ++bucket) {
    if (bucket % 4 == 0) {
      levels += markup("<text class=\"level\" x=\"{}\" y=\"{:.1f}\">{}</text>", kPlotLeft - 6,
                       y(bucket) + kRowHeight + 4, format_value(row_seconds(bucket), "s"));
    }
  }
  Markup drawing = fault_bands(result, x, {kTop, bottom});
  drawing += time_grid(x, {kTop, bottom});
  drawing += levels;
  drawing += cells;
  drawing += times(x, bottom);
  return markup(
      "<section>\n<h2>How latencies were spread</h2>\n<p>Deliveries by when they happened and how "
      "long they took; the stronger the colour, the more (by the logarithm). Two bands side by "
      "side at one time "
      "are two kinds of records.</p>\n<div class=\"chart\"><svg viewBox=\"0 0 {} {}\" role=\"img\" "
      "aria-label=\"Spread of end-to-end latency over time\">{}</svg></div>\n</section>\n",
      kChartWidth, bottom + kTimeAxisHeight, drawing);
}

}  // namespace wavetank::reports::html
