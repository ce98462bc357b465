#pragma once

// Which setting moves a figure most: each alone turned down and up, all else and the seed the same,
// sorted by what it does.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "reports/terminal_summary.h"

namespace wavetank::reports {

struct TornadoSide {
  std::string value;               ///< of the setting
  std::optional<double> observed;  ///< missing: `why` says so
  std::string why;
};
struct TornadoBar {
  std::string path;   ///< "workload[0].producer.linger"
  std::string value;  ///< as the scenario has it
  std::optional<TornadoSide> low;
  std::optional<TornadoSide> high;
};
struct Tornado {
  std::string title;   ///< of the scenario
  std::string metric;  ///< "e2e.p99"
  std::string unit;    ///< base unit of what is observed: "s"
  std::uint64_t seed = 0;
  double base = 0;  ///< as the scenario stands
  std::vector<TornadoBar> bars;
};

/// The greatest distance from the base, either way; 0 if nothing was observed.
double effect(const TornadoBar& bar, double base);
/// It moves the figure by half a percent or more, or it is not known whether it does.
bool moves(const TornadoBar& bar, double base);
/// By effect, greatest first.
void sort_by_effect(Tornado& tornado);

/// As wide as they need; names are shown through `printable`.
std::string tornado_text(const Tornado& tornado, const Style& style);
std::string tornado_json(const Tornado& tornado);

}  // namespace wavetank::reports
