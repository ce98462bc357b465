#include "engine/log/storage/cleaned_transactions.h"

#include <algorithm>
#include <utility>

#include "engine/log/storage/control_batch.h"

namespace wavetank::log {

CleanedTransactions::CleanedTransactions(std::vector<AbortedTransaction> aborted)
    : aborted_(std::move(aborted)) {
  std::ranges::sort(aborted_, {}, &AbortedTransaction::first);
}

void CleanedTransactions::open_up_to(Offset offset) {
  for (; next_ < aborted_.size() && aborted_[next_].first <= offset; ++next_) {
    open_.insert_or_assign(aborted_[next_].producer, Open{aborted_[next_]});
  }
}

bool CleanedTransactions::is_aborted(const BatchView& batch) {
  open_up_to(batch.last_offset());
  if (!batch.is_transactional()) {
    return false;
  }
  const auto found = open_.find(batch.producer_id());
  if (found == open_.end()) {
    committing_.insert(batch.producer_id());
    return false;
  }
  found->second.met = true;
  return true;
}

CleanedTransactions::Ended CleanedTransactions::end(const BatchView& marker) {
  open_up_to(marker.last_offset());
  const std::optional<EndMarker> it = decode_marker(marker);
  if (!it) {
    return {};
  }
  if (it->outcome == Outcome::commit) {
    return {committing_.erase(it->producer) == 0, std::nullopt};
  }
  const auto found = open_.find(it->producer);
  if (found == open_.end()) {
    return {true, std::nullopt};
  }
  const Open ended = found->second;
  open_.erase(found);
  return ended.met ? Ended{false, ended.transaction} : Ended{true, std::nullopt};
}

}  // namespace wavetank::log
