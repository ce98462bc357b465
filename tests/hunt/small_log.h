#pragma once

// The scenario that the hunt's tests vary: three brokers, ten seconds, two thousand records.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "scenarios/load.h"

namespace wavetank::test {

inline scenarios::Scenario small_log(std::vector<std::string> overrides = {}) {
  overrides.insert(overrides.begin(),
                   {"duration=10s", "workload.rate=200/s", "slos=[]", "faults=[]"});
  scenarios::Loaded loaded = scenarios::load_file(
      std::string(WAVETANK_SOURCE_DIR) + "/scenarios/log/quickstart.json", {overrides, {}, {}});
  EXPECT_TRUE(loaded.scenario);
  return std::move(*loaded.scenario);
}

/// A broken promise: acknowledgements of the leader alone, which dies with what it had not synced.
inline std::vector<std::string> loses_records() {
  return {"workload.load.producer.acks=1", "workload.load.producer.idempotent=false"};
}
inline constexpr const char* kLosingFault =
    R"({"at": "5s", "crash": "broker-1, broker-2, broker-3", "unsynced": "lost", "for": "1s"})";

}  // namespace wavetank::test
