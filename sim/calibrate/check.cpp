#include "sim/calibrate/check.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/calibrate/load.h"

namespace wavetank::sim {

namespace {

std::vector<Load> loads() {
  std::vector<Load> all;
  all.push_back({"small records, one producer", 120'000, 60});
  all.push_back({"records of 3 KB", 3'500, 3'000});
  all.push_back({"five records a batch", 40'000, 200, 1'200});
  all.push_back({"LZ4, read", 25'000, 400, 32'768, 12, 1, "lz4", 1});
  all.push_back({"Zstandard, read", 25'000, 400, 32'768, 12, 1, "zstd", 1});
  all.push_back({"three copies", 40'000, 250, 16'384, 12, 3});
  all.push_back({"three copies, read", 40'000, 250, 16'384, 12, 3, "none", 1});
  all.push_back({"three copies, 300 partitions", 30'000, 300, 2'000, 300, 3, "none", 1});
  all.push_back({"a group of four reading", 60'000, 150, 16'384, 24, 1, "none", 4});
  all.push_back({"old segments, fetched", 20'000, 500, 16'384, 6, 1, "none", 1, true});
  return all;
}

}  // namespace

Result<std::vector<CheckedLoad>> check(const models::MeasuredCosts& costs, int rounds,
                                       const Attendance& attendance) {
  std::vector<CheckedLoad> checked;
  for (const Load& load : loads()) {
    CheckedLoad& it = checked.emplace_back();
    it.name = load.name;
    attendance.begins("simulating: " + load.name);
    const Result<Timing> simulation = simulated(load, costs);
    if (!simulation) {
      return tl::unexpected<Error>(simulation.error());
    }
    it.simulated = 1e9 / simulation->unit_ns();
  }
  for (int round = 0; round < rounds; ++round) {
    const std::vector<Load> all = loads();
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (attendance.give_up()) {
        return fail("it was given up");
      }
      attendance.begins(fmt::format("round {} of {}: {}", round + 1, rounds, all[i].name));
      const Result<Timing> timing = measured(all[i]);
      if (!timing) {
        return tl::unexpected<Error>(timing.error());
      }
      checked[i].measured = std::max(checked[i].measured, 1e9 / timing->unit_ns());
    }
  }
  return checked;
}

}  // namespace wavetank::sim
