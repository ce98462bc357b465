#pragma once

// Laws of a non-negative random quantity, by name: delays in nanoseconds, sizes in bytes. Every law
// knows its mean and quantiles in closed form, so that a test, a capacity hint or a report needs no
// sampling.

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engine/base/random.h"
#include "engine/base/result.h"
#include "engine/base/time.h"

namespace wavetank::models {

/// Quantile of the standard normal law. REQUIRES: 0 < p < 1.
double normal_quantile(double p);

/// One law with checked parameters. Values are in the base unit of the quantity: nanoseconds or
/// bytes. A value of this type is small, except for `empirical`.
class Distribution {
 public:
  /// Greatest parameter and greatest value ever drawn: heavier tails are cut here. As nanoseconds
  /// it is a year and a bit.
  static constexpr double kGreatest = 3.2e16;
  static constexpr std::size_t kQuantilePointsMax = 1024;

  struct QuantilePoint {
    double quantile;
    double value;
  };

  /// REQUIRES: 0 <= value <= kGreatest nanoseconds.
  static Distribution constant(Duration value);

  // The other factories fail, with the reason, on parameters that are not finite, negative or
  // beyond kGreatest, and on those that the law's own condition (in parentheses) excludes.

  static Result<Distribution> constant(double value);
  /// Uniform in [low, high) (low <= high).
  static Result<Distribution> uniform(double low, double high);
  static Result<Distribution> exponential(double mean);
  /// Log-normal through these two quantiles (0 < p50 <= p99).
  static Result<Distribution> lognormal(double p50, double p99);
  /// exp(N(mu, sigma)); mu is the logarithm of the median in base units.
  static Result<Distribution> lognormal_mu_sigma(double mu, double sigma);
  /// P(X > x) = (scale / x)^shape for x >= scale (scale > 0, shape > 1: a finite mean).
  static Result<Distribution> pareto(double scale, double shape);
  /// Linear between the points (from quantile 0 to quantile 1; quantiles ascend strictly, values
  /// never descend; at most kQuantilePointsMax).
  static Result<Distribution> empirical(std::vector<QuantilePoint> points);

  /// The name in scenario files: "constant", "uniform", "exponential", "lognormal", "pareto",
  /// "empirical".
  [[nodiscard]] std::string_view name() const;
  static std::span<const std::string_view> names();

  [[nodiscard]] double draw(Random& random) const;
  /// A draw rounded to whole nanoseconds.
  [[nodiscard]] Duration draw_duration(Random& random) const;
  /// A draw rounded to whole bytes (or whatever is counted).
  [[nodiscard]] std::uint64_t draw_count(Random& random) const;

  /// Of the law itself, before the cut at kGreatest.
  [[nodiscard]] double mean() const;
  /// The least x with P(X <= x) >= p. REQUIRES: 0 <= p <= 1. At most kGreatest.
  [[nodiscard]] double quantile(double p) const;
  [[nodiscard]] Duration mean_duration() const;
  [[nodiscard]] Duration quantile_duration(double p) const;

 private:
  struct Constant {
    double value;
  };
  struct Uniform {
    double low;
    double high;
  };
  struct Exponential {
    double mean;
  };
  struct Lognormal {
    double mu;
    double sigma;
  };
  struct Pareto {
    double scale;
    double shape;
  };
  struct Empirical {};  ///< of `points_`
  // The order is that of `names()`.
  using Law = std::variant<Constant, Uniform, Exponential, Lognormal, Pareto, Empirical>;

  explicit Distribution(Law law, std::vector<QuantilePoint> points = {})
      : law_(law), points_(std::move(points)) {}

  [[nodiscard]] double empirical_quantile(double p) const;
  [[nodiscard]] double empirical_mean() const;

  Law law_;
  std::vector<QuantilePoint> points_;
};

}  // namespace wavetank::models
