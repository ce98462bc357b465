#pragma once

// What a hunt leaves beside its finds: hunt.json, with the end of every plan, so that parts of one
// hunt are put together without loss.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "reports/study/sweep.h"
#include "sim/hunt/coverage.h"
#include "sim/hunt/trial.h"

namespace wavetank::sim {

/// Plans that a record holds.
inline constexpr std::uint64_t kMaxRecordedTrials = 10'000'000;

struct HuntRecord {
  std::string title;
  std::string scenario_sha256;
  std::string program_version;
  std::uint64_t first_seed = 1;
  std::uint64_t last_seed = 1;
  std::uint32_t faults_max = 0;
  bool unlimited = false;
  reports::Shard shard;

  struct Trial {
    TrialEnd end = TrialEnd::held;
    std::string digest;
    friend bool operator==(const Trial&, const Trial&) = default;
  };
  std::map<std::uint64_t, Trial> trials;  ///< by seed
  std::map<std::string, Coverage::Reached> marks;
  struct Find {
    std::uint64_t seed = 0;
    std::uint32_t faults = 0;
    std::string rule;
    std::string first;
    std::string file;  ///< its name within the folder
    friend bool operator==(const Find&, const Find&) = default;
  };
  std::vector<Find> finds;  ///< by seed

  /// Of the seeds, those that this shard tries.
  [[nodiscard]] bool has(std::uint64_t seed) const { return shard.has(seed - first_seed); }
};

/// The same to the byte for the same content.
std::string write_record(const HuntRecord& record);
Result<HuntRecord> read_record(std::string_view json);

struct HuntPart {
  std::string name;  ///< for people: its folder
  HuntRecord record;
};
/// Fails, and says of which part it speaks, as reports::merge does. REQUIRES: a part.
Result<HuntRecord> merge(const std::vector<HuntPart>& parts);

}  // namespace wavetank::sim
