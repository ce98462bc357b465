// HdrHistogram's percentile plot (.hgrm): value, percentile, count so far, and moments at the end.

#include <fmt/format.h>

#include <cmath>

#include "reports/export/exported.h"
#include "reports/export/percentile_steps.h"

namespace wavetank::reports {

namespace {

constexpr double kToMilliseconds = 1e6;
/// Lines from one percentile to the one that halves what is left.
constexpr double kStepsPerHalf = 5;

Duration least(std::size_t bucket) {
  return bucket == 0 ? Duration() : Histogram::value_at(bucket - 1) + nanoseconds(1);
}
/// What stands for the values of a bucket in sums.
double middle(std::size_t bucket) {
  const Duration width = Histogram::value_at(bucket) + nanoseconds(1) - least(bucket);
  return static_cast<double>((least(bucket) + width / 2).ns());
}

struct Moments {
  double mean = 0;
  double deviation = 0;
};
Moments moments_of(const Histogram& latencies) {
  if (latencies.count() == 0) {
    return {};
  }
  const auto average = [&](auto&& value) {
    double sum = 0;
    for (std::size_t i = 0; i < latencies.counts().size(); ++i) {
      sum += static_cast<double>(latencies.counts()[i]) * value(middle(i));
    }
    return sum / static_cast<double>(latencies.count());
  };
  const double mean = average([](double value) { return value; });
  const double variance = average([&](double value) { return (value - mean) * (value - mean); });
  return {mean, std::sqrt(variance)};
}

/// Doublings of the 2048 least values that it takes to reach the greatest.
int octaves(Duration greatest) {
  int count = 1;
  for (std::int64_t reach = 1 << Histogram::kSubBucketBits;
       reach <= greatest.ns() && count < 64 - Histogram::kSubBucketBits; reach *= 2) {
    ++count;
  }
  return count;
}

}  // namespace

double after(double percentile) {
  const double halvings = std::floor(std::log2(100 / (100 - percentile))) + 1;
  return percentile + 100 / (kStepsPerHalf * std::exp2(halvings));
}

std::string to_hgrm(const Histogram& latencies) {
  std::string text = "       Value     Percentile TotalCount 1/(1-Percentile)\n\n";
  const auto line = [&](std::size_t bucket, double percentile, std::uint64_t so_far) {
    text += fmt::format("{:12.3f} {:2.12f} {:10}",
                        static_cast<double>(Histogram::value_at(bucket).ns()) / kToMilliseconds,
                        percentile / 100, so_far);
    text += percentile < 100 ? fmt::format(" {:14.2f}\n", 1 / (1 - percentile / 100)) : "\n";
  };
  double percentile = 0;
  std::uint64_t so_far = 0;
  std::size_t last = 0;
  const auto total = static_cast<double>(latencies.count());
  for (std::size_t i = 0; i < latencies.counts().size() && so_far < latencies.count(); ++i) {
    if (latencies.counts()[i] == 0) {
      continue;
    }
    last = i;
    so_far += latencies.counts()[i];
    while (100 * static_cast<double>(so_far) / total >= percentile) {
      line(i, percentile, so_far);
      if (so_far == latencies.count()) {
        break;  // nothing is left to halve
      }
      percentile = after(percentile);
    }
  }
  if (latencies.count() > 0) {
    line(last, 100, so_far);
  }
  const Moments moments = moments_of(latencies);
  const Duration greatest = latencies.count() == 0 ? Duration() : Histogram::value_at(last);
  return text + fmt::format(
                    "#[Mean    = {:12.3f}, StdDeviation   = {:12.3f}]\n"
                    "#[Max     = {:12.3f}, Total count    = {:12}]\n"
                    "#[Buckets = {:12}, SubBuckets     = {:12}]\n",
                    moments.mean / kToMilliseconds, moments.deviation / kToMilliseconds,
                    static_cast<double>(greatest.ns()) / kToMilliseconds, latencies.count(),
                    octaves(greatest), 1 << Histogram::kSubBucketBits);
}

}  // namespace wavetank::reports
