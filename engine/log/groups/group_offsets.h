#pragma once

// What consumer groups have committed. A group belongs to the partition hash64(group) of the
// offsets topic; the leader of that partition is its coordinator. The table is what the partition's
// records say: a new leader reads them before it answers.

#include <map>
#include <string>
#include <vector>

#include "engine/log/config.h"
#include "engine/log/protocol/step.h"
#include "engine/log/replication/replica_table.h"

namespace wavetank::log {

class GroupOffsets {
 public:
  /// A topology without the offsets topic has no coordinators.
  GroupOffsets(const Topology& topology, ReplicaTable& replicas);

  [[nodiscard]] bool exists() const { return !coordinators_.empty(); }
  /// The partition that holds the group's offsets. REQUIRES: exists.
  [[nodiscard]] PartitionId partition_of_group(std::string_view group) const;

  /// A partition has got another leader, or its leader another epoch. Any partition.
  void leadership_changed(PartitionId p);
  /// Bytes of the partition have come into memory.
  void loaded(PartitionId p);
  /// Reads on where a table is not complete: one piece of each. True if there is more at hand.
  bool pump(const Step& step);

  /// none, not_coordinator or coordinator_loading.
  [[nodiscard]] ErrorCode state_of(std::string_view group) const;
  /// Whether the table has room for the group.
  [[nodiscard]] bool has_room_for(std::string_view group) const;
  /// The replicas have the commit.
  void committed(std::string_view group, const std::vector<CommittedOffset>& offsets);
  /// Ascending by partition.
  [[nodiscard]] std::vector<CommittedOffset> offsets_of(std::string_view group) const;

 private:
  enum class Stage : std::uint8_t { elsewhere, reading, waiting, ready };
  using Group = std::map<PartitionId, Offset>;
  struct Coordinator {
    Stage stage = Stage::elsewhere;
    Offset next;  ///< to be read
    Offset end;   ///< of the log when this broker began to lead
    std::map<std::string, Group, std::less<>> groups;
  };

  [[nodiscard]] Coordinator* coordinator(PartitionId p);
  void read_on(const Step& step, PartitionId p, Coordinator& table);
  void take(const Step& step, Coordinator& table, ByteView batches);
  void commit(Coordinator& table, std::string_view group, const CommittedOffset& offset);

  ReplicaTable& replicas_;
  PartitionId first_;
  std::vector<Coordinator> coordinators_;  ///< by partition of the offsets topic
};

}  // namespace wavetank::log
