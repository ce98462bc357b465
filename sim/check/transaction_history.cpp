#include "sim/check/transaction_history.h"

#include <algorithm>

#include "models/record_source.h"

namespace wavetank::sim {

void TransactionHistory::sent(EventId id, TransactionNumber transaction) {
  const std::uint32_t instance = models::event_instance(id.value());
  const auto number = static_cast<std::size_t>(models::event_number(id.value()));
  if (of_.size() <= instance) {
    of_.resize(instance + 1);
  }
  if (of_[instance].size() <= number) {
    of_[instance].resize(number + 1, kNone);
  }
  of_[instance][number] = transaction;
  ++transactions_[transaction].records;
}

TransactionHistory::Transaction* TransactionHistory::delivered(EventId id) {
  const std::uint32_t instance = models::event_instance(id.value());
  const auto number = static_cast<std::size_t>(models::event_number(id.value()));
  if (instance >= of_.size() || number >= of_[instance].size() || of_[instance][number] == kNone) {
    return nullptr;
  }
  Transaction& transaction = transactions_[of_[instance][number]];
  ++transaction.delivered;
  return &transaction;
}

std::uint64_t TransactionHistory::count(TransactionFate fate) const {
  return static_cast<std::uint64_t>(std::ranges::count(transactions_, fate, &Transaction::fate));
}

}  // namespace wavetank::sim
