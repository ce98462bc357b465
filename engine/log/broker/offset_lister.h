#pragma once

// Answers ListOffsets: where a partition begins and ends, and which record is the first at or after
// a time. A look-up whose bytes are not in memory waits for them and begins again; the others of
// its request keep their answers.

#include <vector>

#include "engine/log/probe.h"
#include "engine/log/protocol/step.h"
#include "engine/log/replication/replica_table.h"

namespace wavetank::log {

class OffsetLister {
 public:
  OffsetLister(NodeId self, const ReplicaTable& replicas, Probe& probe)
      : self_(self), replicas_(replicas), probe_(probe) {}

  /// Beyond limits::kWaitingLookups, what would have to wait is answered request_timed_out.
  void on_request(const Step& step, NodeId from, CorrelationId correlation,
                  const ListOffsetsRequest& request);
  /// Bytes of the partition have come into memory.
  void loaded(const Step& step, PartitionId p);
  /// The connection is gone; what waits for it is not answered any more.
  void on_hang_up(NodeId peer);

 private:
  struct Waiting {
    NodeId from = kNoNode;
    CorrelationId correlation = 0;
    std::vector<ListOffsetsRequest::Partition> unanswered;
    ListOffsetsResponse response;
  };

  /// Looks up what can be looked up; true if that is all.
  bool look_up(const Step& step, Waiting& request) const;
  void answer(const Step& step, const Waiting& request) const;
  /// False if it has to wait.
  bool look_up(const Step& step, const ListOffsetsRequest::Partition& asked,
               ListOffsetsResponse::Partition& out) const;

  NodeId self_;
  const ReplicaTable& replicas_;
  Probe& probe_;
  std::vector<Waiting> waiting_;  ///< in the order they came
};

}  // namespace wavetank::log
