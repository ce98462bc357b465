#pragma once

// What a file of results may hold at most. Somebody may have edited it: beyond these, sums would
// wrap and memory would run out.

#include <cstdint>

namespace wavetank::reports {

/// 73 years, as a date or as a length of time.
inline constexpr std::uint64_t kMostTime_ns = std::uint64_t{1} << 61;
/// Of the records of one histogram: far beyond those of any run.
inline constexpr std::uint64_t kMostRecords = std::uint64_t{1} << 53;

}  // namespace wavetank::reports
