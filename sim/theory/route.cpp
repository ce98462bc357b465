// Routes: a fixed time and a law of delay, and what TCP makes of lost segments. One message at a
// time, long after the last.

#include <cmath>

#include "sim/theory/law.h"
#include "sim/theory/sea.h"
#include "sim/theory/visitors.h"

namespace wavetank::sim::theory {

namespace {

constexpr HostId kFrom{0};
constexpr HostId kTo{1};
constexpr Duration kLatency = milliseconds(1);
constexpr double kLatency_ms = 1;

struct Ways {
  double mean_ms;
  double p99_ms;
};

/// What messages take that are sent so often, one after the other.
Ways ways(Sea& sea, const Trial& trial, double per_second, std::uint64_t counted) {
  Visitors visitors(sea.kernel, trial, per_second, counted, models::Spacing::constant);
  Inbox inbox;
  inbox.takes = [&](std::uint64_t it) { visitors.left(it); };
  visitors.run([&](std::uint64_t it) {
    constexpr std::uint64_t kBytes = 1000;
    sea.network->transmit(kFrom, kTo, 0, kBytes, inbox, it);
  });
  return {visitors.mean_ms(), visitors.quantile_ms(0.99)};
}

Law delay() {
  constexpr double kMean_ms = 5;
  return {"d 1 ms + exponential of 5 ms",
          "route",
          "by definition",
          {{"mean way", "d+1/mu", kLatency_ms + kMean_ms, "ms"},
           {"p99 of it", "d+ln(100)/mu", kLatency_ms + kMean_ms * std::log(100.0), "ms"}},
          [](const Trial& trial) -> std::vector<double> {
            Sea sea(trial, {kFastCard, kFastCard}, kLatency);
            const double mean_ns = kMean_ms * kNsPerMs * trial.slower;
            sea.network->set_jitter(kFrom, kTo, Duration(static_cast<std::int64_t>(mean_ns)));
            const Ways all = ways(sea, trial, 5, 20'000);
            return {all.mean_ms, all.p99_ms};
          }};
}

Law loss() {
  constexpr double kShare = 0.1;
  constexpr double kRto_ms = 200;
  const double mean = kLatency_ms + kRto_ms * kShare / (1 - 2 * kShare);
  return {"segments lost, p 0.1",
          "route",
          "RFC 6298: time-outs that double",
          {{"mean way", "d+RTO p/(1-2p)", mean, "ms"}},
          [](const Trial& trial) -> std::vector<double> {
            Sea sea(trial, {kFastCard, kFastCard}, kLatency);
            sea.network->set_loss(kFrom, kTo, kShare * trial.slower);
            return {ways(sea, trial, 0.01, 50'000).mean_ms};
          }};
}

}  // namespace

std::vector<Law> route_laws() {
  return {delay(), loss()};
}

}  // namespace wavetank::sim::theory
