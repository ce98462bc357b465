#pragma once

// What produced records were about: their keys, as hashes, and whether they were tombstones.

#include <cstdint>
#include <vector>

#include "engine/base/bytes.h"
#include "sim/check/record_ledger.h"

namespace wavetank::sim {

/// FNV-1a.
inline std::uint64_t key_hash(ByteView key) {
  std::uint64_t hash = 1469598103934665603ULL;
  for (const std::uint8_t byte : key) {
    hash = (hash ^ byte) * 1099511628211ULL;
  }
  return hash;
}

class EventKeys {
 public:
  struct Key {
    std::uint64_t hash = 0;
    bool tombstone = false;
  };

  /// The next record of this instance.
  void add(std::uint32_t instance, ByteView key, bool tombstone);
  /// Null if nobody has told.
  [[nodiscard]] const Key* find(EventId id) const;

 private:
  std::vector<std::vector<Key>> keys_;  ///< by instance and number
};

}  // namespace wavetank::sim
