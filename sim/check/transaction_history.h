#pragma once

// What applications know of their transactions: which record went into which, and how each ended.
// The checkers of transactions judge by it, and by nothing the engine says of itself.

#include <cstdint>
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
    std::uint32_t delivered = 0;  ///< of them
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
  /// A record was read for the first time; the transaction it was sent in, or null.
  Transaction* delivered(EventId id);

  [[nodiscard]] const std::vector<Transaction>& transactions() const { return transactions_; }
  [[nodiscard]] std::uint64_t count(TransactionFate fate) const;

 private:
  static constexpr TransactionNumber kNone = 0xffffffffU;

  std::vector<Transaction> transactions_;
  std::vector<std::vector<TransactionNumber>> of_;  ///< by instance and number of the record
};

}  // namespace wavetank::sim
