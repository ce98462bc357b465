#pragma once

// Numbers without a unit, and shares of a whole.

#include <optional>
#include <string_view>

namespace wavetank::scenarios {

/// "0.15"; nothing if the text is anything else, or not finite.
std::optional<double> parse_number(std::string_view text);
/// "15%" as 0.15.
std::optional<double> parse_percent(std::string_view text);

}  // namespace wavetank::scenarios
