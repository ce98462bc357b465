#pragma once

// log/key-partition: where producers choose partitions by the keys of records, all records with one
// key are in one partition; else a reader sees what was said about a key in any order.
//
// Looks at one key in four, told by a hash of its own.

#include <cstdint>
#include <map>
#include <string>

#include <tsl/robin_map.h>

#include "sim/check/judgement.h"
#include "sim/check/stored_log.h"

namespace wavetank::sim {

class KeyPartition {
 public:
  /// REQUIRES: `partition` is keyed.
  void stored(const StoredPartition& partition, const StoredRecord& record);
  [[nodiscard]] bool looked() const { return judgement_.looked(); }
  [[nodiscard]] reports::InvariantReport report() const { return judgement_.report(); }

 private:
  using Homes = tsl::robin_map<std::uint64_t, const StoredPartition*>;  // for look-ups only
  std::map<std::string, Homes> homes_;                                  ///< by topic
  Judgement judgement_{"log/key-partition"};
};

}  // namespace wavetank::sim
