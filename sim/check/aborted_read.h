#pragma once

// Jepsen's "aborted read" (G1a): a reader of committed transactions is given a record of one that
// was aborted, before its end or after.

#include <fmt/format.h>

#include "sim/check/judgement.h"
#include "sim/check/transaction_history.h"

namespace wavetank::sim {

/// Judges the whole history: a record that was read early counts when its transaction aborts later.
inline reports::InvariantReport judge_aborted_read(const TransactionHistory& history) {
  Judgement judgement("log/aborted-read");
  TransactionNumber number = 0;
  for (const TransactionHistory::Transaction& it : history.transactions()) {
    judgement.look();
    if (it.fate == TransactionFate::aborted && it.delivered > 0) {
      judgement.breach(fmt::format("transaction {} was aborted, and {} of its {} records were read",
                                   number, it.delivered, it.records));
    }
    ++number;
  }
  return judgement.report();
}

}  // namespace wavetank::sim
