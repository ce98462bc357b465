#pragma once

// Values that a study tries in place of a scenario's own, as people write them:
//
//   workload.rate=1k/s,2k/s,5k/s             a list
//   workload.rate=10k/s..100k/s/10k/s        a range, by steps
//   workload.rate=1k/s..64k/s*2              a range, by a factor
//   services.log.topics[0].replication=1..3  whole numbers, one by one
//   workload.rate=1k/s..1M/s                 bounds to search between

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "scenarios/quantity.h"

namespace wavetank::scenarios {

/// Values that one parameter may take, and ends of a range.
inline constexpr std::size_t kMaxAxisValues = 1000;

/// A number with the unit that it was written in.
struct Amount {
  double value = 0;  ///< in base units of `dimension`
  Dimension dimension = Dimension::count;
};
/// "10", "1k/s", "16KiB", "250ms": a plain number is a count.
Result<Amount> parse_amount(std::string_view text);
/// What parse_amount reads back as exactly this value: the shortest round form if there is one.
std::string to_text(const Amount& amount);

/// One parameter of a sweep.
struct Axis {
  std::string path;                 ///< as for --set: "workload.rate"
  std::vector<std::string> values;  ///< as written, or of a range; at least one, each different
  friend bool operator==(const Axis&, const Axis&) = default;
};
Result<Axis> parse_axis(std::string_view text);

/// One parameter of a search.
struct SearchRange {
  std::string path;
  double from = 0;  ///< in base units of `dimension`
  double to = 0;
  Dimension dimension = Dimension::count;

  /// Only whole numbers lie between: plain ones, and bytes, if both ends are.
  [[nodiscard]] bool is_whole() const;
};
/// "workload.rate=1k/s..1M/s": 0 < from < to.
Result<SearchRange> parse_search_range(std::string_view text);

}  // namespace wavetank::scenarios
