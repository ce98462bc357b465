#pragma once

// Consumer groups as they are seen from outside: what must hold of them (sim/check), how long
// partitions stood still, and how often members were rebalanced or refused.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/log/protocol/envelope.h"
#include "reports/result.h"
#include "sim/check/group_invariants.h"

namespace wavetank::sim {

class GroupWatch {
 public:
  /// `groups`: their names. `loaded`: by partition, whether producers write to it: others stand
  /// still for want of records. Counts and gaps are measured from `measured_from` on.
  GroupWatch(std::vector<std::string> groups, const std::vector<bool>& loaded, Time measured_from);

  /// What the group is promised, by its settings.
  void promise(GroupIndex group, const GroupPromises& promises) {
    invariants_.promise(group, promises);
  }

  /// A producer commits for a member, in transactions.
  void commits_for(NodeId producer, NodeId member) { members_[producer] = member; }

  // --- what members see
  // -----------------------------------------------------------------------------
  void assigned(GroupIndex group, NodeId member, log::Generation generation,
                const std::vector<log::PartitionId>& owned) {
    invariants_.assigned(group, member, generation, owned);
  }
  /// A member begins to read here: where the group has committed, or where the log begins now.
  void positioned(GroupIndex group, NodeId member, log::PartitionId p, log::Offset offset) {
    invariants_.positioned(group, member, p, offset);
  }
  void lost_all(GroupIndex group, NodeId member) { invariants_.lost_all(group, member); }
  /// `judged`: the group is the one that the verdict speaks of.
  void delivered(Time now, GroupIndex group, bool judged, log::PartitionId p, log::Offset next);

  void delivered_beside(std::uint64_t records) { delivered_beside_ += records; }

  // --- what coordinators show
  // -----------------------------------------------------------------------
  void generation_stored(Time now, NodeId coordinator, std::string_view group,
                         log::Generation generation);
  void committed(NodeId coordinator, std::string_view group, NodeId by, log::PartitionId p,
                 log::Offset offset);
  void refused(Time now, log::ApiKey request);

  /// By partition; groups without commits have none.
  [[nodiscard]] const std::map<log::PartitionId, log::Offset>& committed_by(
      GroupIndex group) const {
    return committed_[group];
  }
  [[nodiscard]] std::vector<reports::InvariantReport> reports() const {
    return invariants_.reports();
  }
  [[nodiscard]] std::vector<reports::ScalarMetric> scalars() const;

 private:
  /// Of one partition: when it was read last, and the longest it was not.
  struct Reading {
    bool begun = false;
    Time last;
    Duration longest_gap{};
  };
  [[nodiscard]] std::optional<GroupIndex> index_of(std::string_view group) const;

  std::vector<std::string> names_;
  std::map<NodeId, NodeId> members_;  ///< by the producer that commits for them
  std::vector<bool> loaded_;
  Time measured_from_;
  GroupInvariants invariants_;
  std::vector<std::map<log::PartitionId, log::Offset>> committed_;  ///< by group
  std::vector<Reading> readings_;  ///< by partition, of the judged groups
  std::uint64_t delivered_beside_ = 0;
  std::uint64_t rebalances_ = 0;
  std::uint64_t commits_refused_ = 0;
};

}  // namespace wavetank::sim
