#pragma once

// When waiting requests give up. Most are done long before: their entries stay behind and are swept
// out when they outnumber the others, so that a request pays for one push and no search.

#include <algorithm>
#include <cstdint>
#include <vector>

#include "engine/base/time.h"
#include "engine/log/limits.h"

namespace wavetank::log {

/// `Id` names a waiting thing; whoever owns the things says which of them still wait.
template <class Id>
class DeadlineQueue {
 public:
  void push(Time at, Id id) {
    heap_.push_back({at, sequence_++, id});
    std::ranges::push_heap(heap_, later);
  }
  /// One of the pushed is done before its time.
  template <class Waits>
  void forget_one(const Waits& waits) {
    if (++stale_ <= limits::kStaleDeadlines || stale_ <= heap_.size() / 2) {
      return;
    }
    std::erase_if(heap_, [&](const Entry& entry) { return !waits(entry.id); });
    std::ranges::make_heap(heap_, later);
    stale_ = 0;
  }
  /// Takes out what is due and calls `expire(id)` for each that still waits, earliest first.
  template <class Waits, class Expire>
  void serve(Time now, const Waits& waits, const Expire& expire) {
    while (!heap_.empty() && heap_.front().at <= now) {
      const Id id = heap_.front().id;
      std::ranges::pop_heap(heap_, later);
      heap_.pop_back();
      if (waits(id)) {
        expire(id);
      } else if (stale_ > 0) {
        --stale_;
      }
    }
  }
  /// Time::never() if nothing waits.
  [[nodiscard]] Time earliest() const { return heap_.empty() ? Time::never() : heap_.front().at; }

 private:
  struct Entry {
    Time at;
    std::uint64_t sequence;
    Id id;
  };
  static bool later(const Entry& a, const Entry& b) {
    return a.at != b.at ? a.at > b.at : a.sequence > b.sequence;
  }

  std::vector<Entry> heap_;
  std::uint64_t sequence_ = 0;
  std::size_t stale_ = 0;
};

}  // namespace wavetank::log
