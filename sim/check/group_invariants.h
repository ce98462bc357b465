#pragma once

// What must hold of consumer groups at every step, judged from what members are told, what they
// read, and what coordinators say they have stored, with bookkeeping of its own:
//  - group/one-owner: a partition has one owner in a generation;
//  - group/generation-monotonic: the generations that are handed out only grow, whichever broker
//    coordinates;
//  - group/committed-behind-delivered: a group has read all that it has committed.
// Not judged: that a member which has been shut out stops reading. It cannot know before its
// coordinator tells it; its commits are refused.

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/ids.h"
#include "engine/log/types.h"
#include "reports/result.h"
#include "sim/check/judgement.h"

namespace wavetank::sim {

/// Index of a group among those of a run.
using GroupIndex = std::uint32_t;

class GroupInvariants {
 public:
  /// `groups`: their names, for people.
  GroupInvariants(std::vector<std::string> groups, std::uint32_t partitions);

  /// A member has been told that it holds `owned` in this generation.
  void assigned(GroupIndex group, NodeId member, log::Generation generation,
                const std::vector<log::PartitionId>& owned);
  /// A coordinator has stored the assignment of this generation and hands it out.
  void generation_stored(GroupIndex group, log::Generation generation);
  /// A member has been handed all records below `next`, from where the group had come to.
  void delivered(GroupIndex group, log::PartitionId p, log::Offset next);
  /// The replicas hold the commit.
  void committed(GroupIndex group, log::PartitionId p, log::Offset offset);

  [[nodiscard]] std::vector<reports::InvariantReport> reports() const;

 private:
  struct Group {
    std::string name;
    std::map<std::pair<log::Generation, log::PartitionId>, NodeId> owners;
    log::Generation latest = log::kNoGeneration;
    std::vector<log::Offset> read_to;  ///< by partition: the furthest that any member has come
  };

  std::vector<Group> groups_;
  Judgement one_owner_{"group/one-owner"};
  Judgement monotonic_{"group/generation-monotonic"};
  Judgement behind_{"group/committed-behind-delivered"};
};

}  // namespace wavetank::sim
