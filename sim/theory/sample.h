#pragma once

// What a sample says of the law that it was drawn from. REQUIRES, of all: it is not empty.

#include <vector>

namespace wavetank::sim::theory {

double mean_of(const std::vector<double>& values);

/// REQUIRES: at least two values.
double variance_of(const std::vector<double>& values);

/// Linear between the values in order, the i-th of n at (i - 1/2) / n (Hazen, 1914). That is right
/// on average for exponential tails, of which the nearest value is some tenths of a percent off
/// where there are a few thousand. REQUIRES: 0 <= p <= 1.
double quantile_of(std::vector<double> values, double p);

}  // namespace wavetank::sim::theory
