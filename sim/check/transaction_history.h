#pragma once

// What applications know of their transactions: which record went into which, and how each ended.
// The effect of one record may be sent in several: in the first of a process that is shut out, and
// again in one of whoever goes on in its place.
// The checkers of transactions judge by it, and by nothing the engine says of itself.

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "engine/base/time.h"
#include "sim/check/record_ledger.h"

namespace wavetank::sim {

/// Counts from 0 over all transactions of a run.
using TransactionNumber = std::uint32_t;

enum class TransactionFate : std::uint8_t {
  open,
  committing,  ///< its producer has asked for it: from now on its records may be read
  committed,
  aborted,
  unknown,  ///< its producer was fenced or died before it was told
};

class TransactionHistory {
 public:
  struct Transaction {
    TransactionFate fate = TransactionFate::open;
    std::uint32_t records = 0;    ///< sent in it
    std::uint32_t delivered = 0;  ///< of them, known to be its own
    std::uint32_t shared = 0;     ///< of them, sent in another one, too
  };

  TransactionNumber begin() {
    transactions_.emplace_back();
    return static_cast<TransactionNumber>(transactions_.size() - 1);
  }
  /// REQUIRES: the records of an instance are sent in order.
  void sent(EventId id, TransactionNumber transaction);
  void becomes(TransactionNumber transaction, TransactionFate fate) {
    transactions_[transaction].fate = fate;
  }
  /// A record was read for the first time. How the transaction that it was sent in stands now; of
  /// several the one that may be read soonest; nothing if there is none.
  std::optional<TransactionFate> delivered(EventId id);

  [[nodiscard]] const std::vector<Transaction>& transactions() const { return transactions_; }
  /// Of records that were read, all that each had been sent in, where those are several.
  [[nodiscard]] const std::vector<std::vector<TransactionNumber>>& read_of_several() const {
    return read_of_several_;
  }
  [[nodiscard]] std::uint64_t count(TransactionFate fate) const;

 private:
  static constexpr TransactionNumber kNone = 0xffffffffU;

  std::vector<Transaction> transactions_;
  /// By instance and number of the record: the last that it was sent in.
  std::vector<std::vector<TransactionNumber>> of_;
  std::map<EventId, std::vector<TransactionNumber>> before_;  ///< those before the last
  std::vector<std::vector<TransactionNumber>> read_of_several_;
};

}  // namespace wavetank::sim
