// Prints what the two models of the network make of the same messages, as JSON: scripts/networks
// makes docs/networks.md of it.

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "bench/networks/cases.h"

namespace wavetank::bench {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const Case& it) {
  Json lines = Json::object();
  for (const Line& line : it.lines) {
    Json points = Json::array();
    for (const Point& point : line.points) {
      points.push_back(point.half ? Json{point.value, *point.half} : Json(point.value));
    }
    lines[line.name] = std::move(points);
  }
  return {{"along", it.along}, {"unit", it.unit}, {"places", it.places}, {"lines", lines}};
}

}  // namespace
}  // namespace wavetank::bench

int main() {
  nlohmann::ordered_json cases = nlohmann::ordered_json::object();
  for (const auto& made : wavetank::bench::kCases) {
    const wavetank::bench::Case it = made();
    cases[it.name] = wavetank::bench::to_json(it);
  }
  fmt::print("{}\n", cases.dump(1));
  return 0;
}
