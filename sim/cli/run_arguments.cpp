#include "sim/cli/run_arguments.h"

#include <fmt/format.h>

#include "sim/cli/shell.h"

namespace wavetank::cli {

std::string RunArguments::repeat_command(const std::string& file, std::uint64_t of) const {
  std::string command = "wavetank run " + shell_word(file);
  for (const std::string& override : overrides) {
    command += " --set " + shell_quoted(override);
  }
  if (!baseline.empty()) {
    command += " --baseline " + shell_word(baseline);
  }
  return command + fmt::format(" --seed {}", of);
}

}  // namespace wavetank::cli
