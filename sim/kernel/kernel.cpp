#include "sim/kernel/kernel.h"

#include <algorithm>
#include <bit>

namespace wavetank::sim {

namespace {

constexpr std::size_t kArity = 4;
constexpr std::size_t kPendingEventsAtFirst = 1024;

/// One multiplication a word, by the golden ratio: cheap, and any changed bit spreads upwards.
std::uint64_t fold(std::uint64_t digest, std::uint64_t word) {
  return (std::rotl(digest, 27) ^ word) * 0x9e3779b97f4a7c15ULL;
}

}  // namespace

std::string EventTarget::describe(std::uint64_t /*payload*/) const {
  return "an event without a name";
}

Kernel::Kernel() {
  keys_.reserve(kPendingEventsAtFirst);
  bodies_.reserve(kPendingEventsAtFirst);
}

void Kernel::attach(Companion& companion) {
  ENSURE(companion_ == nullptr, "a kernel has one companion");
  companion_ = &companion;
  companion_changed();
}

void Kernel::mix(std::uint64_t fact) {
  digest_ = fold(digest_, fact);
}

inline std::uint64_t Kernel::take_slot() {
  if (!free_slots_.empty()) {
    const std::uint32_t slot = free_slots_.back();
    free_slots_.pop_back();
    return slot;
  }
  ENSURE(bodies_.size() < kPendingEventsMax, "too many pending events");
  bodies_.push_back({});
  return bodies_.size() - 1;
}

void Kernel::schedule(Time at, EventTarget& target, std::uint64_t payload) {
  ENSURE(at.ns() >= now_ns_, "an event is scheduled in the past");
  ENSURE(next_sequence_ < kSequenceMax, "the run has too many events");
  const std::uint64_t slot = take_slot();
  bodies_[slot] = {&target, payload};
  const Key key{at.ns(), next_sequence_++ << kSlotBits | slot};
  if (root_is_vacant_) {
    root_is_vacant_ = false;
    sift_down_from_root(key);
  } else {
    keys_.push_back(key);
    sift_up(key);
  }
}

inline void Kernel::sift_up(Key key) {
  std::size_t at = keys_.size() - 1;
  while (at > 0) {
    const std::size_t parent = (at - 1) / kArity;
    if (!(key < keys_[parent])) {
      break;
    }
    keys_[at] = keys_[parent];
    at = parent;
  }
  keys_[at] = key;
}

inline void Kernel::sift_down_from_root(Key key) {
  Key* const keys = keys_.data();
  const std::size_t size = keys_.size();
  std::size_t at = 0;
  for (;;) {
    const std::size_t first = at * kArity + 1;
    if (first >= size) {
      break;
    }
    std::size_t least = first;
    if (first + kArity <= size) {  // two pairs side by side: a shorter chain of comparisons
      const std::size_t left = first + (keys[first + 1] < keys[first] ? 1 : 0);
      const std::size_t right = first + 2 + (keys[first + 3] < keys[first + 2] ? 1 : 0);
      least = keys[right] < keys[left] ? right : left;
    } else {
      for (std::size_t child = first + 1; child < size; ++child) {
        least = keys[child] < keys[least] ? child : least;
      }
    }
    if (!(keys[least] < key)) {
      break;
    }
    keys[at] = keys[least];
    at = least;
  }
  keys[at] = key;
}

inline void Kernel::close_vacancy() {
  if (!root_is_vacant_) {
    return;
  }
  root_is_vacant_ = false;
  const Key last = keys_.back();
  keys_.pop_back();
  if (!keys_.empty()) {
    sift_down_from_root(last);
  }
}

template <bool kTraced>
void Kernel::fire_up_to_horizon() {
  while (!keys_.empty() && keys_.front().at_ns <= horizon_ns_) {
    const Key key = keys_.front();
    const std::uint64_t slot = key.order & kSlotMask;
    const Body body = bodies_[slot];
    now_ns_ = key.at_ns;
    ++fired_;
    digest_ = fold(fold(digest_, static_cast<std::uint64_t>(key.at_ns)),
                   (key.order >> kSlotBits) ^ std::rotl(body.payload, 32));
    free_slots_.push_back(static_cast<std::uint32_t>(slot));
    root_is_vacant_ = true;
    if constexpr (kTraced) {
      tracer_->fires({fired_, Time(key.at_ns), key.order >> kSlotBits, *body.target, body.payload});
    }
    body.target->fire(body.payload);
    if constexpr (kTraced) {
      tracer_->fired(digest_, next_sequence_);
    }
    close_vacancy();
  }
}

void Kernel::run_until(Time end) {
  ENSURE(!running_, "a run is under way");
  ENSURE(end.ns() >= now_ns_, "a run ends in the past");
  running_ = true;
  stopped_ = false;
  while (!stopped_) {
    const Time companion_date = companion_ == nullptr ? Time::never() : companion_->next_date();
    ENSURE(companion_date.ns() >= now_ns_, "the companion is behind");
    if (companion_date > end && (keys_.empty() || keys_.front().at_ns > end.ns())) {
      now_ns_ = end.ns();
      break;
    }
    const std::int64_t aim_ns = std::min(end, companion_date).ns();
    horizon_ns_ = aim_ns;
    tracer_ == nullptr ? fire_up_to_horizon<false>() : fire_up_to_horizon<true>();
    if (horizon_ns_ != aim_ns) {
      continue;  // stopped, or the companion has something earlier to do
    }
    now_ns_ = aim_ns;
    if (companion_date.ns() == aim_ns) {
      companion_->advance_to(companion_date);
    }
  }
  running_ = false;
}

}  // namespace wavetank::sim
