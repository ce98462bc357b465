#include "engine/log/broker/sampled_rate.h"

#include <algorithm>
#include <cmath>

namespace wavetank::log {

void SampledRate::record(std::int64_t value, Time now) {
  if (samples_.empty()) {
    samples_.push_back({now, 0});
  }
  if (now - samples_[current_].begun >= length_) {
    current_ = (current_ + 1) % most_;
    if (current_ == samples_.size()) {
      samples_.emplace_back();
    }
    samples_[current_] = {now, 0};
  }
  samples_[current_].value += value;
}

void SampledRate::forget_old(Time now) {
  for (Sample& sample : samples_) {
    if (now - sample.begun >= length_ * most_) {
      sample = {now, 0};
    }
  }
}

Duration SampledRate::window(Time now) {
  forget_old(now);
  Time oldest = now;
  for (const Sample& sample : samples_) {
    oldest = std::min(oldest, sample.begun);
  }
  const Duration elapsed = now - oldest;
  const std::int64_t missing = most_ - 1 - elapsed / length_;
  return elapsed + length_ * std::max<std::int64_t>(missing, 0);
}

std::int64_t SampledRate::sum(Time now) {
  forget_old(now);
  std::int64_t total = 0;
  for (const Sample& sample : samples_) {
    total += sample.value;
  }
  return total;
}

Duration SampledRate::excess(double per_second, Time now) {
  const double window_s = window(now).seconds();
  const double rate = static_cast<double>(sum(now)) / window_s;
  if (rate <= per_second) {
    return {};
  }
  constexpr double kMs = 1000;
  return milliseconds(std::llround((rate - per_second) / per_second * window_s * kMs));
}

}  // namespace wavetank::log
