#include "sim/cli/jobs.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <thread>

namespace wavetank::cli {

namespace {
constexpr std::size_t kMostJobs = 64;
}

void add_jobs(CLI::App& verb, std::size_t& jobs) {
  verb.add_option("-j,--jobs", jobs, "Runs at a time (default: one for each processor)")
      ->check(CLI::Range(std::size_t{1}, kMostJobs));
}

std::size_t jobs_or_processors(std::size_t asked) {
  return asked > 0 ? asked : std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace wavetank::cli
