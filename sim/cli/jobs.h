#pragma once

// -j of the verbs that run several processes at a time.

#include <cstddef>

namespace CLI {
class App;
}

namespace wavetank::cli {

/// Adds the option; `jobs` is 0 unless it is given, and outlives the parse.
void add_jobs(CLI::App& verb, std::size_t& jobs);
/// What was asked for, or one for each processor.
std::size_t jobs_or_processors(std::size_t asked);

}  // namespace wavetank::cli
