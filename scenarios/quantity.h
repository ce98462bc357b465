#pragma once

// Quantities with units, as people write them: "50k/s", "16KiB", "10Gbps", "250us", "2 weeks".

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/base/time.h"

namespace wavetank::scenarios {

enum class Dimension {
  duration,   ///< base unit: nanoseconds in results, seconds for plain numbers
  bytes,      ///< bytes
  rate,       ///< a second
  bandwidth,  ///< bits a second
  count,      ///< of things: "10k", "2M"
};

/// The value in base units. The text must carry a unit, but for counts.
Result<double> parse_quantity(std::string_view text, Dimension dimension);

/// Base units a plain number counts in: 1e9 for durations (seconds), else 1.
double plain_scale(Dimension dimension);

/// "a duration", with an example in its unit.
std::string_view what_is(Dimension dimension);
std::string_view example_of(Dimension dimension);
/// A regular expression (ECMA 262) for exactly the texts that `parse_quantity` takes.
std::string pattern_of(Dimension dimension);

/// The shortest exact text: "250us", "16KiB", "50k/s".
std::string to_text(Duration duration);
std::string bytes_text(std::uint64_t bytes);
std::string rate_text(double per_second);

}  // namespace wavetank::scenarios
