#pragma once

// Which key a record is about: skew over n keys, by rank. Rank 0 is the hottest.

#include <cstdint>
#include <variant>

#include "engine/base/random.h"
#include "engine/base/result.h"

namespace wavetank::models {

/// Greatest number of distinct keys of a law.
inline constexpr std::uint64_t kKeysMax = std::uint64_t{1} << 48;

/// Sum of 1/i^s for i in 1..n, within a billionth of it: summed at the head, Euler-Maclaurin for
/// the rest.
double generalized_harmonic(std::uint64_t n, double s);

/// Ranks 0..n-1 with probability proportional to 1/(rank+1)^s, by rejection-inversion in O(1) time
/// and memory for every s > 0, 1 included (Hormann and Derflinger, "Rejection-inversion to generate
/// variates from monotone discrete distributions", 1996). At most a few draws a rank; about 1.1 on
/// average.
class Zipf {
 public:
  /// REQUIRES: 1 <= n <= kKeysMax, 0 < s <= 100.
  Zipf(std::uint64_t n, double s);

  std::uint64_t draw(Random& random) const;
  [[nodiscard]] std::uint64_t keys() const { return n_; }
  [[nodiscard]] double exponent() const { return s_; }
  [[nodiscard]] double probability(std::uint64_t rank) const;

 private:
  [[nodiscard]] double density(double x) const;
  [[nodiscard]] double integral(double x) const;
  [[nodiscard]] double integral_inverse(double y) const;

  std::uint64_t n_;
  double s_;
  double integral_low_;   ///< of density from 1 to 3/2, less the first rank's whole share
  double integral_high_;  ///< of density from 1 to n + 1/2
  double mass_;           ///< of all ranks together, the hottest counting 1
  double shortcut_;       ///< candidates this near to their rank need no second look
};

/// A law of keys with checked parameters.
class KeyLaw {
 public:
  /// Every key alike. Fails unless 1 <= keys <= kKeysMax.
  static Result<KeyLaw> uniform(std::uint64_t keys);
  /// Fails unless 1 <= keys <= kKeysMax and 0 < s <= 100.
  static Result<KeyLaw> zipf(std::uint64_t keys, double s);
  /// A share of the traffic goes to the first `hot` keys, evenly, the rest to the others, evenly.
  /// Fails unless 1 <= hot < keys <= kKeysMax and 0 <= share <= 1.
  static Result<KeyLaw> hot(std::uint64_t keys, std::uint64_t hot, double share);

  [[nodiscard]] std::uint64_t draw(Random& random) const;
  [[nodiscard]] std::uint64_t keys() const;
  [[nodiscard]] double probability(std::uint64_t rank) const;

 private:
  struct Uniform {
    std::uint64_t keys;
  };
  struct Hot {
    std::uint64_t keys;
    std::uint64_t hot;
    double share;
  };
  using Law = std::variant<Uniform, Zipf, Hot>;
  explicit KeyLaw(Law law) : law_(law) {}
  Law law_;
};

}  // namespace wavetank::models
