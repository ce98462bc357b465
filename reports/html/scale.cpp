#include "reports/html/scale.h"

#include <algorithm>
#include <cmath>

namespace wavetank::reports::html {

double Scale::operator()(double value) const {
  const double v = std::clamp(value, values_.least, values_.most);
  const double share = logarithmic_
                           ? std::log(v / values_.least) / std::log(values_.most / values_.least)
                           : (v - values_.least) / (values_.most - values_.least);
  return place_.from + share * (place_.to - place_.from);
}

std::vector<double> round_steps(double most, int steps) {
  const double magnitude = std::pow(10, std::floor(std::log10(most / steps)));
  double step = magnitude;
  for (const double factor : {1.0, 2.0, 5.0, 10.0}) {
    step = factor * magnitude;
    if (step * steps >= most) {
      break;
    }
  }
  std::vector<double> at;
  for (int i = 0; at.empty() || at.back() < most; ++i) {
    at.push_back(i * step);
  }
  return at;
}

std::vector<double> time_steps(double end_s, int most) {
  double step = 1e-3;
  for (const double candidate : {1e-3, 1e-2, 0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0,
                                 300.0, 600.0, 900.0, 1800.0, 3600.0}) {
    step = candidate;
    if (end_s / step <= most) {
      break;
    }
  }
  while (end_s / step > most) {
    step *= 2;
  }
  std::vector<double> at;
  for (int i = 0; i * step <= end_s; ++i) {
    at.push_back(i * step);
  }
  return at;
}

std::vector<double> decades(double least, double most) {
  auto exponent = static_cast<int>(std::floor(std::log10(least)));
  std::vector<double> at{std::pow(10, exponent)};
  while (at.back() < most || at.size() < 2) {
    at.push_back(std::pow(10, ++exponent));
  }
  return at;
}

}  // namespace wavetank::reports::html
