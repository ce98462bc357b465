#pragma once

// The part of a broker that coordinates consumer groups: takes the requests of their members,
// keeps the groups' deadlines, and writes what must outlive it to the offsets topic before it
// answers.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/log/config.h"
#include "engine/log/groups/coordinator_writes.h"
#include "engine/log/groups/group_table.h"
#include "engine/log/probe.h"
#include "engine/log/replication/cluster_metadata.h"

namespace wavetank::log {

class GroupCoordinator {
 public:
  /// All references outlive it.
  GroupCoordinator(NodeId self, const GroupConfig& config, const Topology& topology,
                   ReplicaTable& replicas, const ClusterMetadata& cluster,
                   CoordinatorWrites& writes, Probe& probe);

  /// Whether requests of this kind are its own.
  static bool serves(ApiKey api);
  /// A request of a kind that it serves.
  void on_request(const Step& step, NodeId from, const Envelope& envelope,
                  const port::Message& message);
  /// Whether there is a topic of committed offsets.
  [[nodiscard]] bool exists() const { return table_.exists(); }
  /// The partition of the offsets topic that holds a group's records. REQUIRES: exists.
  [[nodiscard]] PartitionId partition_of(std::string_view group) const {
    return table_.partition_of_group(group);
  }
  /// The replicas of a partition have the marker of a transaction. Any partition.
  void transaction_ended(PartitionId p, ProducerId producer, Outcome outcome);
  /// A partition has got another leader, or its leader another epoch. Any partition.
  void leadership_changed(PartitionId p);
  /// Bytes of the partition have come into memory.
  void loaded(PartitionId p) { table_.loaded(p); }
  /// What has been written under this ticket is decided.
  void written(const Step& step, WriteTicket ticket, ErrorCode error);
  /// Reads on where a table is not complete, and ends what is due. True if there is more to read at
  /// hand.
  bool pump(const Step& step);
  [[nodiscard]] Time next_deadline() const { return next_deadline_; }
  /// For who looks: its groups, and the writes that wait for replicas.
  void describe(port::Description& out, const Topology& topology) const;

 private:
  /// What waits for the replicas: a commit, or a group's metadata (no offsets, no asker).
  struct Write {
    std::string group;
    Generation generation;
    Asker asker;
    std::vector<CommittedOffset> offsets;
    ProducerId producer = kNoProducerId;  ///< whose transaction they are a part of
  };

  void on_find(const Step& step, Asker asker, const FindCoordinatorRequest& request);
  void on_join(const Step& step, Asker asker, const JoinGroupRequest& request);
  void on_sync(const Step& step, Asker asker, const SyncGroupRequest& request);
  void on_heartbeat(const Step& step, Asker asker, const HeartbeatRequest& request);
  void on_leave(const Step& step, Asker asker, const LeaveGroupRequest& request);
  void on_commit(const Step& step, Asker asker, OffsetCommitRequest request);
  void on_txn_commit(const Step& step, Asker asker, const TxnOffsetCommitRequest& request);
  void on_fetch(const Step& step, Asker asker, const OffsetFetchRequest& request);

  [[nodiscard]] ErrorCode refusal(const JoinGroupRequest& request) const;
  [[nodiscard]] ErrorCode refusal(const OffsetCommitRequest& request, Time now);
  /// For another producer's transaction. REQUIRES: the group is served here.
  [[nodiscard]] bool has_room(const TxnOffsetCommitRequest& request);
  /// `batch`: the offsets, encoded.
  ErrorCode store_commit(const Step& step, const Bytes& batch, Write write);
  void store_group(const Step& step, std::string_view name, GroupEntry& entry);
  void committed(const Step& step, Write& write, ErrorCode error);
  ErrorCode write(const Step& step, const Bytes& batch, Write write);

  /// The group of a request that is no join, if it is served here; `error` says why not.
  GroupEntry* find(std::string_view group, ErrorCode& error);
  /// Sends what has come of an event of the group, and notes its deadlines.
  void carry_out(const Step& step, std::string_view name, GroupEntry& entry, GroupEffects& effects);
  static void answer(const Step& step, const GroupEffects& effects);
  void serve_due(const Step& step);
  void note_deadlines();
  template <class Response>
  void refuse(const Step& step, Asker asker, std::string_view group, ErrorCode error);

  NodeId self_;
  const GroupConfig& config_;
  const ClusterMetadata& cluster_;
  CoordinatorWrites& writes_;
  Probe& probe_;
  GroupTable table_;
  std::map<WriteTicket, Write> pending_;  ///< bounded by what the broker lets wait
  WriteTicket next_ticket_ = 1;
  GroupEffects lost_;  ///< answers to those whose groups went to another broker
  std::uint64_t tables_read_ = 0;
  Time next_deadline_ = Time::never();  ///< or earlier: a heartbeat puts its own off
};

}  // namespace wavetank::log
