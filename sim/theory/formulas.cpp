#include "sim/theory/formulas.h"

#include <cmath>

namespace wavetank::sim::theory {

double erlang_c(std::uint32_t servers, double load) {
  const double offered = load * servers;
  double term = 1;  // offered^k / k!
  double sum = 0;
  for (std::uint32_t k = 0; k < servers; ++k) {
    sum += term;
    term *= offered / (k + 1);
  }
  const double all_busy = term / (1 - load);
  return all_busy / (sum + all_busy);
}

double crommelin_wait(std::uint32_t servers, double load) {
  constexpr double kNegligible = 1e-12;
  const double offered = load * servers;
  double wait = 0;
  for (std::uint32_t i = 1;; ++i) {
    const double mean = i * offered;
    const std::uint32_t first = i * servers;
    double term = std::exp(-mean + first * std::log(mean) - std::lgamma(first + 1.0));
    const double at_first = term;
    double beyond = 0;
    for (std::uint32_t j = first + 1; term > kNegligible * at_first; ++j) {
      term *= mean / j;
      beyond += term;
    }
    const double step = at_first + beyond - beyond / load;
    wait += step;
    if (step < kNegligible) {
      return wait;
    }
  }
}

double pollaczek_khinchine_wait(double arrivals, double mean_service, double mean_square_service) {
  return arrivals * mean_square_service / (2 * (1 - arrivals * mean_service));
}

double even_arrivals_wait(double load) {
  constexpr int kSteps = 1000;
  double s = 0;
  for (int i = 0; i < kSteps; ++i) {
    s = std::exp(-(1 - s) / load);
  }
  return s / (1 - s);
}

double harmonic(std::uint32_t n) {
  double sum = 0;
  for (std::uint32_t i = 1; i <= n; ++i) {
    sum += 1.0 / i;
  }
  return sum;
}

double repairman_busy_share(std::uint32_t customers, double think) {
  double term = 1;  // of k customers at the server, relative to none
  double sum = 1;
  for (std::uint32_t k = 0; k < customers; ++k) {
    term *= (customers - k) / think;
    sum += term;
  }
  return 1 - 1 / sum;
}

double choose(std::uint32_t n, std::uint32_t k) {
  double ways = 1;
  for (std::uint32_t i = 1; i <= k; ++i) {
    ways *= static_cast<double>(n - k + i) / i;
  }
  return ways;
}

double order_statistic_mean(std::uint32_t k, std::uint32_t n,
                            const std::function<double(double)>& survives, double until) {
  // The k-th smallest is later than t if fewer than k of the n are not.
  const auto tail = [&](double t) {
    const double later = survives(t);
    double sum = 0;
    for (std::uint32_t in_time = 0; in_time < k; ++in_time) {
      sum += choose(n, in_time) * std::pow(1 - later, in_time) * std::pow(later, n - in_time);
    }
    return sum;
  };
  constexpr int kPairs = 20'000;  // of Simpson's rule
  const double step = until / (2 * kPairs);
  double sum = tail(0) + tail(until);
  for (int i = 1; i < 2 * kPairs; ++i) {
    sum += (i % 2 == 1 ? 4 : 2) * tail(i * step);
  }
  return sum * step / 3;
}

}  // namespace wavetank::sim::theory
