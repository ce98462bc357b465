#pragma once

// What clients ask of the store and what they get: transactions in the manner of etcd. All
// comparisons hold: `then` is done, else `otherwise`, at one instant. A put is a transaction
// without comparisons, a compare-and-swap one with one.

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/coordination/kv/types.h"

namespace wavetank::kv {

/// What of a key is compared; of a key that is not there, numbers are 0 and the value is empty.
enum class Target : std::uint8_t { value, version, created, modified };

struct Compare {
  std::string key;
  Target target = Target::modified;
  std::uint64_t number = 0;  ///< version or revision it must have
  Bytes value;               ///< of Target::value
};

enum class OperationKind : std::uint8_t { get, put, remove };

struct Operation {
  OperationKind kind = OperationKind::get;
  std::string key;
  Bytes value;  ///< of put
};

struct Transaction {
  std::vector<Compare> compares;
  std::vector<Operation> then;
  std::vector<Operation> otherwise;
};

struct KeyValue {
  bool found = false;
  Revision created;
  Revision modified;
  std::uint64_t version = 0;  ///< changes since it was created; 1 when it is
  Bytes value;
};

struct Outcome {
  bool succeeded = true;          ///< all comparisons held
  Revision revision;              ///< of the store, after it
  std::vector<KeyValue> results;  ///< parallel to the operations done; of a removal what was there
};

}  // namespace wavetank::kv
