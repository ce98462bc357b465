#pragma once

// Which batches of a fetched partition belong to aborted transactions: the broker names them by
// producer and first record, and each lasts until the producer's next marker (KIP-98).

#include <algorithm>
#include <span>
#include <vector>

#include "engine/log/protocol/clients.h"
#include "engine/log/storage/record_batch.h"

namespace wavetank::log {

/// For one answer: batches are to be shown to it in their order.
class AbortedFilter {
 public:
  explicit AbortedFilter(std::span<const FetchResponse::Aborted> aborted)
      : coming_(aborted.begin(), aborted.end()) {
    std::ranges::stable_sort(coming_, std::ranges::greater(), &FetchResponse::Aborted::first);
  }

  bool hides(const BatchView& batch) {
    while (!coming_.empty() && coming_.back().first <= batch.last_offset()) {
      open_.push_back(coming_.back().producer);
      coming_.pop_back();
    }
    const auto open = std::ranges::find(open_, batch.producer_id());
    if (open == open_.end() || !batch.is_transactional()) {
      return false;
    }
    if (batch.is_control()) {
      open_.erase(open);
    }
    return true;
  }

 private:
  std::vector<FetchResponse::Aborted> coming_;  ///< descending by first
  std::vector<ProducerId> open_;                ///< those whose records are hidden now
};

}  // namespace wavetank::log
