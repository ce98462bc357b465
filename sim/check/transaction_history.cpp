#include "sim/check/transaction_history.h"

#include <algorithm>
#include <utility>

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
  const TransactionNumber before = std::exchange(of_[instance][number], transaction);
  ++transactions_[transaction].records;
  if (before != kNone && before != transaction) {
    std::vector<TransactionNumber>& all = before_[id];
    transactions_[before].shared += all.empty() ? 1 : 0;
    ++transactions_[transaction].shared;
    all.push_back(before);
  }
}

std::optional<TransactionFate> TransactionHistory::delivered(EventId id) {
  const std::uint32_t instance = models::event_instance(id.value());
  const auto number = static_cast<std::size_t>(models::event_number(id.value()));
  if (instance >= of_.size() || number >= of_[instance].size() || of_[instance][number] == kNone) {
    return std::nullopt;
  }
  Transaction& last = transactions_[of_[instance][number]];
  const auto before = before_.find(id);
  if (before == before_.end()) {
    ++last.delivered;
    return last.fate;
  }
  std::vector<TransactionNumber>& all = read_of_several_.emplace_back(before->second);
  all.push_back(of_[instance][number]);
  for (const TransactionFate fate : {TransactionFate::committed, TransactionFate::committing,
                                     TransactionFate::unknown, TransactionFate::open}) {
    if (std::ranges::any_of(
            all, [&](TransactionNumber number) { return transactions_[number].fate == fate; })) {
      return fate;
    }
  }
  return TransactionFate::aborted;
}

std::uint64_t TransactionHistory::count(TransactionFate fate) const {
  return static_cast<std::uint64_t>(std::ranges::count(transactions_, fate, &Transaction::fate));
}

}  // namespace wavetank::sim
