#pragma once

// What must hold of consumer groups at every step, judged from what members are told, what they
// read, and what coordinators say they have stored, with bookkeeping of its own:
//  - group/one-owner: a partition has one owner in a generation;
//  - group/generation-monotonic: the generations that are handed out only grow, whichever broker
//    coordinates;
//  - group/committed-behind-delivered: a group has read all that it has committed;
//  - group/committed-by-owner: while a generation lasts, what is committed of a partition comes
//    from the member that was told that it owns it, if one was (whoever gives it up may still
//    commit), and has begun to read it, if commits end with transactions;
//  - group/resumes-at-committed: a member begins no earlier than where the group had come to when
//    its generation was stored;
//  - group/revoked-first: with a cooperative assignor, nobody is given a partition in the
//    generation in which its owner is told to let go of it (KIP-429).
// The last three only where the group's settings promise it.
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

/// What holds of a group by its settings.
struct GroupPromises {
  bool judged = false;           ///< at all: it is made of consumers that we know
  bool cooperates = false;       ///< its assignor is cooperative
  bool in_transactions = false;  ///< it commits in transactions, which end later
  bool commits_stay = false;     ///< the topic of offsets keeps what was acknowledged
};

class GroupInvariants {
 public:
  /// `groups`: their names, for people.
  GroupInvariants(std::vector<std::string> groups, std::uint32_t partitions);

  /// A member has been told that it holds `owned` in this generation.
  void assigned(GroupIndex group, NodeId member, log::Generation generation,
                const std::vector<log::PartitionId>& owned);
  void promise(GroupIndex group, const GroupPromises& promises) {
    groups_[group].promises = promises;
  }
  /// It has been shut out, or is another process now: it holds nothing.
  void lost_all(GroupIndex group, NodeId member) { groups_[group].members.erase(member); }
  /// A member begins to read here: where the group has committed, or where the log begins now.
  void positioned(GroupIndex group, NodeId member, log::PartitionId p, log::Offset offset);
  /// A coordinator has stored the assignment of this generation and hands it out.
  void generation_stored(GroupIndex group, NodeId coordinator, log::Generation generation);
  /// A member has been handed all records below `next`, from where the group had come to.
  void delivered(GroupIndex group, log::PartitionId p, log::Offset next);
  /// The replicas hold the commit of a member.
  void committed(GroupIndex group, NodeId coordinator, NodeId by, log::PartitionId p,
                 log::Offset offset);

  [[nodiscard]] std::vector<reports::InvariantReport> reports() const;

 private:
  struct Group {
    std::string name;
    std::map<std::pair<log::Generation, log::PartitionId>, NodeId> owners;
    log::Generation latest = log::kNoGeneration;
    std::vector<log::Offset> read_to;  ///< by partition: the furthest that any member has come
    GroupPromises promises = {};
    log::Generation before_latest = log::kNoGeneration;
    NodeId coordinator = log::kNoNode;  ///< of the latest
    struct Member {
      log::Generation generation;  ///< it was told last
      std::vector<log::PartitionId> owned;
    };
    std::map<NodeId, Member> members = {};
    std::map<log::PartitionId, NodeId> begun = {};  ///< owners that do read, in the latest
    /// Who is told in a generation to let go of a partition.
    std::map<std::pair<log::Generation, log::PartitionId>, NodeId> givers = {};
    std::map<log::PartitionId, log::Offset> commits = {};
    std::map<log::PartitionId, log::Offset> commits_then = {};  ///< when the latest was stored
  };
  void judge_owners(Group& group, NodeId member, log::Generation generation,
                    const std::vector<log::PartitionId>& owned);
  void judge_committer(const Group& group, NodeId coordinator, NodeId by, log::PartitionId p,
                       log::Offset offset);
  void judge_givers(Group& group, NodeId member, log::Generation generation,
                    const std::vector<log::PartitionId>& owned);

  std::vector<Group> groups_;
  Judgement one_owner_{"group/one-owner"};
  Judgement monotonic_{"group/generation-monotonic"};
  Judgement behind_{"group/committed-behind-delivered"};
  Judgement by_owner_{"group/committed-by-owner"};
  Judgement resumes_{"group/resumes-at-committed"};
  Judgement revoked_first_{"group/revoked-first"};
};

}  // namespace wavetank::sim
