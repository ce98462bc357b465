#pragma once

// Jepsen's "precommitted read": a reader of committed transactions is given a record before its
// producer has even asked for the commit.

#include <fmt/format.h>

#include "models/record_source.h"
#include "sim/check/judgement.h"
#include "sim/check/transaction_history.h"

namespace wavetank::sim {

class PrecommittedRead {
 public:
  /// A record is read for the first time, while its transaction stands so.
  void delivered(EventId id, TransactionFate fate) {
    judgement_.look();
    if (fate == TransactionFate::open) {
      judgement_.breach(fmt::format("event {}/{} was read while its transaction was open",
                                    models::event_instance(id.value()),
                                    models::event_number(id.value())));
    }
  }
  [[nodiscard]] reports::InvariantReport report() const { return judgement_.report(); }

 private:
  Judgement judgement_{"log/precommitted-read"};
};

}  // namespace wavetank::sim
