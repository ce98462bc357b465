#pragma once

// "1..1000" of the verbs that take many seeds.

#include <cstdint>
#include <optional>
#include <string>

namespace wavetank::cli {

struct SeedRange {
  std::uint64_t first = 1;
  std::uint64_t last = 1;  ///< not before the first

  [[nodiscard]] std::uint64_t size() const { return last - first + 1; }
};

/// "1..1000", or one seed.
std::optional<SeedRange> parse_seed_range(const std::string& text);

}  // namespace wavetank::cli
