#pragma once

// A request to the key-value service, as those who make and those who judge it know it. Every value
// that is put begins with a number that no other has: that is how what is read is told apart.

#include <cstddef>
#include <cstdint>
#include <string>

#include "engine/base/codec.h"
#include "engine/coordination/kv/transaction.h"

namespace wavetank::sim {

struct KvCall {
  enum class Kind : std::uint8_t { read, put, compare_and_put, remove } kind = Kind::read;
  kv::Consistency consistency = kv::Consistency::linearizable;
  std::string key;
  std::int64_t value = 0;  ///< number of the value put
  std::int64_t expected =
      0;  ///< of compare_and_put: number of the value that must be there; 0: none
};

inline constexpr std::size_t kValueNumberBytes = sizeof(std::int64_t);

/// The number that a value begins with; 0 of a key that is not there.
inline std::int64_t value_number(const kv::KeyValue& value) {
  return value.found && value.value.size() >= kValueNumberBytes
             ? load_be<std::int64_t>(value.value.data())
             : 0;
}

}  // namespace wavetank::sim
