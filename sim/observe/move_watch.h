#pragma once

// Moves of partitions to other brokers: how long each took, and what was copied for it. Learned
// from what the log does, but for when it was asked.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/base/time.h"
#include "engine/log/types.h"
#include "reports/result.h"

namespace wavetank::sim {

class MoveWatch {
 public:
  /// The operator asks for it. `fault`: its number in the schedule.
  void asked(std::size_t fault, Time now, const std::vector<log::PartitionId>& partitions);
  /// The controllers have answered; or the operator's process has ended before.
  void answered(std::size_t fault);
  void unheard(std::size_t fault);
  /// The controller will not have it.
  void refused(log::PartitionId p, log::ErrorCode error);

  // what the log does
  void learned(log::PartitionId p, std::uint64_t bytes);
  void ended(Time now, log::PartitionId p, bool completed);

  /// Those of these that are moving because of this fault, and of none that came later.
  [[nodiscard]] std::vector<log::PartitionId> under_way(
      std::size_t fault, const std::vector<log::PartitionId>& among) const;
  /// For people: "6 partitions moved in 25.9 s, 518 MB were copied (20 MB/s)". Empty if the fault
  /// is no move.
  [[nodiscard]] std::string note(std::size_t fault) const;
  /// move_duration and move_rate, once every move is over and none was given up.
  [[nodiscard]] std::vector<reports::ScalarMetric> scalars() const;

 private:
  struct Move {
    std::size_t fault = 0;
    Time at;
    std::set<log::PartitionId> under_way;
    std::size_t moved = 0;
    std::size_t given_up = 0;
    std::uint64_t bytes = 0;
    std::optional<Time> over;
    std::string refusal;  ///< the first
    bool answered = false;
    bool unheard = false;

    [[nodiscard]] double took_s() const { return (over.value_or(at) - at).seconds(); }
  };
  /// The earliest that the partition takes part in still; null: none.
  Move* move_of(log::PartitionId p);
  Move* move_of_fault(std::size_t fault);

  std::vector<Move> moves_;
};

}  // namespace wavetank::sim
