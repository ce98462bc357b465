#pragma once

// The greatest load that a system carries, or the least resources that a load needs: what a search
// has found, for several seeds and over the values of another parameter, and how it is shown.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/time.h"
#include "reports/study/estimate.h"
#include "scenarios/vary.h"

namespace wavetank::reports {

enum class CapacityMetric : std::uint8_t {
  capacity,  ///< the greatest value that holds: of a load
  demand,    ///< the least value that holds: of a resource
};
const char* name(CapacityMetric metric);

/// What one run showed.
struct LoadProbe {
  double value = 0;
  std::uint64_t seed = 0;
  bool holds = false;
  bool is_unsound = false;  ///< an invariant was broken
  std::string why;          ///< it does not hold
  std::string bound_by;
  double p50_ms = 0;
  double p99_ms = 0;
  double out_per_s = 0;
  std::vector<std::string> not_judged;  ///< objectives that had nothing to be judged by
};

/// Where one seed's search ended. What is missing lies beyond the range.
struct SeedBracket {
  std::uint64_t seed = 0;
  std::optional<double> holds;
  std::optional<double> breaks;
};

/// At one value of the other parameter.
struct CapacityPoint {
  std::string by;  ///< that value; empty: there is no other parameter
  std::vector<SeedBracket> seeds;
  std::vector<LoadProbe> probes;  ///< that the searches asked for, in their order
  /// Of the values that hold, over the seeds; missing unless every seed's is bracketed.
  std::optional<Estimate> value;
  std::string why;       ///< of the nearest value that does not hold, by the first seed
  std::string bound_by;  ///< likewise
  std::string widen;     ///< what to change, if it is not bracketed
};

struct CapacityReport {
  std::string title;
  std::string scenario_sha256;
  std::string program_version;
  CapacityMetric metric = CapacityMetric::capacity;
  scenarios::SearchRange range;
  std::string by;  ///< path of the other parameter, or empty
  std::uint64_t first_seed = 1;
  std::uint64_t last_seed = 1;
  double precision = 0;
  Duration duration;  ///< of each run
  Duration warmup;
  bool keeps_faults = false;
  std::vector<CapacityPoint> points;

  [[nodiscard]] bool is_bracketed() const;
  [[nodiscard]] bool is_unsound() const;
  [[nodiscard]] std::uint64_t probes() const;
};

/// Fills in what follows from the seeds' searches. REQUIRES: `seeds` and `probes` are complete.
void conclude(CapacityPoint& point, const CapacityReport& report);

std::string capacity_text(const CapacityReport& report, bool ascii);
std::string capacity_markdown(const CapacityReport& report);
std::string capacity_json(const CapacityReport& report);
/// report.html: the curve over the other parameter, and what was tried where.
std::string capacity_page(const CapacityReport& report);

}  // namespace wavetank::reports
