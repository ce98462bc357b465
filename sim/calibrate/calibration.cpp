#include "sim/calibrate/calibration.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>
#include <fstream>
#include <vector>

#include "reports/program_version.h"
#include "sim/calibrate/fit.h"
#include "sim/calibrate/kernels.h"

namespace wavetank::sim {

namespace {

/// As Linux names it.
std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const auto colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) {
      return line.substr(colon + 2);
    }
  }
  return "a processor without a name";
}

std::string compiler_name() {
#ifdef __clang__
  return "clang " __clang_version__;
#else
  return "gcc " __VERSION__;
#endif
}

std::string today() {
  return fmt::format("{:%Y-%m-%d}", fmt::gmtime(std::time(nullptr)));
}

}  // namespace

Result<models::MeasuredCosts> calibrate(const std::string& name, int rounds,
                                        const Attendance& attendance) {
  const std::vector<Kernel> kernels = all_kernels();
  std::vector<Timing> quickest(kernels.size());
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < kernels.size(); ++i) {
      if (attendance.give_up()) {
        return fail("it was given up");
      }
      attendance.begins(fmt::format("round {} of {}: {}", round + 1, rounds, kernels[i].name));
      Result<Timing> timing = kernels[i].run();
      if (!timing) {
        return tl::unexpected<Error>(timing.error());
      }
      if (round == 0 || timing->unit_ns() < quickest[i].unit_ns()) {
        quickest[i] = *timing;
      }
    }
  }
  models::MeasuredCosts costs{name,
                              processor_name(),
                              compiler_name(),
                              fmt::format("wavetank {}", reports::program_version()),
                              today(),
                              fitted(quickest, (*models::find_cost_table("native"))->picoseconds),
                              {}};
  for (std::size_t i = 0; i < kernels.size(); ++i) {
    const double units = static_cast<double>(quickest[i].units);
    costs.kernels.push_back({kernels[i].name, quickest[i].unit_ns(),
                             priced_ns(quickest[i].work, costs.picoseconds) / units});
  }
  return costs;
}

}  // namespace wavetank::sim
