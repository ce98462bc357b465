#pragma once

// Jepsen's "aborted read" (G1a): a reader of committed transactions is given a record of one that
// was aborted, before its end or after.

#include <fmt/format.h>

#include <algorithm>
#include <vector>

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
  for (const std::vector<TransactionNumber>& all : history.read_of_several()) {
    judgement.look();
    if (std::ranges::all_of(all, [&](TransactionNumber it) {
          return history.transactions()[it].fate == TransactionFate::aborted;
        })) {
      judgement.breach(
          fmt::format("a record was read of transaction {}, which was aborted, as were the {} "
                      "others that it was sent in",
                      all.front(), all.size() - 1));
    }
  }
  return judgement.report();
}

}  // namespace wavetank::sim
