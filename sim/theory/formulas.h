#pragma once

// Closed forms of queueing theory. Times are in whatever unit the arguments are in; `load` is the
// utilisation of a server, in (0, 1).

#include <cstdint>
#include <functional>

namespace wavetank::sim::theory {

/// Probability that an arrival at M/M/c waits (Erlang, 1917).
double erlang_c(std::uint32_t servers, double load);

/// Mean wait in M/D/c for a service time of 1 (Crommelin, "Delay Probability Formulae When the
/// Holding Times Are Constant", 1932). For c = 1 it is load / (2 (1 - load)).
double crommelin_wait(std::uint32_t servers, double load);

/// Mean wait in M/G/1 (Pollaczek, 1930; Khinchine, 1932).
double pollaczek_khinchine_wait(double arrivals, double mean_service, double mean_square_service);

/// Mean wait in D/M/1 for a mean service time of 1: s / (1 - s), where s = exp(-(1 - s) / load).
double even_arrivals_wait(double load);

/// 1 + 1/2 + ... + 1/n: mean of the greatest of n exponential times of mean 1.
double harmonic(std::uint32_t n);

/// Share of the time in which nobody thinks long enough to leave the server of the machine
/// repairman's problem idle: n customers, each of whom thinks `think` times as long as his service
/// takes, both exponential.
double repairman_busy_share(std::uint32_t customers, double think);

/// Mean of the k-th smallest of n independent times of the same law, given P(T > t): the integral
/// of the binomial tail, from 0 to `until`.
double order_statistic_mean(std::uint32_t k, std::uint32_t n,
                            const std::function<double(double)>& survives, double until);

double choose(std::uint32_t n, std::uint32_t k);

}  // namespace wavetank::sim::theory
