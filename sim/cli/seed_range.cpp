#include "sim/cli/seed_range.h"

namespace wavetank::cli {

namespace {

std::optional<std::uint64_t> parse_seed(const std::string& digits) {
  constexpr std::size_t kDigits = 15;  // seeds stay below 2^53
  const bool good = !digits.empty() && digits.size() <= kDigits &&
                    digits.find_first_not_of("0123456789") == std::string::npos;
  return good ? std::optional<std::uint64_t>(std::stoull(digits)) : std::nullopt;
}

}  // namespace

std::optional<SeedRange> parse_seed_range(const std::string& text) {
  const std::size_t dots = text.find("..");
  const auto first = parse_seed(text.substr(0, dots));
  const auto last = dots == std::string::npos ? first : parse_seed(text.substr(dots + 2));
  return first && last && *first <= *last ? std::optional(SeedRange{*first, *last}) : std::nullopt;
}

}  // namespace wavetank::cli
