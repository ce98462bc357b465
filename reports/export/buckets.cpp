#include "reports/export/buckets.h"

#include <fmt/format.h>

#include <algorithm>

#include "reports/export/dates.h"

namespace wavetank::reports {

std::string bound_text(std::span<const Duration> bounds, std::size_t index) {
  return index < bounds.size() ? fmt::format("{}", in_seconds(bounds[index])) : "+Inf";
}

Buckets::Buckets(const LatencyLog& log, PackedHistogram LatencyInterval::*kind,
                 std::span<const Duration> bounds) {
  Sample now{Time(), std::vector<std::uint64_t>(bounds.size() + 1), 0};
  samples_.push_back(now);
  for (const LatencyInterval& interval : log.intervals) {
    Histogram latencies;
    latencies.merge(interval.*kind);
    for (std::size_t i = 0; i < latencies.counts().size(); ++i) {
      if (const std::uint64_t count = latencies.counts()[i]; count > 0) {
        const auto bound = std::ranges::lower_bound(bounds, Histogram::value_at(i));
        for (auto at = bound - bounds.begin(); at <= std::ssize(bounds); ++at) {
          now.at_most[static_cast<std::size_t>(at)] += count;
        }
      }
    }
    now.sum_s += latencies.mean_ns() * 1e-9 * static_cast<double>(latencies.count());
    now.at = interval.to;
    samples_.push_back(now);
  }
}

}  // namespace wavetank::reports
