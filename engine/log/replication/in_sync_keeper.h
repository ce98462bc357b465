#pragma once

// Takes changes of in-sync sets to the controller (AlterPartition): many partitions a request, one
// request in flight, asked again until it is answered.

#include <deque>
#include <optional>
#include <vector>

#include "engine/log/config.h"
#include "engine/log/protocol/step.h"
#include "engine/log/replication/replica_table.h"

namespace wavetank::log {

class InSyncKeeper {
 public:
  InSyncKeeper(const BrokerConfig& config, ReplicaTable& replicas, std::uint32_t partition_count)
      : config_(config), replicas_(replicas), queued_(partition_count, false) {}

  /// The replica wants a change; what it wants is read when the request is made.
  void request(PartitionId p);
  /// Takes the answer to the request in flight; false if it answers an earlier one. The caller
  /// adopts the states and calls `settled`.
  bool on_response(CorrelationId correlation);
  /// After the answer's states have been adopted.
  void settled(const AlterPartitionResponse& response, const Step& step);
  void on_reset(const Step& step, NodeId peer);
  /// The broker has a new epoch: what was asked with the old one is asked again.
  void on_registered() { ask_again(); }

  /// `controller`: the active one, as far as known. What another was asked is asked again.
  void pump(const Step& step, NodeId controller, BrokerEpoch self_epoch,
            CorrelationId& next_correlation);
  [[nodiscard]] Time next_deadline() const;
  /// For who looks: what is asked of the controller.
  void describe(port::Description& out) const;

 private:
  void ask_again();

  NodeId controller_ = kNoNode;  ///< asked last
  BrokerConfig config_;
  ReplicaTable& replicas_;
  std::deque<PartitionId> queue_;
  std::vector<bool> queued_;  ///< by partition
  struct Asked {
    PartitionId partition;
    PartitionEpoch builds_on;
  };
  std::vector<Asked> asked_;  ///< with the request in flight
  std::optional<CorrelationId> in_flight_;
  Time deadline_;
  Time not_before_;
};

}  // namespace wavetank::log
