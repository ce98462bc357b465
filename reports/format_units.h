#pragma once

// Numbers with their units, for people. Three significant digits, the unit that keeps the number
// between 1 and 1000, trailing zeros dropped, never the locale: "4.1 s", "250 us", "1.2M/s".

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/time.h"

namespace wavetank::reports {

/// "0 s", "850 ns", "4.1 s", "12.5 min", "3.2 h".
std::string format_duration(Duration d);
/// A point of the run, in seconds with at most one decimal: "120 s", "83.2 s".
std::string format_time(Time t);
/// The same with at most three, where the order of what happened counts: "6.01 s".
std::string format_moment(Time t);
/// Exact, in groups of three: "6,000,000".
std::string format_exact(std::uint64_t n);
/// Short: "999", "1.2k", "6M". Also for values that are no integers: "0.25".
std::string format_count(double n);
/// "1.2M/s".
std::string format_rate(double per_second);
/// Binary multiples: "512 B", "1.5 MiB".
std::string format_bytes(double bytes);
/// A share of one, rounded to whole percent: "49 %".
std::string format_percent(double share);
/// The same with its sign: "+49 %", "-12 %".
std::string format_margin(double share);
/// `value` of a unit as results carry it: "s", "ms", "us", "ns" as durations; "B", "B/s"; anything
/// ending in "/s" as a rate ("50k/s"); "" as a count; another unit is appended.
std::string format_value(double value, std::string_view unit);

}  // namespace wavetank::reports
