#include "models/distribution.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "engine/base/ensure.h"

namespace wavetank::models {

namespace {

constexpr std::array<std::string_view, 6> kNames = {"constant",  "uniform", "exponential",
                                                    "lognormal", "pareto",  "empirical"};
constexpr double kNormalP99 = 2.3263478740408408;  // normal_quantile(0.99)

bool in_range(double value) {
  return std::isfinite(value) && value >= 0 && value <= Distribution::kGreatest;
}

Status check(std::string_view law, std::string_view parameter, double value) {
  if (in_range(value)) {
    return {};
  }
  return fail(fmt::format("{}: {} is {}, expected a number from 0 to {}", law, parameter, value,
                          Distribution::kGreatest));
}

double cut(double value) {
  return std::clamp(value, 0.0, Distribution::kGreatest);
}

template <class... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};
template <class... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;

}  // namespace

double normal_quantile(double p) {
  ENSURE(p > 0.0 && p < 1.0, "a quantile strictly inside the law");
  // Only ever asked while a scenario is set up, so that bisection is fast enough; it needs no table
  // of constants and is exact to the last bits. The lower half keeps small tails precise.
  const bool upper = p > 0.5;
  const double tail = upper ? 1.0 - p : p;
  double low = -40.0;
  double high = 0.0;
  for (int i = 0; i < 80; ++i) {
    const double middle = 0.5 * (low + high);
    (0.5 * std::erfc(-middle * M_SQRT1_2) < tail ? low : high) = middle;
  }
  const double x = 0.5 * (low + high);
  return upper ? -x : x;
}

Distribution Distribution::constant(Duration value) {
  const auto ns = static_cast<double>(value.ns());
  ENSURE(in_range(ns), "a constant in range");
  return Distribution(Constant{ns});
}

Result<Distribution> Distribution::constant(double value) {
  if (Status s = check("constant", "value", value); !s) {
    return tl::unexpected(s.error());
  }
  return Distribution(Constant{value});
}

Result<Distribution> Distribution::uniform(double low, double high) {
  if (Status s = check("uniform", "low", low); !s) {
    return tl::unexpected(s.error());
  }
  if (Status s = check("uniform", "high", high); !s) {
    return tl::unexpected(s.error());
  }
  if (low > high) {
    return fail(fmt::format("uniform: low {} is above high {}", low, high));
  }
  return Distribution(Uniform{low, high});
}

Result<Distribution> Distribution::exponential(double mean) {
  if (Status s = check("exponential", "mean", mean); !s) {
    return tl::unexpected(s.error());
  }
  return Distribution(Exponential{mean});
}

Result<Distribution> Distribution::lognormal(double p50, double p99) {
  if (Status s = check("lognormal", "p99", p99); !s) {
    return tl::unexpected(s.error());
  }
  if (!(p50 > 0.0 && p50 <= p99)) {
    return fail(
        fmt::format("lognormal: expected 0 < p50 <= p99, found p50 {} and p99 {}", p50, p99));
  }
  return Distribution(Lognormal{std::log(p50), std::log(p99 / p50) / kNormalP99});
}

Result<Distribution> Distribution::lognormal_mu_sigma(double mu, double sigma) {
  if (!std::isfinite(mu) || mu > std::log(kGreatest) || !std::isfinite(sigma) || sigma < 0.0) {
    return fail(fmt::format("lognormal: expected a finite mu up to {} and sigma >= 0, found {}, {}",
                            std::log(kGreatest), mu, sigma));
  }
  return Distribution(Lognormal{mu, sigma});
}

Result<Distribution> Distribution::pareto(double scale, double shape) {
  if (Status s = check("pareto", "scale", scale); !s) {
    return tl::unexpected(s.error());
  }
  if (scale == 0.0 || !std::isfinite(shape) || shape <= 1.0) {
    return fail(
        fmt::format("pareto: expected scale > 0 and shape > 1 (or the mean is infinite), "
                    "found scale {} and shape {}",
                    scale, shape));
  }
  return Distribution(Pareto{scale, shape});
}

Result<Distribution> Distribution::empirical(std::vector<QuantilePoint> points) {
  if (points.size() < 2 || points.size() > kQuantilePointsMax) {
    return fail(fmt::format("empirical: expected 2 to {} points, found {}", kQuantilePointsMax,
                            points.size()));
  }
  if (points.front().quantile != 0.0 || points.back().quantile != 1.0) {
    return fail("empirical: the first quantile is 0 (the least value) and the last is 1");
  }
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (Status s = check("empirical", "a value", points[i].value); !s) {
      return tl::unexpected(s.error());
    }
    // Negated, so that a quantile that is not a number fails too.
    if (i > 0 &&
        !(points[i].quantile > points[i - 1].quantile && points[i].value >= points[i - 1].value)) {
      return fail(fmt::format("empirical: point {} does not ascend from the one before it", i));
    }
  }
  return Distribution(Empirical{}, std::move(points));
}

std::string_view Distribution::name() const {
  return kNames[law_.index()];
}

std::span<const std::string_view> Distribution::names() {
  return kNames;
}

double Distribution::empirical_quantile(double p) const {
  const auto above = std::ranges::upper_bound(points_, p, {}, &QuantilePoint::quantile);
  if (above == points_.end()) {
    return points_.back().value;
  }
  const QuantilePoint& low = *(above - 1);
  const double along = (p - low.quantile) / (above->quantile - low.quantile);
  return low.value + along * (above->value - low.value);
}

double Distribution::empirical_mean() const {
  double sum = 0.0;
  for (std::size_t i = 1; i < points_.size(); ++i) {
    const QuantilePoint& a = points_[i - 1];
    const QuantilePoint& b = points_[i];
    sum += (b.quantile - a.quantile) * 0.5 * (a.value + b.value);
  }
  return sum;
}

double Distribution::draw(Random& random) const {
  return cut(std::visit(
      Overloaded{
          [](const Constant& law) { return law.value; },
          [&](const Uniform& law) { return law.low + (law.high - law.low) * random.uniform(); },
          [&](const Exponential& law) { return random.exponential(law.mean); },
          [&](const Lognormal& law) { return std::exp(law.mu + law.sigma * random.normal()); },
          [&](const Pareto& law) {
            return law.scale * std::pow(random.uniform_positive(), -1.0 / law.shape);
          },
          [&](const Empirical&) { return empirical_quantile(random.uniform()); },
      },
      law_));
}

Duration Distribution::draw_duration(Random& random) const {
  return Duration(std::llround(draw(random)));
}

std::uint64_t Distribution::draw_count(Random& random) const {
  return static_cast<std::uint64_t>(std::llround(draw(random)));
}

double Distribution::mean() const {
  return std::visit(
      Overloaded{
          [](const Constant& law) { return law.value; },
          [](const Uniform& law) { return 0.5 * (law.low + law.high); },
          [](const Exponential& law) { return law.mean; },
          [](const Lognormal& law) { return std::exp(law.mu + 0.5 * law.sigma * law.sigma); },
          [](const Pareto& law) { return law.scale * law.shape / (law.shape - 1.0); },
          [&](const Empirical&) { return empirical_mean(); },
      },
      law_);
}

double Distribution::quantile(double p) const {
  ENSURE(p >= 0.0 && p <= 1.0, "a quantile is a share");
  return cut(std::visit(
      Overloaded{
          [](const Constant& law) { return law.value; },
          [&](const Uniform& law) { return law.low + (law.high - law.low) * p; },
          // At p = 1 without a mean, 0 times infinity would not be a number.
          [&](const Exponential& law) {
            return law.mean == 0.0 ? 0.0 : -law.mean * std::log1p(-p);
          },
          [&](const Lognormal& law) {
            if (p == 0.0) {
              return law.sigma == 0.0 ? std::exp(law.mu) : 0.0;
            }
            if (p == 1.0) {
              return law.sigma == 0.0 ? std::exp(law.mu) : kGreatest;
            }
            return std::exp(law.mu + law.sigma * normal_quantile(p));
          },
          [&](const Pareto& law) { return law.scale * std::pow(1.0 - p, -1.0 / law.shape); },
          [&](const Empirical&) { return empirical_quantile(p); },
      },
      law_));
}

Duration Distribution::mean_duration() const {
  return Duration(std::llround(cut(mean())));
}

Duration Distribution::quantile_duration(double p) const {
  return Duration(std::llround(quantile(p)));
}

}  // namespace wavetank::models
