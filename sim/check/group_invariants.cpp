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
  judge_owners(it, member, generation, owned);
  if (it.promises.cooperates) {
    judge_givers(it, member, generation, owned);
  }
  it.members[member] = {generation, owned};
}

void GroupInvariants::judge_owners(Group& it, NodeId member, log::Generation generation,
                                   const std::vector<log::PartitionId>& owned) {
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

void GroupInvariants::judge_givers(Group& it, NodeId member, log::Generation generation,
                                   const std::vector<log::PartitionId>& owned) {
  revoked_first_.look();
  const auto breach = [&](log::PartitionId p, NodeId giver, NodeId taker) {
    revoked_first_.breach(
        fmt::format("group {}, generation {}: partition {} is given to node {}, and node {} is "
                    "told to let go of it",
                    it.name, generation.value(), p.value(), taker.value(), giver.value()));
  };
  const auto before = it.members.find(member);
  const bool goes_on = before != it.members.end() && generation == it.latest &&
                       before->second.generation == it.before_latest;
  if (goes_on) {
    for (const log::PartitionId p : before->second.owned) {
      const auto owner = it.owners.find({generation, p});
      if (std::ranges::find(owned, p) == owned.end()) {
        it.givers[{generation, p}] = member;
      }
      if (owner != it.owners.end() && owner->second != member) {
        breach(p, member, owner->second);
      }
    }
  }
  for (const log::PartitionId p : owned) {
    const auto giver = it.givers.find({generation, p});
    if (giver != it.givers.end() && giver->second != member) {
      breach(p, giver->second, member);
    }
  }
}

void GroupInvariants::generation_stored(GroupIndex group, NodeId coordinator,
                                        log::Generation generation) {
  Group& it = groups_[group];
  monotonic_.look();
  if (generation <= it.latest) {
    monotonic_.breach(fmt::format("group {}: generation {} is handed out after {}", it.name,
                                  generation.value(), it.latest.value()));
  }
  it.before_latest = it.latest;
  it.latest = std::max(it.latest, generation);
  it.coordinator = coordinator;
  it.begun.clear();
  it.commits_then = it.commits;
}

void GroupInvariants::positioned(GroupIndex group, NodeId member, log::PartitionId p,
                                 log::Offset offset) {
  Group& it = groups_[group];
  delivered(group, p, offset);
  const auto known = it.members.find(member);
  const auto then = it.commits_then.find(p);
  // Who has not heard of the latest generation is told, if at all, what was.
  if (known == it.members.end() || known->second.generation != it.latest) {
    return;
  }
  it.begun[p] = member;
  if (!it.promises.commits_stay || then == it.commits_then.end()) {
    return;
  }
  resumes_.look();
  if (offset < then->second) {
    resumes_.breach(fmt::format(
        "group {}, partition {}: node {} begins at {}, and {} was committed before generation {}",
        it.name, p.value(), member.value(), offset.value(), then->second.value(),
        it.latest.value()));
  }
}

void GroupInvariants::delivered(GroupIndex group, log::PartitionId p, log::Offset next) {
  log::Offset& read_to = groups_[group].read_to[p.value()];
  read_to = std::max(read_to, next);
}

void GroupInvariants::committed(GroupIndex group, NodeId coordinator, NodeId by, log::PartitionId p,
                                log::Offset offset) {
  Group& it = groups_[group];
  it.commits[p] = offset;
  behind_.look();
  if (offset > it.read_to[p.value()]) {
    behind_.breach(fmt::format("group {}, partition {}: offset {} is committed, {} has been read",
                               it.name, p.value(), offset.value(), it.read_to[p.value()].value()));
  }
  judge_committer(it, coordinator, by, p, offset);
}

void GroupInvariants::judge_committer(const Group& it, NodeId coordinator, NodeId by,
                                      log::PartitionId p, log::Offset offset) {
  // A coordinator that is one no more may hear late that what it stored was stored.
  // And one that has read the commit from its log does not know whose it was.
  const auto owner = it.owners.find({it.latest, p});
  if (!it.promises.judged || by == log::kNoNode || coordinator != it.coordinator ||
      owner == it.owners.end() || (it.promises.in_transactions && !it.begun.contains(p))) {
    return;
  }
  by_owner_.look();
  if (owner->second != by) {
    by_owner_.breach(fmt::format(
        "group {}, generation {}: node {} commits offset {} of partition {}, which node {} owns",
        it.name, it.latest.value(), by.value(), offset.value(), p.value(), owner->second.value()));
  }
}

std::vector<reports::InvariantReport> GroupInvariants::reports() const {
  std::vector<reports::InvariantReport> all{one_owner_.report(), monotonic_.report(),
                                            behind_.report()};
  for (const Judgement* judgement : {&by_owner_, &resumes_, &revoked_first_}) {
    if (judgement->looked()) {
      all.push_back(judgement->report());
    }
  }
  return all;
}

}  // namespace wavetank::sim
