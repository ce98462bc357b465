#pragma once

// Dates, for formats that must have one: a run has none of its own.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/time.h"

namespace wavetank::reports {

/// What the start of a run is dated unless somebody asks for another day, in seconds since 1970:
/// the same run gives the same bytes.
inline constexpr std::int64_t kDefaultEpoch_s = 1'767'225'600;  // 2026-01-01T00:00:00Z

/// "2026-01-01T00:00:00Z", of seconds since 1970.
std::string date_text(std::int64_t epoch_s);
/// The other way; also a day alone ("2026-01-01"). Nothing if it is neither, or beyond 1970 to
/// 9999.
std::optional<std::int64_t> parse_date(std::string_view text);

/// "12.345": seconds with three decimals, rounded.
std::string seconds_text(Duration duration);
/// In seconds, as near as a double comes: what is written in decimal is read as it was.
inline double in_seconds(Duration duration) {
  return static_cast<double>(duration.ns()) / 1e9;
}
inline double in_milliseconds(Duration duration) {
  return static_cast<double>(duration.ns()) / 1e6;
}

}  // namespace wavetank::reports
