#pragma once

// What a user probably meant: the known name nearest to one that is not known.

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace wavetank {

/// Least number of single-character insertions, deletions, substitutions and swaps of neighbours
/// that turn `a` into `b`, no place edited twice (optimal string alignment; Damerau 1964). Bytes
/// are compared without regard to ASCII case.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The known name nearest to `wrong`, the first one on a tie; none if even that is farther than a
/// third of the longer name's length (at least 1 edit is allowed), since a far-fetched suggestion
/// is worse than none.
std::optional<std::string> nearest(std::string_view wrong, std::span<const std::string_view> known);

}  // namespace wavetank
