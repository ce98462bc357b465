#pragma once

// Cost tables: what a unit of work (engine/port/meter.h) takes on the reference core, one busy vCPU
// of an m5 (see HardwareType::core_speed). Tables are versioned data: a run names the one it used.
// Model cards: models/cards/costs-*.md. A table that was measured on a machine (`wavetank
// calibrate`) holds for that machine's core, and says itself how far it can be trusted.

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/port/meter.h"

namespace wavetank::models {

/// "bytes_copied": a kind of work as files and reports name it.
std::string_view name(port::Work work);

/// Picoseconds a unit, indexed by port::Work.
using Prices = std::array<std::uint32_t, port::kWorkKinds>;

struct CostTable {
  std::string_view name;
  std::uint32_t version;
  Prices picoseconds;
  std::string_view card;  ///< path of the model card; empty of one that was measured

  [[nodiscard]] std::uint32_t of(port::Work work) const {
    return picoseconds[static_cast<std::size_t>(work)];
  }
};

/// What scenarios get that name no table: stands for the first of `cost_tables()`.
inline constexpr std::string_view kDefaultCostTable = "default";

std::span<const CostTable> cost_tables();
std::vector<std::string_view> cost_table_names();
/// The table of this name, or of `kDefaultCostTable`. A wrong name fails with the nearest right
/// one.
Result<const CostTable*> find_cost_table(std::string_view name);

/// Something the engine does, as it was timed, and as the table prices it.
struct TimedKernel {
  std::string name;
  double nanoseconds = 0;  ///< of one unit of it: a record, a block
  double priced = 0;       ///< the same, from the prices
};

/// A table as it was measured, with where it is from.
struct MeasuredCosts {
  std::string name;
  std::string machine;   ///< the processor, as its system names it
  std::string compiler;  ///< that built what was measured
  std::string program;   ///< and its version
  std::string measured;  ///< the day
  Prices picoseconds{};
  std::vector<TimedKernel> kernels;  ///< that the prices were fitted to

  /// Valid as long as this is.
  [[nodiscard]] CostTable table() const { return {name, 1, picoseconds, ""}; }
};

/// A table on a core of a given speed. Integer arithmetic: the same units cost the same everywhere.
class CostModel {
 public:
  /// Slowest and fastest core, relative to the reference.
  static constexpr double kCoreSpeedMin = 0.001;
  static constexpr double kCoreSpeedMax = 1000.0;

  /// REQUIRES: kCoreSpeedMin <= core_speed <= kCoreSpeedMax.
  explicit CostModel(const CostTable& table, double core_speed = 1.0);

  /// Time that all work on the meter takes, rounded to the nearest nanosecond. REQUIRES: less than
  /// 200 days.
  [[nodiscard]] Duration cost(const port::Meter& meter) const {
    std::uint64_t total = 0;
    const auto& units = meter.all();
    for (std::size_t i = 0; i < port::kWorkKinds; ++i) {
      total += units[i] * picoseconds_[i];
    }
    return Duration(static_cast<std::int64_t>((total + 500) / 1000));
  }

 private:
  std::array<std::uint64_t, port::kWorkKinds> picoseconds_;
};

}  // namespace wavetank::models
