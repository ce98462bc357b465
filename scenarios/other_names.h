#pragma once

// What a key is called here that has another name in Kafka, ZooKeeper or etcd. The names are those
// that the descriptions of the keys give ("Kafka: linger.ms."): there is no other list of them.

#include <string>
#include <string_view>
#include <vector>

#include "scenarios/document.h"

namespace wavetank::scenarios {

struct OtherName {
  std::string path;  ///< of the object that has it: "workload[].producer"; empty: the scenario
  std::string key;   ///< "linger"
  Value fallback;    ///< its default, which shows the unit; null: none
  friend bool operator==(const OtherName& a, const OtherName& b) {
    return a.path == b.path && a.key == b.key;
  }
};

/// All keys below `schema` whose description names `name`, whatever separates its words
/// ("min.insync.replicas", "min_insync_replicas") and with or without "log." before it, as brokers
/// have the settings of topics.
std::vector<OtherName> keys_called(std::string_view name, const Value& schema);

/// The same of a scenario, in words, for who wrote `name` at `pointer`; empty: nobody calls a key
/// so. "it is \"linger\" here, as in \"linger\": \"5ms\"".
std::string called_here(std::string_view name, const std::string& pointer);

}  // namespace wavetank::scenarios
