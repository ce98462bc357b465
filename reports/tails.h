#pragma once

// Why percentiles are what they are: from the ways of sampled records to the shares of their
// causes.

#include <span>
#include <string_view>
#include <vector>

#include "reports/result.h"
#include "scenarios/slo.h"

namespace wavetank::reports {

/// What a leg is called and what it means, for people; and the part of a LatencySplit that it
/// belongs to.
struct LegInfo {
  Leg leg;
  std::string_view name;   ///< as results carry it: "replication"
  std::string_view words;  ///< "waited for the in-sync replicas"
  Duration LatencySplit::*part;
};
std::span<const LegInfo> all_legs();
const LegInfo& info(Leg leg);
const char* name(Leg leg);

/// The parts of a percentile, for people.
struct PartInfo {
  const char* name;  ///< "queue"
  const char* meaning;
  Duration LatencySplit::*time;
};
std::span<const PartInfo> all_parts();

LatencySplit split_of(const RecordWay& way);

/// From this percentile on the records at or beyond it tell its causes, below it those around it.
inline constexpr double kFirstTail = 0.9;

/// Whether the causes of one percentile are those of another, well enough: the records that make it
/// are among the other's, or make up half of them.
[[nodiscard]] bool speaks_of(const Tail& tail, double quantile);

/// Fills `result.tails` (p50, p95, p99 and p99.9 of the whole, p99 of each phase, and what
/// objectives ask for) and `result.naive_curve`. REQUIRES: `result.phases` are filled.
void take_tails_apart(RunResult& result, const Evidence& evidence,
                      std::span<const scenarios::Slo> slos);

}  // namespace wavetank::reports
