#include "sim/calibrate/cost_file.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace wavetank::sim {

namespace {

/// To a tenth of a nanosecond.
double rounded(double nanoseconds) {
  return std::round(nanoseconds * 10) / 10;
}

}  // namespace

std::string cost_file_text(const models::MeasuredCosts& costs) {
  nlohmann::ordered_json prices = nlohmann::ordered_json::object();
  for (std::size_t kind = 0; kind < port::kWorkKinds; ++kind) {
    prices[std::string(models::name(static_cast<port::Work>(kind)))] = costs.picoseconds[kind];
  }
  nlohmann::ordered_json kernels = nlohmann::ordered_json::array();
  for (const models::TimedKernel& it : costs.kernels) {
    kernels.push_back({{"name", it.name},
                       {"nanoseconds", rounded(it.nanoseconds)},
                       {"priced", rounded(it.priced)}});
  }
  const nlohmann::ordered_json document = {
      {"name", costs.name},           {"machine", costs.machine},
      {"compiler", costs.compiler},   {"program", costs.program},
      {"measured", costs.measured},   {"picoseconds", std::move(prices)},
      {"kernels", std::move(kernels)}};
  return document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace wavetank::sim
