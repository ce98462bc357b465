#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "reports/format_units.h"
#include "reports/html/blocks.h"
#include "reports/html/time_axis.h"
#include "reports/printable.h"

namespace wavetank::reports::html {

namespace {

constexpr double kTop = 26;
constexpr double kRowHeight = 17;
constexpr double kCellHeight = kRowHeight - 1;
constexpr double kLeft = 215;
constexpr double kRight = 935;
constexpr std::size_t kMostRows = 24;
constexpr std::size_t kLevels = 10;  ///< of colour
constexpr double kLeastPeak = 0.05;  ///< of a row, unless all are below
constexpr std::size_t kIdleRows = 6;
constexpr std::size_t kNameColumns = 30;

std::size_t level(double share) {
  return std::min(kLevels - 1, static_cast<std::size_t>(std::max(0.0, share) * kLevels));
}

/// The resources that were busiest at their worst, in the order of the result.
std::vector<const ResourceUse*> shown(const Utilisation& utilisation) {
  std::vector<const ResourceUse*> rows;
  for (const ResourceUse& use : utilisation.resources) {
    if (use.peak > 0 && !use.windows.empty()) {
      rows.push_back(&use);
    }
  }
  std::vector<const ResourceUse*> busiest = rows;
  std::ranges::stable_sort(busiest, std::ranges::greater(),
                           [](const ResourceUse* use) { return use->peak; });
  const auto busy = static_cast<std::size_t>(std::ranges::count_if(
      busiest, [](const ResourceUse* use) { return use->peak >= kLeastPeak; }));
  busiest.resize(std::min(busiest.size(), std::clamp(busy, kIdleRows, kMostRows)));
  std::erase_if(rows, [&](const ResourceUse* use) {
    return std::ranges::find(busiest, use) == busiest.end();
  });
  return rows;
}

/// The cells of one row, those of one colour beside each other as one.
void add_cells(const ResourceUse& use, const Utilisation& over, const Scale& x, double y,
               std::array<std::string, kLevels>& paths) {
  const auto edge = [&](std::size_t window) {
    return x(
        std::min(over.to, over.from + over.window * static_cast<std::int64_t>(window)).seconds());
  };
  for (std::size_t i = 0; i < use.windows.size();) {
    std::size_t end = i + 1;
    while (end < use.windows.size() && level(use.windows[end]) == level(use.windows[i])) {
      ++end;
    }
    paths[level(use.windows[i])] += fmt::format("M{:.1f} {:.1f}H{:.1f}v{}H{:.1f}z", edge(i), y,
                                                edge(end), kCellHeight, edge(i));
    i = end;
  }
}

Markup legend() {
  Markup out;
  double x = kLeft;
  for (std::size_t i = 0; i < kLevels; ++i) {
    out += markup("<g class=\"u{}\"><path d=\"M{:.0f} 4h22v10h-22z\"/></g>", i, x);
    x += 22;
  }
  return out += markup("<text x=\"{}\" y=\"13\">0 % to 100 %</text>", x + 8);
}

}  // namespace

Markup use_heat_map(const RunResult& result) {
  const Utilisation& over = result.utilisation;
  const std::vector<const ResourceUse*> rows = shown(over);
  if (rows.empty() || over.window <= Duration() || over.to <= over.from) {
    return {};
  }
  const double end = std::max(time_scale(result).values().most, over.to.seconds());
  const Scale x = Scale::linear({0, end}, {kLeft, kRight});
  const double top = kTop + 22;
  const double bottom = top + kRowHeight * static_cast<double>(rows.size());
  std::array<std::string, kLevels> paths;
  Markup labels;
  double y = top;
  for (const ResourceUse* use : rows) {
    add_cells(*use, over, x, y, paths);
    const std::string name =
        cut_to(printable(fmt::format("{} {}", use->host, words(use->resource))), kNameColumns);
    labels += markup(
        "<text class=\"level\" x=\"{}\" y=\"{:.1f}\">{}</text>"
        "<text x=\"{}\" y=\"{:.1f}\">peak {} at {}</text>",
        kLeft - 8, y + 11, name, kRight + 8, y + 11, format_percent(use->peak),
        format_time(use->peak_at));
    y += kRowHeight;
  }
  Markup drawing = legend();
  drawing += fault_bands(result, x, {top, bottom});
  drawing += time_grid(x, {top, bottom});
  for (std::size_t i = 0; i < kLevels; ++i) {
    if (!paths[i].empty()) {
      drawing += markup("<g class=\"u{}\"><path d=\"{}\"/></g>", i, Markup::trusted(paths[i]));
    }
  }
  drawing += labels;
  drawing += times(x, bottom);
  const std::size_t all = over.resources.size();
  return markup(
      "<section>\n<h2>How busy the hosts were</h2>\n<p>Each row is a resource of a host, from pale "
      "(idle) to dark red (full), with its busiest second; {} of {} are shown, those with the "
      "highest peaks. What is full while latency is high is the place to look.</p>\n"
      "<div class=\"chart\"><svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"Use of the hosts' "
      "resources over time\">{}</svg></div>\n</section>\n",
      rows.size(), all, kChartWidth, bottom + kTimeAxisHeight, drawing);
}

}  // namespace wavetank::reports::html
