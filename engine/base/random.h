#pragma once

// Named random streams. A stream is derived from the root seed and a name ("load/producer/7",
// "net/3->5"), so that a new component does not shift the draws of the others. No
// std::*_distribution: their output differs between standard libraries.

#include <cstdint>
#include <string_view>

namespace wavetank {

/// xoshiro256** (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2021).
class Random {
 public:
  /// The stream `name` of the run with this root seed.
  Random(std::uint64_t root_seed, std::string_view name);

  std::uint64_t next();
  /// Uniform in [0, bound), without modulo bias. REQUIRES: bound > 0.
  std::uint64_t below(std::uint64_t bound);
  /// Uniform in [0, 1), 53 bits.
  double uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  /// Uniform in (0, 1]: safe to take the logarithm of.
  double uniform_positive() { return static_cast<double>((next() >> 11) + 1) * 0x1.0p-53; }
  /// Exponential with this mean.
  double exponential(double mean);
  /// Standard normal (polar method of Marsaglia; draws a varying number of words).
  double normal();
  bool chance(double probability) { return uniform() < probability; }

 private:
  std::uint64_t state_[4];
};

}  // namespace wavetank
