#include "scenarios/percent.h"

#include <charconv>
#include <cmath>

namespace wavetank::scenarios {

std::optional<double> parse_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  return whole && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

std::optional<double> parse_percent(std::string_view text) {
  if (!text.ends_with('%')) {
    return std::nullopt;
  }
  const auto value = parse_number(text.substr(0, text.size() - 1));
  return value ? std::optional(*value / 100) : std::nullopt;
}

}  // namespace wavetank::scenarios
