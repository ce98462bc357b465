#pragma once

// The consumer client: a member of a group, which gives it partitions and takes them away. It
// long-polls their leaders with incremental fetch sessions, hands batches over in order, commits
// what it has handed over, and begins where the group has committed.

#include <memory>
#include <vector>

#include "engine/log/config.h"
#include "engine/log/protocol/groups.h"
#include "engine/log/storage/record_batch.h"
#include "engine/log/types.h"
#include "engine/port/role.h"

namespace wavetank::log {

class ConsumerListener {
 public:
  virtual ~ConsumerListener() = default;
  /// A batch with records at or above the position; `from` is the first offset that counts (a batch
  /// may begin before it). The checksum has been verified. Valid during the call only.
  virtual void on_batch(PartitionId p, const BatchView& batch, Offset from) = 0;
  /// What stands below `offset` is not for applications: markers, and with read_committed records
  /// of aborted transactions.
  virtual void on_hidden(PartitionId /*p*/, Offset /*offset*/) {}
  /// The group's coordinator has stored that everything below `offset` is done.
  virtual void on_committed(PartitionId /*p*/, Offset /*offset*/) {}
  /// The log has no record at `position` any more, or not yet: what the consumer does about it is
  /// its config's `offset_reset`.
  virtual void on_out_of_range(PartitionId /*p*/, Offset /*position*/) {}
  /// What the broker gave for `position` does not match its checksum: it is asked for again.
  virtual void on_corrupt(PartitionId /*p*/, Offset /*position*/) {}
  /// The leader's log parts from what was handed over, at `diverged` (KIP-320): what lay from there
  /// to `position` is gone, which an unclean election can do. Reading goes on at `diverged`.
  virtual void on_truncated(PartitionId /*p*/, Offset /*position*/, Offset /*diverged*/) {}
  /// A commit up to `offset` was answered with this error.
  virtual void on_commit_refused(PartitionId /*p*/, Offset /*offset*/, ErrorCode /*error*/) {}
  /// The partition is read from here (assigned, after an out-of-range answer or a truncation).
  virtual void on_position(PartitionId /*p*/, Offset /*offset*/) {}

  // What the member holds; lists ascend.
  /// In this generation it holds `owned`, of which `added` is new.
  virtual void on_assigned(Generation /*generation*/, const std::vector<PartitionId>& /*owned*/,
                           const std::vector<PartitionId>& /*added*/) {}
  /// It has given these up, after committing how far it had come (or trying to).
  virtual void on_revoked(const std::vector<PartitionId>& /*partitions*/) {}
  /// The group has given these to others without its knowing.
  virtual void on_lost(const std::vector<PartitionId>& /*partitions*/) {}
};

class Consumer final : public port::Role {
 public:
  /// Subscribes to `topics` (indices into the topology's) and reads its share of them: from the
  /// group's committed offsets, or from where the config says where none is stored.
  Consumer(NodeId self, const ConsumerConfig& config, const Topology& topology,
           std::vector<std::uint32_t> topics, ConsumerListener& listener);
  ~Consumer() override;

  /// Next offset to be handed over. REQUIRES: the partition has been assigned to it.
  [[nodiscard]] Offset position(PartitionId p) const;
  /// Goes on reading elsewhere. REQUIRES: it holds the partition, and has been told a position in
  /// it.
  void seek(PartitionId p, const ReadFrom& to, port::Now now, port::Ports& ports);

  /// Commits these as soon as may be. REQUIRES: no auto_commit, and that it holds the partitions.
  void commit(const std::vector<CommittedOffset>& offsets, port::Now now, port::Ports& ports);
  /// As what the consumer takes part in its group, for offsets that are committed in a transaction.
  [[nodiscard]] Generation generation() const;
  [[nodiscard]] const MemberIdentity& identity() const;

  /// Commits, gives everything up and leaves the group; afterwards it does nothing more. A static
  /// member's place is kept for its session.
  void close(port::Now now, port::Ports& ports);

  void start(port::Now now, port::Ports& ports) override;
  void on_message(port::Now now, NodeId from, port::Lane lane, const port::Message& message,
                  port::Ports& ports) override;
  void on_timer(port::Now now, port::TimerId timer, port::Ports& ports) override;
  void on_reset(port::Now now, NodeId peer, port::Ports& ports) override;
  void describe(port::Description& out) const override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wavetank::log
