#pragma once

// `--until-ci 5% --figure e2e.p99` of the verbs that run many seeds.

#include <cstdint>
#include <optional>
#include <string>

#include "reports/study/precision.h"

namespace CLI {
class App;
}

namespace wavetank::cli {

/// Where --seeds says nothing: the seeds from 1 on.
inline constexpr std::uint64_t kMostSeedsUntilCi = 100;

struct UntilCiArguments {
  std::string share;
  std::string figure;

  [[nodiscard]] bool is_given() const { return !share.empty() || !figure.empty(); }
};

/// Adds the options; `arguments` outlives the parse.
void add_until_ci(CLI::App& verb, UntilCiArguments& arguments);
/// Nothing: it is none, and stderr says what was expected. REQUIRES: it is given.
std::optional<reports::PrecisionGoal> parse_until_ci(const UntilCiArguments& arguments);
/// Whether `most` seeds are enough to look at an interval; if not, stderr says so.
bool has_room_for_interval(std::uint64_t most);

}  // namespace wavetank::cli
