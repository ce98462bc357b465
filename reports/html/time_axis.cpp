#include "reports/html/time_axis.h"

#include <algorithm>

#include "reports/format_units.h"
#include "reports/printable.h"
#include "reports/summary_parts.h"

namespace wavetank::reports::html {

namespace {

constexpr double kLetterWidth = 6.6;
constexpr double kBoldWidth = 7.4;
constexpr int kMostTimes = 13;
constexpr double kLeastBand = 1.5;  ///< so that a fault of no duration is seen
constexpr double kNameRise = 8;     ///< of a name's foot above the bands
constexpr double kNameGap = 10;     ///< between two names
constexpr const char* kWarmUp = "warm-up";

struct AxisUnit {
  double seconds;
  const char* name;
};
AxisUnit unit_for(double end_s) {
  if (end_s <= 600) {
    return {1, "s"};
  }
  return end_s <= 3 * 3600 ? AxisUnit{60, "min"} : AxisUnit{3600, "h"};
}

Markup band(const char* kind, double from, double to, Extent extent) {
  return markup("<rect class=\"{}\" x=\"{:.1f}\" y=\"{}\" width=\"{:.1f}\" height=\"{}\"/>", kind,
                from, extent.top, std::max(to - from, kLeastBand), extent.bottom - extent.top);
}

/// Where a fault stops to be felt: drained, else recovered, else healed, else never.
Time felt_until(const FaultReport& fault, Time end) {
  const Time healed = fault.until.value_or(end);
  const std::optional<Duration>& over = fault.drained ? fault.drained : fault.recovered;
  return over ? std::max(healed, fault.at + *over) : end;
}

}  // namespace

double text_width(std::string_view text) {
  return kLetterWidth * static_cast<double>(column_count(text));
}
double bold_width(std::string_view text) {
  return kBoldWidth * static_cast<double>(column_count(text));
}

Scale time_scale(const RunResult& result) {
  Time end = result.ended_at;
  for (std::size_t i = 0; i + 1 < result.series.size(); ++i) {
    const SeriesPoint& point = result.series[i];
    const bool quiet = point.count == 0 && point.in_per_s == 0 && point.lag_records == 0;
    end = quiet ? end : std::max(end, result.series[i + 1].at);
  }
  return Scale::linear({0, std::max(end.seconds(), 1e-3)}, {kPlotLeft, kPlotRight});
}

Markup time_grid(const Scale& x, Extent extent) {
  Markup out;
  for (const double at : time_steps(x.values().most, kMostTimes)) {
    out += markup("<path class=\"grid\" d=\"M{:.1f} {}V{}\"/>", x(at), extent.top, extent.bottom);
  }
  return out;
}

Markup times(const Scale& x, double bottom) {
  const AxisUnit unit = unit_for(x.values().most);
  Markup out;
  for (const double at : time_steps(x.values().most, kMostTimes)) {
    out += markup("<text class=\"time\" x=\"{:.1f}\" y=\"{}\">{:.6g} {}</text>", x(at), bottom + 18,
                  at / unit.seconds, unit.name);
  }
  return out;
}

Markup fault_bands(const RunResult& result, const Scale& x, Extent extent) {
  Markup out;
  double free_from = x(0);
  const auto name_at = [&](double at, const std::string& name) {
    const double width = text_width(name);
    if (at >= free_from) {
      out += markup("<text class=\"band-name\" x=\"{:.1f}\" y=\"{}\">{}</text>", at,
                    extent.top - kNameRise, name);
      free_from = at + width + kNameGap;
    }
  };
  if (result.warmup > Duration()) {
    const double end = x(result.warmup.seconds());
    out += band("warmup", x(0), end, extent);
    if (end - x(0) > text_width(kWarmUp)) {
      name_at(x(0), kWarmUp);
    }
  }
  for (const FaultReport& fault : result.faults) {
    const double from = x(fault.at.seconds());
    const double healed = x(fault.until.value_or(result.ended_at).seconds());
    out += band("aftermath", from, x(felt_until(fault, result.ended_at).seconds()), extent);
    out += band("fault", from, healed, extent);
    const std::string name = cut_to(printable(fault_name(fault)), 32);
    name_at(std::min(from, x.place().to - text_width(name)), name);
  }
  return out;
}

}  // namespace wavetank::reports::html
