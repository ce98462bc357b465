#include "sim/observe/group_watch.h"

#include <algorithm>

namespace wavetank::sim {

GroupWatch::GroupWatch(std::vector<std::string> groups, const std::vector<bool>& loaded,
                       Time measured_from)
    : names_(std::move(groups)),
      loaded_(loaded),
      measured_from_(measured_from),
      invariants_(names_, static_cast<std::uint32_t>(loaded.size())),
      committed_(names_.size()),
      readings_(loaded.size()) {}

std::optional<GroupIndex> GroupWatch::index_of(std::string_view group) const {
  const auto found = std::ranges::find(names_, group);
  return found == names_.end() ? std::nullopt
                               : std::optional(static_cast<GroupIndex>(found - names_.begin()));
}

void GroupWatch::delivered(Time now, GroupIndex group, bool judged, log::PartitionId p,
                           log::Offset next) {
  invariants_.delivered(group, p, next);
  if (!judged || !loaded_[p.value()]) {
    return;
  }
  Reading& it = readings_[p.value()];
  if (it.begun && now > measured_from_) {
    it.longest_gap = std::max(it.longest_gap, now - std::max(it.last, measured_from_));
  }
  it.begun = true;
  it.last = now;
}

void GroupWatch::generation_stored(Time now, NodeId coordinator, std::string_view group,
                                   log::Generation generation) {
  rebalances_ += now > measured_from_ ? 1 : 0;
  if (const auto index = index_of(group)) {
    invariants_.generation_stored(*index, coordinator, generation);
  }
}

void GroupWatch::committed(NodeId coordinator, std::string_view group, NodeId by,
                           log::PartitionId p, log::Offset offset) {
  if (const auto index = index_of(group)) {
    const auto member = members_.find(by);
    invariants_.committed(*index, coordinator, member == members_.end() ? by : member->second, p,
                          offset);
    committed_[*index][p] = offset;
  }
}

void GroupWatch::refused(Time now, log::ApiKey request) {
  commits_refused_ += now > measured_from_ && request == log::ApiKey::offset_commit ? 1 : 0;
}

std::vector<reports::ScalarMetric> GroupWatch::scalars() const {
  std::vector<Duration> gaps;
  for (const Reading& it : readings_) {
    if (it.begun) {
      gaps.push_back(it.longest_gap);
    }
  }
  std::vector<reports::ScalarMetric> all = {
      {"rebalances", static_cast<double>(rebalances_), ""},
      {"commits_refused", static_cast<double>(commits_refused_), ""},
      {"delivered_beside", static_cast<double>(delivered_beside_), ""}};
  if (!gaps.empty()) {
    std::ranges::sort(gaps);
    all.push_back({"standstill_max", gaps.back().seconds(), "s"});
    all.push_back({"standstill_median", gaps[gaps.size() / 2].seconds(), "s"});
  }
  return all;
}

}  // namespace wavetank::sim
