#include "sim/observe/move_watch.h"

#include <fmt/format.h>

#include <algorithm>

namespace wavetank::sim {

void MoveWatch::asked(std::size_t fault, Time now,
                      const std::vector<log::PartitionId>& partitions) {
  Move& move = moves_.emplace_back();
  move.fault = fault;
  move.at = now;
  move.under_way.insert(partitions.begin(), partitions.end());
}

MoveWatch::Move* MoveWatch::move_of(log::PartitionId p) {
  const auto found =
      std::ranges::find_if(moves_, [&](const Move& move) { return move.under_way.contains(p); });
  return found == moves_.end() ? nullptr : &*found;
}

MoveWatch::Move* MoveWatch::move_of_fault(std::size_t fault) {
  const auto found = std::ranges::find(moves_, fault, &Move::fault);
  return found == moves_.end() ? nullptr : &*found;
}

void MoveWatch::answered(std::size_t fault) {
  if (Move* move = move_of_fault(fault)) {
    move->answered = true;
  }
}

void MoveWatch::unheard(std::size_t fault) {
  if (Move* move = move_of_fault(fault)) {
    move->unheard = true;
  }
}

void MoveWatch::refused(log::PartitionId p, log::ErrorCode error) {
  if (Move* move = move_of(p)) {
    move->under_way.erase(p);
    ++move->given_up;
    if (move->refusal.empty()) {
      move->refusal = log::name(error);
    }
  }
}

void MoveWatch::learned(log::PartitionId p, std::uint64_t bytes) {
  if (Move* move = move_of(p)) {
    move->bytes += bytes;
  }
}

void MoveWatch::ended(Time now, log::PartitionId p, bool completed) {
  if (Move* move = move_of(p)) {
    move->under_way.erase(p);
    ++(completed ? move->moved : move->given_up);
    if (move->under_way.empty()) {
      move->over = now;
    }
  }
}

std::vector<log::PartitionId> MoveWatch::under_way(
    std::size_t fault, const std::vector<log::PartitionId>& among) const {
  std::vector<log::PartitionId> moving;
  std::ranges::copy_if(among, std::back_inserter(moving), [&](log::PartitionId p) {
    const auto latest = std::find_if(moves_.rbegin(), moves_.rend(),
                                     [&](const Move& move) { return move.under_way.contains(p); });
    return latest != moves_.rend() && latest->fault == fault;
  });
  return moving;
}

std::string MoveWatch::note(std::size_t fault) const {
  const auto found = std::ranges::find(moves_, fault, &Move::fault);
  if (found == moves_.end()) {
    return "";
  }
  const Move& move = *found;
  constexpr double kMega = 1e6;
  const double megabytes = static_cast<double>(move.bytes) / kMega;
  std::string note = fmt::format("{} partitions moved", move.moved);
  if (move.over) {
    note += fmt::format(" in {:.3g} s", move.took_s());
  }
  note += fmt::format(", {:.3g} MB were copied", megabytes);
  if (move.over && move.took_s() > 0) {
    note += fmt::format(" ({:.3g} MB/s)", megabytes / move.took_s());
  }
  if (move.given_up > 0) {
    note += fmt::format("; {} were given up", move.given_up);
  }
  if (!move.refusal.empty()) {
    note += fmt::format(" ({})", move.refusal);
  }
  if (!move.under_way.empty()) {
    note += fmt::format("; {} were under way when the run ended", move.under_way.size());
  }
  if (move.unheard) {
    note += "; the operator's process ended before it was answered";
  } else if (!move.answered) {
    note += "; the operator was not answered";
  }
  return note;
}

std::vector<reports::ScalarMetric> MoveWatch::scalars() const {
  const bool all_over =
      std::ranges::all_of(moves_, [](const Move& move) { return move.over && move.given_up == 0; });
  if (moves_.empty() || !all_over) {
    return {};
  }
  double slowest_s = 0;
  double together_s = 0;
  double bytes = 0;
  for (const Move& move : moves_) {
    slowest_s = std::max(slowest_s, move.took_s());
    together_s += move.took_s();
    bytes += static_cast<double>(move.bytes);
  }
  std::vector<reports::ScalarMetric> scalars{{"move_duration", slowest_s, "s"}};
  if (together_s > 0) {
    scalars.push_back({"move_rate", bytes / together_s, "B/s"});
  }
  return scalars;
}

}  // namespace wavetank::sim
