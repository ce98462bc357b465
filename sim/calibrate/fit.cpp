#include "sim/calibrate/fit.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace wavetank::sim {

namespace {

constexpr std::size_t kKinds = port::kWorkKinds;
constexpr int kRounds = 20'000;

/// One equation: the sum of factors times prices, each in units of what is assumed, is one.
struct Equation {
  std::array<double, kKinds> factors{};
  double weight = 1;
};

std::vector<Equation> equations(std::span<const Timing> timings, const models::Prices& assumed) {
  std::vector<Equation> all;
  for (const Timing& timing : timings) {
    Equation& it = all.emplace_back();
    for (std::size_t kind = 0; kind < kKinds; ++kind) {
      it.factors[kind] = static_cast<double>(timing.work.all()[kind]) * 1e-3 * assumed[kind] /
                         static_cast<double>(timing.took.ns());
    }
  }
  for (std::size_t kind = 0; kind < kKinds; ++kind) {
    Equation& it = all.emplace_back();
    it.factors[kind] = 1;
    it.weight = kPull * kPull;
  }
  return all;
}

}  // namespace

models::Prices fitted(std::span<const Timing> timings, const models::Prices& assumed) {
  const std::vector<Equation> all = equations(timings, assumed);
  std::array<double, kKinds> x{};
  x.fill(1);
  // One price after the other to where the sum of squares is least, which goes downhill always and
  // ends at the one lowest point: the equations of the pull make it unique.
  for (int round = 0; round < kRounds; ++round) {
    for (std::size_t kind = 0; kind < kKinds; ++kind) {
      double slope = 0;
      double curvature = 0;
      for (const Equation& it : all) {
        double rest = 1;
        for (std::size_t other = 0; other < kKinds; ++other) {
          rest -= other == kind ? 0 : it.factors[other] * x[other];
        }
        slope += it.weight * it.factors[kind] * rest;
        curvature += it.weight * it.factors[kind] * it.factors[kind];
      }
      x[kind] = std::max(0.0, slope / curvature);
    }
  }
  models::Prices prices{};
  for (std::size_t kind = 0; kind < kKinds; ++kind) {
    prices[kind] = static_cast<std::uint32_t>(std::llround(x[kind] * assumed[kind]));
  }
  return prices;
}

double priced_ns(const port::Meter& work, const models::Prices& prices) {
  double picoseconds = 0;
  for (std::size_t kind = 0; kind < kKinds; ++kind) {
    picoseconds += static_cast<double>(work.all()[kind]) * prices[kind];
  }
  return picoseconds * 1e-3;
}

}  // namespace wavetank::sim
