#include "reports/study/sweep_seeds.h"

#include <algorithm>
#include <utility>

namespace wavetank::reports {

SweepSeeds::SweepSeeds(SweepPlan plan)
    : plan_(std::move(plan)), ended_(plan_.runs()), begun_(plan_.runs()) {
  for (std::uint64_t point = 0; point < plan_.points(); ++point) {
    seeds_at_.push_back(wanted_at(point));
  }
}

void SweepSeeds::ended(std::uint64_t run, SeedValue figure) {
  if (run >= ended_.size()) {
    return;
  }
  ended_[run] = figure;
  begun_[run] = true;
  const std::uint64_t point = plan_.point_of(run);
  if (const std::uint64_t wanted = wanted_at(point); wanted > seeds_at_[point]) {
    cursor_ = std::min(cursor_, point * plan_.seeds() + seeds_at_[point]);
    seeds_at_[point] = wanted;
  }
}

std::optional<std::uint64_t> SweepSeeds::begin() {
  for (; cursor_ < begun_.size(); ++cursor_) {
    const std::uint64_t point = plan_.point_of(cursor_);
    const bool is_wanted = cursor_ % plan_.seeds() < seeds_at_[point];
    if (is_wanted && !begun_[cursor_] && plan_.shard.has(cursor_)) {
      begun_[cursor_] = true;
      return cursor_++;
    }
  }
  return std::nullopt;
}

std::uint64_t SweepSeeds::wanted() const {
  if (!plan_.until) {
    return (plan_.runs() + plan_.shard.count - plan_.shard.index) / plan_.shard.count;
  }
  std::uint64_t all = 0;
  for (const std::uint64_t seeds : seeds_at_) {
    all += seeds;
  }
  return all;
}

std::uint64_t SweepSeeds::wanted_at(std::uint64_t point) const {
  if (!plan_.until) {
    return plan_.seeds();
  }
  std::vector<SeedValue> in_order;
  for (std::uint64_t seed = 0; seed < plan_.seeds(); ++seed) {
    const Ended& it = ended_[point * plan_.seeds() + seed];
    if (!it) {
      break;
    }
    in_order.push_back(*it);
  }
  return seeds_wanted(in_order, plan_.until->share, plan_.seeds());
}

}  // namespace wavetank::reports
