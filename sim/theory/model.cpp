// What is drawn: arrivals, delays and sizes, keys.

#include <fmt/format.h>

#include <cmath>

#include "models/arrivals.h"
#include "models/distribution.h"
#include "models/keys.h"
#include "sim/theory/law.h"
#include "sim/theory/sample.h"

namespace wavetank::sim::theory {

namespace {

constexpr std::uint64_t kDraws = 100'000;

/// Events in each of so many windows of one second.
std::vector<double> counts(models::ArrivalsConfig config, const Trial& trial, std::size_t windows) {
  config.rate = *models::Rate::of(config.rate.events_per_second() / trial.slower);
  models::Arrivals arrivals = *models::Arrivals::make(std::move(config));
  Random random(trial.stream("arrivals"));
  std::vector<double> all(windows, 0);
  for (;;) {
    const auto window = static_cast<std::size_t>((arrivals.next(random) - Time()) / seconds(1));
    if (window >= windows) {
      return all;
    }
    ++all[window];
  }
}

Law poisson() {
  constexpr double kRate = 20;
  return {"Poisson process",
          "models",
          "Poisson, 1837",
          {{"events a second", "lambda", kRate, "/s"}, {"variance of counts, by mean", "1", 1, ""}},
          [](const Trial& trial) -> std::vector<double> {
            models::ArrivalsConfig config;
            config.rate = *models::Rate::of(kRate);
            config.spacing = models::Spacing::poisson;
            const std::vector<double> all = counts(config, trial, 5'000);
            return {mean_of(all), variance_of(all) / mean_of(all)};
          }};
}

Law bursts() {
  constexpr double kRate = 100;
  // For 100 ms on average at three times the rate, then for 300 at half of it.
  constexpr double kFactor = (0.1 * 3 + 0.3 * 0.5) / (0.1 + 0.3);
  return {"bursts of random lengths",
          "models",
          "renewal reward (Smith, 1955)",
          {{"events a second", "lambda E[factor]", kRate * kFactor, "/s"}},
          [](const Trial& trial) -> std::vector<double> {
            models::ArrivalsConfig config;
            config.rate = *models::Rate::of(kRate);
            config.spacing = models::Spacing::poisson;
            config.bursts = models::Bursts{*models::Distribution::exponential(1e8),
                                           *models::Distribution::exponential(3e8), 3.0, 0.5};
            return {mean_of(counts(config, trial, 1'000))};
          }};
}

/// A law whose values are so many times greater than it says, by its parameters.
using Scaled = std::function<Result<models::Distribution>(double times)>;

/// Of a law drawn in units of its own.
Law draws(const std::string& name, const Scaled& scaled, Figure mean, Figure p99) {
  mean.what = "mean";
  p99.what = "p99";
  return {
      name, "models", "by definition", {mean, p99}, [=](const Trial& trial) -> std::vector<double> {
        const Result<models::Distribution> law = scaled(trial.slower);
        Random random(trial.stream("draws"));
        std::vector<double> all(kDraws);
        for (double& value : all) {
          value = law->draw(random);
        }
        return {mean_of(all), quantile_of(all, 0.99)};
      }};
}

std::vector<Law> distributions() {
  using models::Distribution;
  constexpr double kNormalP99 = 2.3263478740408408;
  return {
      draws("uniform in [1, 3)", [](double t) { return Distribution::uniform(t, 3 * t); },
            {"", "(a+b)/2", 2, ""}, {"", "a+.99(b-a)", 2.98, ""}),
      draws("exponential of 1", [](double t) { return Distribution::exponential(t); },
            {"", "m", 1, ""}, {"", "m ln(100)", std::log(100.0), ""}),
      draws("lognormal, 0 and 0.5",
            [](double t) { return Distribution::lognormal_mu_sigma(std::log(t), 0.5); },
            {"", "e^(mu+s^2/2)", std::exp(0.125), ""},
            {"", "e^(mu+2.326 s)", std::exp(kNormalP99 * 0.5), ""}),
      draws("Pareto, from 1, shape 5", [](double t) { return Distribution::pareto(t, 5); },
            {"", "a x/(a-1)", 1.25, ""}, {"", "x 100^(1/a)", std::pow(100, 0.2), ""}),
      draws("empirical, 0 1 5",
            [](double t) {
              return Distribution::empirical({{0, 0}, {0.5, t}, {1, 5 * t}});
            },
            {"", "trapezia", 1.75, ""}, {"", "1+4*.49/.5", 4.92, ""}),
  };
}

Law zipf() {
  constexpr std::uint64_t kKeys = 1000;
  constexpr double kExponent = 0.99;
  double mass = 0;
  for (std::uint64_t i = 1; i <= kKeys; ++i) {
    mass += std::pow(static_cast<double>(i), -kExponent);
  }
  return {fmt::format("Zipf, {} keys, s {}", kKeys, kExponent),
          "models",
          "Zipf, 1935",
          {{"share of the hottest", "1/H(n,s)", 1 / mass, ""},
           {"share of the tenth", "10^-s/H(n,s)", std::pow(10, -kExponent) / mass, ""}},
          [](const Trial& trial) -> std::vector<double> {
            const models::Zipf keys(kKeys, kExponent * trial.slower);
            Random random(trial.stream("keys"));
            std::uint64_t hottest = 0;
            std::uint64_t tenth = 0;
            for (std::uint64_t i = 0; i < 2 * kDraws; ++i) {
              const std::uint64_t rank = keys.draw(random);
              hottest += rank == 0 ? 1 : 0;
              tenth += rank == 9 ? 1 : 0;
            }
            return {static_cast<double>(hottest) / (2.0 * kDraws),
                    static_cast<double>(tenth) / (2.0 * kDraws)};
          }};
}

}  // namespace

std::vector<Law> model_laws() {
  std::vector<Law> all = {poisson(), bursts()};
  for (Law& law : distributions()) {
    all.push_back(std::move(law));
  }
  all.push_back(zipf());
  return all;
}

}  // namespace wavetank::sim::theory
