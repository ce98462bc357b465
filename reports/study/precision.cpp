#include "reports/study/precision.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace wavetank::reports {

namespace {

/// A step adds at least one part of what there is: steps of one seed are as many looks.
constexpr std::uint64_t kLeastStep = 5;

/// REQUIRES: not reached.
std::uint64_t after(const Precision& now, double share) {
  const std::uint64_t least = now.seeds + (now.seeds + kLeastStep - 1) / kLeastStep;
  const std::uint64_t most = 2 * now.seeds;
  const std::optional<double> is = now.share();
  if (!is) {
    return most;
  }
  // The interval narrows with the root of their number.
  const double told = static_cast<double>(now.seeds) * (*is / share) * (*is / share);
  return told < static_cast<double>(most)
             ? std::max(least, static_cast<std::uint64_t>(std::ceil(told)))
             : most;
}

}  // namespace

std::optional<double> Precision::share() const {
  if (!estimate || !estimate->high) {
    return std::nullopt;
  }
  const double half = *estimate->high - estimate->value;
  return half == 0 ? 0 : half / std::abs(estimate->value);
}

Precision precision(std::span<const SeedValue> values, double share) {
  std::vector<double> known;
  for (const SeedValue& value : values) {
    if (value) {
      known.push_back(*value);
    }
  }
  Precision it{estimate(known), known.size(), values.size(), false};
  it.reached = known.size() >= kLeastSeedsOfInterval && it.share() && *it.share() <= share;
  return it;
}

std::uint64_t seeds_wanted(std::span<const SeedValue> values, double share, std::uint64_t most) {
  std::uint64_t wanted = kLeastSeedsOfInterval;
  while (wanted <= values.size() && wanted < most) {
    const Precision now = precision(values.first(wanted), share);
    if (now.reached) {
      break;
    }
    wanted = std::min(after(now, share), most);
  }
  return wanted;
}

}  // namespace wavetank::reports
