#pragma once

// The part of a linearizability search that knows nothing of the model: which operations are still
// to be placed, which of them may come next, and what tells two points of the search apart.
//
// The calls and returns of a history stand in one doubly linked list, in the order in which they
// happened. To place an operation is to lift its two entries out, to take a step back is to put
// them in again (Wing and Gong, "Testing and Verifying Concurrent Objects", 1993; Lowe, "Testing
// for linearizability", 2017). Every operation called before the first return that is left may come
// next. Calls without a return stand in a list of their own: they may come next for ever, or never.

#include <cstdint>
#include <span>
#include <vector>

namespace wavetank::sim {

/// Where an operation stands in its history.
using OperationIndex = std::uint32_t;
inline constexpr OperationIndex kNoOperation = 0xffffffff;

struct HistoryEvent {
  OperationIndex operation = 0;
  bool is_return = false;
};

class OperationOrder {
 public:
  /// An entry of one of the lists; kEnd is no entry.
  using Position = std::uint32_t;
  static constexpr Position kEnd = 0;

  /// REQUIRES: each of the `operations` is called exactly once in `events`, and returns at most
  /// once, later.
  OperationOrder(std::span<const HistoryEvent> events, std::size_t operations);

  void lift(OperationIndex operation);
  /// REQUIRES: nothing that was lifted after `operation` is still lifted.
  void unlift(OperationIndex operation);

  /// The first return that is left, kEnd if every operation that returned has its place.
  [[nodiscard]] Position frontier() const;
  [[nodiscard]] OperationIndex at(Position position) const { return events_[position].operation; }

  // The calls before the frontier, of operations that return, in order:
  [[nodiscard]] Position first_call() const { return call_or_end(next_[kEnd]); }
  [[nodiscard]] Position next_call(Position call) const { return call_or_end(next_[call]); }
  // The calls before `frontier` of operations whose outcome is unknown:
  [[nodiscard]] Position first_open(Position frontier) const {
    return before(frontier, next_[open_head_]);
  }
  [[nodiscard]] Position next_open(Position frontier, Position call) const {
    return before(frontier, next_[call]);
  }

  /// A point of the search is told by its frontier and by which of the operations that are called
  /// before it and not yet over are placed: one bit each, in words() words.
  [[nodiscard]] std::size_t words() const { return words_; }
  /// From the bits `before` the lift of `operation` to those after it. REQUIRES: it is lifted.
  void mark(std::span<const std::uint64_t> before, OperationIndex operation, Position old_frontier,
            Position new_frontier, std::span<std::uint64_t> after) const;

 private:
  [[nodiscard]] Position call_or_end(Position position) const {
    return events_[position].is_return ? kEnd : position;
  }
  [[nodiscard]] Position before(Position frontier, Position call) const {
    return call == open_head_ || call > frontier ? kEnd : call;
  }
  void link(Position position, Position after);
  void assign_slots();

  // By position; kEnd and open_head_ are the heads of the two circular lists.
  std::vector<HistoryEvent> events_;
  std::vector<Position> next_;
  std::vector<Position> previous_;
  Position open_head_;
  // By operation:
  std::vector<Position> call_;
  std::vector<Position> return_;  ///< kEnd: unknown
  std::vector<std::uint32_t> slot_;
  std::size_t words_ = 1;
};

}  // namespace wavetank::sim
