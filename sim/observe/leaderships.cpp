#include "sim/observe/leaderships.h"

#include <algorithm>

namespace wavetank::sim {

void Leaderships::began(Time now, log::PartitionId p, NodeId leader, log::Offset end) {
  if (p.value() >= reigns_.size()) {
    reigns_.resize(p.value() + 1);
  }
  reigns_[p.value()].push_back({now, leader, end});
}

std::optional<Leaderships::Taken> Leaderships::without(log::PartitionId p, log::Offset offset,
                                                       Time acknowledged) const {
  if (p.value() >= reigns_.size()) {
    return std::nullopt;
  }
  const std::vector<Reign>& reigns = reigns_[p.value()];
  const auto after = std::ranges::upper_bound(reigns, acknowledged, {}, &Reign::began);
  const auto taken =
      std::find_if(after, reigns.end(), [&](const Reign& reign) { return reign.end <= offset; });
  if (taken == reigns.end()) {
    return std::nullopt;
  }
  return Taken{taken->began, taken == reigns.begin() ? log::kNoNode : (taken - 1)->leader};
}

bool Leaderships::ended_before(log::PartitionId p, log::Offset offset, NodeId by) const {
  if (p.value() >= reigns_.size()) {
    return false;
  }
  const std::vector<Reign>& reigns = reigns_[p.value()];
  const auto own = std::find_if(reigns.rbegin(), reigns.rend(),
                                [&](const Reign& reign) { return reign.leader == by; });
  return own != reigns.rend() &&
         std::any_of(reigns.rbegin(), own, [&](const Reign& it) { return it.end <= offset; });
}

}  // namespace wavetank::sim
