#pragma once

// The aborted transactions whose markers stand in one segment: what a reader that wants committed
// records only must leave out (Kafka's transaction index, KIP-98). File layout: format.md.

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/log/types.h"
#include "engine/port/storage.h"

namespace wavetank::log {

/// One producer's records from `first` to the marker at `last` in one partition.
struct AbortedTransaction {
  ProducerId producer;
  Offset first;
  Offset last;
  /// Where the log was stable up to once this transaction had ended: no transaction that was
  /// aborted later begins below.
  Offset last_stable;
  friend bool operator==(const AbortedTransaction&, const AbortedTransaction&) = default;
};

class AbortedIndex {
 public:
  AbortedIndex(port::Storage& storage, std::string file_name)
      : storage_(&storage), file_name_(std::move(file_name)) {}

  /// REQUIRES: its marker stands behind those of all noted before.
  void note(const AbortedTransaction& aborted) { entries_.push_back(aborted); }
  /// Ascending by `last`.
  [[nodiscard]] const std::vector<AbortedTransaction>& entries() const { return entries_; }

  /// Forgets, and gives back, those whose markers stand at or behind `end`.
  std::vector<AbortedTransaction> truncate_to(Offset end);
  /// Forgets everything but the file, which is written again with the next `save`.
  void disown();
  /// Takes in the file; false if it is damaged. No file: nothing was aborted.
  bool load();
  /// Writes the file if there is something to say; true if `token` will complete.
  bool save(port::StorageToken token);
  void remove();

 private:
  port::Storage* storage_;
  std::string file_name_;
  std::vector<AbortedTransaction> entries_;
  bool has_file_ = false;  ///< that may say something else than the entries
};

}  // namespace wavetank::log
