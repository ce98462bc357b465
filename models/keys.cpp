#include "models/keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/base/ensure.h"

namespace wavetank::models {

namespace {

constexpr double kExponentMax = 100.0;
constexpr std::uint64_t kHeadTerms = 256;

/// (e^x - 1) / x, and 1 at 0.
double expm1_over(double x) {
  return std::abs(x) > 1e-8 ? std::expm1(x) / x : 1.0 + 0.5 * x;
}

/// log(1 + x) / x, and 1 at 0.
double log1p_over(double x) {
  return std::abs(x) > 1e-8 ? std::log1p(x) / x : 1.0 - 0.5 * x;
}

/// Integral of t^-s from 1 to x; the logarithm at s = 1, without loss of digits nearby.
double power_integral(double x, double s) {
  const double log_x = std::log(x);
  return log_x * expm1_over((1.0 - s) * log_x);
}

Status check_keys(std::uint64_t keys) {
  if (keys >= 1 && keys <= kKeysMax) {
    return {};
  }
  return fail(fmt::format("{} keys, expected 1 to {}", keys, kKeysMax));
}

}  // namespace

double generalized_harmonic(std::uint64_t n, double s) {
  double head = 0.0;
  for (std::uint64_t i = std::min(n, kHeadTerms); i >= 1; --i) {
    head += std::pow(static_cast<double>(i), -s);  // small terms first: less rounding
  }
  if (n <= kHeadTerms) {
    return head;
  }
  // Sum over (a, n] is the integral, plus half the difference of the ends, plus the first term of
  // the Bernoulli series; the next one is of order a^-(s+3).
  const auto a = static_cast<double>(kHeadTerms);
  const auto b = static_cast<double>(n);
  const double fa = std::pow(a, -s);
  const double fb = std::pow(b, -s);
  const double integral = power_integral(b, s) - power_integral(a, s);
  return head + integral + 0.5 * (fb - fa) + s / 12.0 * (fa / a - fb / b);
}

Zipf::Zipf(std::uint64_t n, double s) : n_(n), s_(s) {
  ENSURE(n >= 1 && n <= kKeysMax, "a bounded number of keys");
  ENSURE(s > 0.0 && s <= kExponentMax, "a positive exponent");
  integral_low_ = integral(1.5) - 1.0;
  integral_high_ = integral(static_cast<double>(n) + 0.5);
  shortcut_ = 2.0 - integral_inverse(integral(2.5) - density(2.0));
  mass_ = generalized_harmonic(n, s);
}

double Zipf::density(double x) const {
  return std::exp(-s_ * std::log(x));
}

double Zipf::integral(double x) const {
  return power_integral(x, s_);
}

double Zipf::integral_inverse(double y) const {
  // Rounding may carry the argument just below -1, where the power has its pole.
  const double t = std::max(y * (1.0 - s_), -1.0);
  return std::exp(y * log1p_over(t));
}

std::uint64_t Zipf::draw(Random& random) const {
  for (;;) {
    const double u = integral_high_ + random.uniform() * (integral_low_ - integral_high_);
    const double x = integral_inverse(u);
    const double k = std::clamp(std::floor(x + 0.5), 1.0, static_cast<double>(n_));
    if (k - x <= shortcut_ || u >= integral(k + 0.5) - density(k)) {
      return static_cast<std::uint64_t>(k) - 1;
    }
  }
}

double Zipf::probability(std::uint64_t rank) const {
  return rank < n_ ? density(static_cast<double>(rank) + 1.0) / mass_ : 0.0;
}

Result<KeyLaw> KeyLaw::uniform(std::uint64_t keys) {
  return check_keys(keys).map([&] { return KeyLaw(Uniform{keys}); });
}

Result<KeyLaw> KeyLaw::zipf(std::uint64_t keys, double s) {
  if (!(s > 0.0 && s <= kExponentMax)) {
    return fail(fmt::format("zipf: s is {}, expected above 0 and up to {}", s, kExponentMax));
  }
  return check_keys(keys).map([&] { return KeyLaw(Zipf(keys, s)); });
}

Result<KeyLaw> KeyLaw::hot(std::uint64_t keys, std::uint64_t hot, double share) {
  if (hot < 1 || hot >= keys) {
    return fail(
        fmt::format("hot: {} of {} keys, expected at least 1 and fewer than all", hot, keys));
  }
  if (!(share >= 0.0 && share <= 1.0)) {
    return fail(fmt::format("hot: share is {}, expected 0 to 1", share));
  }
  return check_keys(keys).map([&] { return KeyLaw(Hot{keys, hot, share}); });
}

std::uint64_t KeyLaw::draw(Random& random) const {
  if (const Zipf* zipf = std::get_if<Zipf>(&law_)) {
    return zipf->draw(random);
  }
  if (const Hot* law = std::get_if<Hot>(&law_)) {
    return random.chance(law->share) ? random.below(law->hot)
                                     : law->hot + random.below(law->keys - law->hot);
  }
  return random.below(std::get<Uniform>(law_).keys);
}

std::uint64_t KeyLaw::keys() const {
  if (const Zipf* zipf = std::get_if<Zipf>(&law_)) {
    return zipf->keys();
  }
  const Hot* hot = std::get_if<Hot>(&law_);
  return hot != nullptr ? hot->keys : std::get<Uniform>(law_).keys;
}

double KeyLaw::probability(std::uint64_t rank) const {
  if (rank >= keys()) {
    return 0.0;
  }
  if (const Zipf* zipf = std::get_if<Zipf>(&law_)) {
    return zipf->probability(rank);
  }
  if (const Hot* law = std::get_if<Hot>(&law_)) {
    return rank < law->hot ? law->share / static_cast<double>(law->hot)
                           : (1.0 - law->share) / static_cast<double>(law->keys - law->hot);
  }
  return 1.0 / static_cast<double>(keys());
}

}  // namespace wavetank::models
