#include "sim/check/group_invariants.h"

#include <fmt/format.h>

#include <algorithm>

namespace wavetank::sim {

GroupInvariants::GroupInvariants(std::vector<std::string> groups, std::uint32_t partitions) {
  for (std::string& name : groups) {
    groups_.push_back(
        {std::move(name), {}, log::kNoGeneration, std::vector<log::Offset>(partitions)});
  }
}

void GroupInvariants::assigned(GroupIndex group, NodeId member, log::Generation generation,
                               const std::vector<log::PartitionId>& owned) {
  Group& it = groups_[group];
  one_owner_.look();
  for (const log::PartitionId p : owned) {
    const NodeId owner = it.owners.try_emplace({generation, p}, member).first->second;
    if (owner != member) {
      one_owner_.breach(
          fmt::format("group {}, generation {}: partition {} is given to node {} and to node {}",
                      it.name, generation.value(), p.value(), owner.value(), member.value()));
    }
  }
}

void GroupInvariants::generation_stored(GroupIndex group, log::Generation generation) {
  Group& it = groups_[group];
  monotonic_.look();
  if (generation <= it.latest) {
    monotonic_.breach(fmt::format("group {}: generation {} is handed out after {}", it.name,
                                  generation.value(), it.latest.value()));
  }
  it.latest = std::max(it.latest, generation);
}

void GroupInvariants::delivered(GroupIndex group, log::PartitionId p, log::Offset next) {
  log::Offset& read_to = groups_[group].read_to[p.value()];
  read_to = std::max(read_to, next);
}

void GroupInvariants::committed(GroupIndex group, log::PartitionId p, log::Offset offset) {
  const Group& it = groups_[group];
  behind_.look();
  if (offset > it.read_to[p.value()]) {
    behind_.breach(fmt::format("group {}, partition {}: offset {} is committed, {} has been read",
                               it.name, p.value(), offset.value(), it.read_to[p.value()].value()));
  }
}

std::vector<reports::InvariantReport> GroupInvariants::reports() const {
  return {one_owner_.report(), monotonic_.report(), behind_.report()};
}

}  // namespace wavetank::sim
