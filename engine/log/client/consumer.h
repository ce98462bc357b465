#pragma once

// The consumer client: long-polls the leaders of its partitions with incremental fetch sessions,
// hands batches over in order, commits what it has handed over, and resumes from the committed
// offset.

#include <memory>
#include <vector>

#include "engine/log/config.h"
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
  /// The leader's log parts from what was handed over, at `diverged` (KIP-320): what lay from there
  /// to `position` is gone, which an unclean election can do. Reading goes on at `diverged`.
  virtual void on_truncated(PartitionId /*p*/, Offset /*position*/, Offset /*diverged*/) {}
  /// The partition is read from here (start, restart, after an out-of-range answer or a
  /// truncation).
  virtual void on_position(PartitionId /*p*/, Offset /*offset*/) {}
};

class Consumer final : public port::Role {
 public:
  /// Reads `assignment`, this member's share of its group. Starts from the group's committed
  /// offsets, or from the start of the log where none is stored.
  Consumer(NodeId self, const ConsumerConfig& config, const Topology& topology,
           std::vector<PartitionId> assignment, ConsumerListener& listener);
  ~Consumer() override;

  /// Next offset to be handed over. REQUIRES: assigned.
  [[nodiscard]] Offset position(PartitionId p) const;

  void start(port::Now now, port::Ports& ports) override;
  void on_message(port::Now now, NodeId from, port::Lane lane, const port::Message& message,
                  port::Ports& ports) override;
  void on_timer(port::Now now, port::TimerId timer, port::Ports& ports) override;
  void on_reset(port::Now now, NodeId peer, port::Ports& ports) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The range assignor: the partitions [first, first + count) split over `members` in contiguous,
/// nearly equal runs; the share of member `index`.
std::vector<PartitionId> range_assignment(PartitionId first, std::uint32_t count,
                                          std::uint32_t members, std::uint32_t index);

}  // namespace wavetank::log
