#pragma once

// A rate over the last few samples, as Kafka's quotas measure it (Rate upon WindowedSum): what was
// recorded is summed up in samples of a fixed length, the oldest of which is reused for the next.

#include <cstdint>
#include <vector>

#include "engine/base/time.h"

namespace wavetank::log {

class SampledRate {
 public:
  /// `samples` of `length` each (quota.window.num, quota.window.size.seconds). REQUIRES: at least
  /// two.
  SampledRate(std::uint32_t samples, Duration length) : most_(samples), length_(length) {}

  /// Calls come in the order of time. A negative value takes back what was recorded too much.
  void record(std::int64_t value, Time now);
  /// What the rate is divided by: the time since the oldest sample began, but never less than all
  /// samples except the current one take, so that a client that has just come is not judged by its
  /// first second.
  [[nodiscard]] Duration window(Time now);
  /// What the samples hold, older ones left out.
  [[nodiscard]] std::int64_t sum(Time now);
  /// How long to wait until the rate would have come down to `per_second`, if the window grew by
  /// that time and nothing was added: (rate - limit) / limit * window (KIP-13). In milliseconds, as
  /// answers carry it; zero if the limit is kept. REQUIRES: per_second > 0.
  [[nodiscard]] Duration excess(double per_second, Time now);

 private:
  struct Sample {
    Time begun;
    std::int64_t value = 0;
  };
  void forget_old(Time now);

  std::uint32_t most_;
  Duration length_;
  std::vector<Sample> samples_;
  std::size_t current_ = 0;
};

}  // namespace wavetank::log
