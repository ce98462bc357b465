#include "sim/cli/diagnostics.h"

#include <fmt/format.h>

#include <cstdio>
#include <sstream>
#include <string>

#include "reports/printable.h"

namespace wavetank::cli {

void print_diagnostics(const std::vector<scenarios::Diagnostic>& diagnostics, std::FILE* to) {
  for (const scenarios::Diagnostic& diagnostic : diagnostics) {
    std::istringstream text(scenarios::to_text(diagnostic));
    for (std::string line; std::getline(text, line);) {
      fmt::print(to, "{}\n", reports::printable(line));
    }
  }
}

reports::ExitCode complain(std::string_view message, reports::ExitCode code) {
  std::fflush(stdout);  // what was said before stands before it
  fmt::print(stderr, "wavetank: {}\n", reports::printable(message));
  return code;
}

}  // namespace wavetank::cli
