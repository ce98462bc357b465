// What the coordinator of consumer groups says of itself.

#include "engine/port/description.h"
#include "engine/log/groups/group_coordinator.h"

namespace wavetank::log {

void Group::describe(port::Description& out) const {
  out.say("state", name(state_)).say("generation", generation_).say("protocol", protocol_);
  out.say("leader", leader_).say("members", members_.size()).say("ids pending", pending_.size());
  if (wait_ends_ != Time::never()) {
    out.say("wait ends", wait_ends_);
  }
  port::Description& list = out.list("member list");
  for (const auto& [id, member] : members_) {
    port::Description& row = list.row(id);
    if (!member.identity.instance.empty()) {
      row.say("instance", member.identity.instance);
    }
    row.say("joining", member.joining.has_value()).say("syncing", member.syncing.has_value());
    row.say("synced", member.synced).say("session ends", member.session_ends);
  }
}

void GroupTable::describe(port::Description& out, const Topology& topology) const {
  static constexpr const char* kStages[] = {"elsewhere", "reading", "waiting for the disk",
                                            "ready"};
  port::Description& reading = out.list("group tables being read");
  for (std::uint32_t i = 0; i < coordinators_.size(); ++i) {
    const Coordinator& it = coordinators_[i];
    if (it.stage == Stage::reading || it.stage == Stage::waiting) {
      reading.row(topology.partition_name(first_ + i))
          .say("stage", kStages[static_cast<std::size_t>(it.stage)])
          .say("next", it.next)
          .say("end", it.end);
    }
  }
  port::Description& list = out.list("groups");
  for (const Coordinator& coordinator : coordinators_) {
    if (coordinator.stage != Stage::ready) {
      continue;
    }
    for (const auto& [name, entry] : coordinator.groups) {
      port::Description& row = list.row(name);
      entry.group.describe(row);
      row.say("open transactions", entry.pending.size());
      port::Description& committed = row.list("committed");
      for (const auto& [p, offset] : entry.offsets) {
        committed.row(topology.partition_name(p)).say("offset", offset);
      }
    }
  }
}

void GroupCoordinator::describe(port::Description& out, const Topology& topology) const {
  port::Description& it = out.group("group coordinator");
  it.say("writes that wait for replicas", pending_.size()).say("next deadline", next_deadline_);
  table_.describe(it, topology);
}

}  // namespace wavetank::log
