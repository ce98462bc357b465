#pragma once

// A small scenario that is right, for tests to spoil by overrides.

#include <string>
#include <vector>

#include "scenarios/load.h"

namespace wavetank::scenarios {

inline constexpr const char* kSmall = R"({
  "title": "small",
  "duration": "20s", "warmup": "2s",
  "cluster": { "hosts": [
    { "name": "broker", "count": 3, "type": "m5.large" },
    { "name": "controller", "type": "m5.large" },
    { "name": "client", "count": 2, "type": "m5.large", "spread": "eu-2" } ] },
  "services": { "log": { "brokers": "broker[*]", "controller": "controller",
    "topics": [{ "name": "events", "partitions": 6, "replication": 3, "min_insync": 2 }],
    "broker_settings": { "groups": { "initial_rebalance_delay": "0s" } } } },
  "workload": [{ "name": "load", "topic": "events", "on": "client[*]", "rate": "1k/s" }],
  "consumers": [{ "group": "readers", "topic": "events", "on": "client-2" }],
  "faults": [{ "at": "5s", "crash": "broker-2", "for": "4s" }],
  "slos": ["lost == 0"]
})";

inline Loaded load_small(std::vector<std::string> overrides = {}) {
  LoadOptions options;
  options.overrides = std::move(overrides);
  return load_text(kSmall, "small.json", options);
}

inline std::string all_texts(const Loaded& loaded) {
  std::string text;
  for (const Diagnostic& d : loaded.diagnostics) {
    text += to_text(d);
  }
  return text;
}

inline std::string scenario_path(const std::string& name) {
  return std::string(WAVETANK_SOURCE_DIR) + "/scenarios/" + name + ".json";
}

}  // namespace wavetank::scenarios
