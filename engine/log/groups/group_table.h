#pragma once

// The groups of the coordinators that run on one broker, and what they have committed. A group
// belongs to the partition hash64(group) of the offsets topic; the leader of that partition is its
// coordinator. The table is what the partition's records say: a new leader reads them before it
// answers.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/log/config.h"
#include "engine/log/groups/group.h"
#include "engine/log/protocol/step.h"
#include "engine/log/replication/replica_table.h"
#include "engine/log/storage/control_batch.h"

namespace wavetank::log {

/// Offsets that become the group's if a producer's transaction commits.
struct PendingOffsets {
  NodeId by = kNoNode;  ///< kNoNode: an earlier coordinator knew
  std::map<PartitionId, Offset> offsets;
};

struct GroupEntry {
  Group group;
  std::map<PartitionId, Offset> offsets;         ///< committed
  std::map<ProducerId, PendingOffsets> pending;  ///< of open transactions
};
using Groups = std::map<std::string, GroupEntry, std::less<>>;

class GroupTable {
 public:
  /// A topology without the offsets topic has no coordinators.
  GroupTable(const GroupConfig& config, const Topology& topology, ReplicaTable& replicas);

  [[nodiscard]] bool exists() const { return !coordinators_.empty(); }
  /// The partition that holds the group's records. REQUIRES: exists.
  [[nodiscard]] PartitionId partition_of_group(std::string_view group) const;

  /// A partition has got another leader, or its leader another epoch. Any partition. Gives back the
  /// groups that this broker coordinates no more.
  Groups leadership_changed(PartitionId p);
  /// Bytes of the partition have come into memory.
  void loaded(PartitionId p);
  /// Reads on where a table is not complete: one piece of each. True if there is more at hand.
  bool pump(const Step& step);

  /// none, not_coordinator or coordinator_loading.
  [[nodiscard]] ErrorCode state_of(std::string_view group) const;
  /// Null if there is none. REQUIRES: state_of(group) is none.
  [[nodiscard]] GroupEntry* find(std::string_view group);
  /// Null if there is no room for another one. REQUIRES: state_of(group) is none.
  [[nodiscard]] GroupEntry* find_or_make(std::string_view group);
  /// Forgets a group of which nothing is left.
  void forget_if_deserted(std::string_view group);
  /// The groups of this partition; null if they are not served here.
  [[nodiscard]] Groups* groups_of(PartitionId p);
  /// Visits every group that is served here: visit(name, entry).
  template <class Visit>
  void for_each(const Visit& visit) {
    for (Coordinator& coordinator : coordinators_) {
      if (coordinator.stage == Stage::ready) {
        for (auto& [name, entry] : coordinator.groups) {
          visit(name, entry);
        }
      }
    }
  }
  /// Counts the tables that have been read: when it has changed, there are other groups.
  [[nodiscard]] std::uint64_t tables_read() const { return tables_read_; }
  /// For who looks: the groups that are served here, with what they have committed.
  void describe(port::Description& out, const Topology& topology) const;

 private:
  enum class Stage : std::uint8_t { elsewhere, reading, waiting, ready };
  struct Coordinator {
    Stage stage = Stage::elsewhere;
    Offset next;  ///< to be read
    Offset end;   ///< of the log when this broker began to lead
    Groups groups;
  };

  [[nodiscard]] Coordinator* coordinator(PartitionId p);
  [[nodiscard]] Groups& groups_with(std::string_view group);
  void read_on(const Step& step, PartitionId p, Coordinator& table);
  void take(const Step& step, Coordinator& table, ByteView batches);
  static void end_transaction(Groups& groups, const EndMarker& marker);
  void finish_reading(Coordinator& table);
  [[nodiscard]] GroupEntry& entry(Groups& groups, std::string_view group) const;

  const GroupConfig& config_;
  ReplicaTable& replicas_;
  PartitionId first_;
  std::vector<Coordinator> coordinators_;  ///< by partition of the offsets topic
  std::uint64_t tables_read_ = 0;
};

}  // namespace wavetank::log
