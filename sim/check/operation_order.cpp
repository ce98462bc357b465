#include "sim/check/operation_order.h"

#include <algorithm>

namespace wavetank::sim {

OperationOrder::OperationOrder(std::span<const HistoryEvent> events, std::size_t operations)
    : events_(events.size() + 2),
      next_(events.size() + 2),
      previous_(events.size() + 2),
      open_head_(static_cast<Position>(events.size() + 1)),
      call_(operations, kEnd),
      return_(operations, kEnd),
      slot_(operations, 0) {
  events_[kEnd] = {kNoOperation, true};  // a return, so that a walk over calls stops at it
  events_[open_head_] = {kNoOperation, true};
  for (std::size_t i = 0; i < events.size(); ++i) {
    const Position position = static_cast<Position>(i + 1);
    events_[position] = events[i];
    (events[i].is_return ? return_ : call_)[events[i].operation] = position;
  }
  next_[kEnd] = previous_[kEnd] = kEnd;
  next_[open_head_] = previous_[open_head_] = open_head_;
  for (Position position = 1; position < open_head_; ++position) {
    const bool returns = return_[at(position)] != kEnd;
    link(position, previous_[returns ? kEnd : open_head_]);
  }
  assign_slots();
}

void OperationOrder::link(Position position, Position after) {
  previous_[position] = after;
  next_[position] = next_[after];
  previous_[next_[position]] = position;
  next_[after] = position;
}

/// Operations that are never open together share a slot.
void OperationOrder::assign_slots() {
  std::vector<std::uint32_t> idle;
  std::uint32_t slots = 0;
  for (Position position = 1; position < open_head_; ++position) {
    if (events_[position].is_return) {
      idle.push_back(slot_[at(position)]);
      continue;
    }
    if (idle.empty()) {
      idle.push_back(slots++);
    }
    slot_[at(position)] = idle.back();
    idle.pop_back();
  }
  words_ = std::max<std::size_t>(1, (slots + 63) / 64);
}

void OperationOrder::lift(OperationIndex operation) {
  for (const Position position : {call_[operation], return_[operation]}) {
    if (position != kEnd) {
      next_[previous_[position]] = next_[position];
      previous_[next_[position]] = previous_[position];
    }
  }
}

void OperationOrder::unlift(OperationIndex operation) {
  for (const Position position : {return_[operation], call_[operation]}) {
    if (position != kEnd) {
      next_[previous_[position]] = position;
      previous_[next_[position]] = position;
    }
  }
}

OperationOrder::Position OperationOrder::frontier() const {
  Position position = next_[kEnd];
  while (position != kEnd && !events_[position].is_return) {
    position = next_[position];
  }
  return position;
}

void OperationOrder::mark(std::span<const std::uint64_t> before, OperationIndex operation,
                          Position old_frontier, Position new_frontier,
                          std::span<std::uint64_t> after) const {
  std::ranges::copy(before, after.begin());
  const auto bit = [this](OperationIndex it) { return 1ULL << (slot_[it] % 64); };
  after[slot_[operation] / 64] |= bit(operation);
  // What has returned by the new frontier is over, and its slot may serve another.
  const Position end = new_frontier == kEnd ? open_head_ : new_frontier;
  for (Position position = old_frontier; position < end; ++position) {
    if (events_[position].is_return) {
      after[slot_[at(position)] / 64] &= ~bit(at(position));
    }
  }
}

}  // namespace wavetank::sim
