#pragma once

// Writes the markers that coordinators of transactions send to the partitions led here, and answers
// once the replicas have them.

#include "engine/log/broker/delayed_produces.h"
#include "engine/log/protocol/step.h"
#include "engine/log/replication/replica_table.h"

namespace wavetank::log {

class MarkerServer {
 public:
  MarkerServer(ReplicaTable& replicas, DelayedProduces& produces, Duration timeout)
      : replicas_(replicas), produces_(produces), timeout_(timeout) {}

  void on_request(const Step& step, NodeId from, CorrelationId correlation,
                  const WriteTxnMarkersRequest& request);
  /// Answers a request that is decided.
  static void answer(const Step& step, const DelayedProduce& decided);

 private:
  ProduceResponse::Partition append(const Step& step, PartitionId p, LeaderEpoch leader_epoch,
                                    const EndMarker& marker);
  [[nodiscard]] ErrorCode refusal(const Replica* replica, LeaderEpoch epoch) const;

  ReplicaTable& replicas_;
  DelayedProduces& produces_;
  Duration timeout_;
};

}  // namespace wavetank::log
