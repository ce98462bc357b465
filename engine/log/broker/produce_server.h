#pragma once

// Appends what producers send, and what this broker's coordinators write to their own topics, to
// the partitions led here, and answers producers: at once, or when the replicas have it
// (DelayedProduces).

#include <cstdint>
#include <vector>

#include "engine/log/broker/client_quotas.h"
#include "engine/log/broker/delayed_produces.h"
#include "engine/log/groups/coordinator_writes.h"
#include "engine/log/probe.h"
#include "engine/log/protocol/step.h"
#include "engine/log/replication/replica_table.h"

namespace wavetank::log {

class ProduceServer final : public CoordinatorWrites {
 public:
  /// REQUIRES: all that it is given outlives it.
  ProduceServer(NodeId self, const Topology& topology, ReplicaTable& replicas,
                DelayedProduces& waiting, ClientQuotas& quotas, Probe& probe)
      : self_(self),
        topology_(topology),
        replicas_(replicas),
        waiting_(waiting),
        quotas_(quotas),
        probe_(probe) {}

  void on_request(const Step& step, NodeId from, CorrelationId correlation,
                  const port::Message& message, const ProduceRequest& request);
  ErrorCode write(const Step& step, PartitionId p, const Bytes& batch, WriteTicket ticket) override;

  /// Answers a request of a producer that is decided, unless it wants no answer.
  void answer(const Step& step, DelayedProduce& decided, Acks acks);

 private:
  ProduceResponse::Partition append(const Step& step, const ProduceRequest::Partition& produced,
                                    Acks acks, std::uint32_t index,
                                    std::vector<DelayedProduces::Wait>& waits);
  [[nodiscard]] ErrorCode refusal(const Replica* replica, const ProduceRequest::Partition& produced,
                                  Acks acks) const;

  NodeId self_;
  const Topology& topology_;
  ReplicaTable& replicas_;
  DelayedProduces& waiting_;
  ClientQuotas& quotas_;
  Probe& probe_;
};

}  // namespace wavetank::log
