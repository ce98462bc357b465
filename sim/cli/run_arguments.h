#pragma once

// What `wavetank run` was asked for.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/cli/until_ci.h"

namespace wavetank::cli {

struct RunArguments {
  std::vector<std::string> files;
  std::vector<std::string> overrides;
  std::optional<std::uint64_t> seed;
  std::string seeds;
  UntilCiArguments until;
  std::string folder;
  std::string baseline;
  std::size_t jobs = 0;
  bool no_knee = false;
  bool verify = false;

  /// The command that repeats the run of this file and seed.
  [[nodiscard]] std::string repeat_command(const std::string& file, std::uint64_t of) const;
};

}  // namespace wavetank::cli
