#pragma once

// The language of objectives:
//
//   slo       = [metric "."] aggregate op bound ["during" phase] ["over" duration]
//             | metric op bound ["during" phase] ["over" duration]
//   aggregate = min | mean | avg | med | max | value | count | p50 | p99.9 | p999 | p(99.9) ...
//   op        = < | <= | > | >= | == | !=
//   bound     = quantity | "baseline" ["*" number]
//   phase     = steady | fault | after | run
//
//   e2e.p99 < 8s during fault          publish.p99 <= 10ms during steady
//   lost == 0                          throughput_in.value >= 49k/s
//   e2e.p(99.9) < 2s over 10s          e2e.p99 < baseline*1.05
//
// A threshold as k6 writes it, `p(95)<500`, is an objective on e2e in milliseconds; it may have a
// unit, a phase and a window as any other: `p(95)<2s over 10s`.
//
// What a baseline's value is multiplied by is a share: baselines are of the same scenario, and so
// have the same objectives, each with what it was then.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/time.h"
#include "tl/expected.hpp"

namespace wavetank::scenarios {

/// What kind of measurement a metric is; it decides which aggregates make sense.
enum class MetricKind {
  trend,   ///< a distribution of samples: min, mean, percentiles, max, count
  gauge,   ///< a level over time: min, mean, percentiles of its samples, max, value (the last)
  rate,    ///< value: the mean over the window; min, max over seconds
  scalar,  ///< one number a run: value
};

/// What a bound is measured in; bounds are kept in the base unit.
enum class MetricUnit { seconds, records, records_per_second, bytes_per_second, dollars };

struct Metric {
  std::string_view name;
  MetricKind kind;
  MetricUnit unit;
  std::string_view description;
};

/// Every metric that an objective can name, in the order they are listed to people.
std::span<const Metric> all_metrics();
const Metric* find_metric(std::string_view name);
std::string_view name(MetricKind kind);
/// The base unit as reports write it: "s", "records", "records/s", "B/s", "USD".
std::string_view symbol(MetricUnit unit);

enum class Aggregate { min, mean, max, value, count, percentile };
enum class Comparison { less, less_equal, greater, greater_equal, equal, not_equal };

/// The part of a run an objective speaks of. The warm-up belongs to none.
enum class Phase {
  run,     ///< from the end of the warm-up to the end
  steady,  ///< from the end of the warm-up to the first fault (all of `run` if there is none)
  fault,   ///< from each fault until the system is whole again and its backlog is gone
  after,   ///< what follows that
};

struct Slo {
  std::string text;  ///< as written
  const Metric* metric = nullptr;
  Aggregate aggregate = Aggregate::value;
  double percentile = 0;  ///< for Aggregate::percentile, in (0, 100)
  Comparison comparison = Comparison::less;
  double bound = 0;  ///< in the metric's base unit; unused with baseline_factor
  std::optional<double> baseline_factor;  ///< the bound is this many times the baseline's value
  Phase phase = Phase::run;
  std::optional<Duration> over;  ///< must hold in every window of this length
};

struct SloError {
  std::size_t position;  ///< character of the text where it went wrong, from 0
  std::string message;
  std::string expected;
};

tl::expected<Slo, SloError> parse_slo(std::string_view text);
/// What an objective speaks of, without a bound: "e2e.p99 during steady". Comparison and bound stay
/// as they were made.
tl::expected<Slo, SloError> parse_subject(std::string_view text);

/// Whether an observed value, in the base unit, meets the bound. REQUIRES: no baseline_factor.
[[nodiscard]] bool holds(const Slo& slo, double observed);
std::string_view symbol(Comparison comparison);
std::string_view name(Phase phase);
/// "p99", "p99.9", "max".
std::string name(Aggregate aggregate, double percentile);

}  // namespace wavetank::scenarios
