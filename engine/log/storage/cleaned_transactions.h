#pragma once

// What a cleaner has seen of the transactions of a log, on its way from the log's beginning: which
// batches belong to aborted ones, and which markers end transactions of which no record is left.
// After Kafka's cleaner (KAFKA-4935 "Add support for compacted topics to idempotent and
// transactional producers").

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "engine/log/storage/aborted_index.h"
#include "engine/log/storage/record_batch.h"

namespace wavetank::log {

class CleanedTransactions {
 public:
  /// `aborted`: those that end at or behind where the cleaner begins; in any order.
  explicit CleanedTransactions(std::vector<AbortedTransaction> aborted);

  // Batches come in the order of the log.

  /// A data batch: true if its transaction was aborted.
  bool is_aborted(const BatchView& batch);

  struct Ended {
    /// Nothing of the transaction was met: nobody needs the marker any more.
    bool was_empty = false;
    /// Of an aborted transaction of which something was met.
    std::optional<AbortedTransaction> aborted;
  };
  /// A marker.
  Ended end(const BatchView& marker);

 private:
  struct Open {
    AbortedTransaction transaction;
    bool met = false;  ///< some of its batches
  };
  void open_up_to(Offset offset);

  std::vector<AbortedTransaction> aborted_;  ///< ascending by first
  std::size_t next_ = 0;                     ///< not yet open
  std::map<ProducerId, Open> open_;          ///< to be aborted
  std::set<ProducerId> committing_;          ///< with batches that were met
};

}  // namespace wavetank::log
