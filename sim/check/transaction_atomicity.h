#pragma once

// Atomicity: of a transaction's records a reader of committed transactions gets all or none by the
// end, and of a committed one all.

#include <fmt/format.h>

#include "sim/check/judgement.h"
#include "sim/check/transaction_history.h"

namespace wavetank::sim {

/// `caught_up`: the reader has been given all that there is; without that a part proves nothing.
inline reports::InvariantReport judge_transaction_atomicity(const TransactionHistory& history,
                                                            bool caught_up) {
  Judgement judgement("log/transaction-atomicity");
  if (!caught_up) {
    judgement.lack_evidence();
    return judgement.report();
  }
  TransactionNumber number = 0;
  for (const TransactionHistory::Transaction& it : history.transactions()) {
    judgement.look();
    const bool all = it.delivered + it.shared >= it.records;
    const bool part = it.delivered > 0 && !all;
    const bool missing = it.fate == TransactionFate::committed && !all;
    if (part || missing) {
      judgement.breach(fmt::format("transaction {}: {} of its {} records can be read{}", number,
                                   it.delivered, it.records,
                                   missing ? ", though it was committed" : ""));
    }
    ++number;
  }
  return judgement.report();
}

}  // namespace wavetank::sim
