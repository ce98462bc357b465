#pragma once

// The operator of a log at the keyboard of one of its machines: asks the controllers to move
// partitions, and hears what they say.

#include <deque>
#include <memory>

#include "engine/log/client/admin_client.h"
#include "sim/cluster/cluster.h"
#include "sim/observe/observer.h"

namespace wavetank::sim {

class Operator final : public Application, public log::AdminListener {
 public:
  /// REQUIRES: both outlive it.
  Operator(Cluster& cluster, Observer& observer) : cluster_(cluster), observer_(observer) {}

  /// The process of its client, begun anew.
  std::unique_ptr<log::AdminClient> client(const log::Topology& topology) {
    auto made = std::make_unique<log::AdminClient>(log::AdminClient::Config{}, topology, *this);
    client_ = made.get();
    return made;
  }
  void works_on(NodeId self) { self_ = self; }
  /// Moves partitions. False if its machine is down.
  bool ask(log::AlterPartitionReassignmentsRequest request) {
    if (!cluster_.node(self_).running()) {
      return false;
    }
    to_ask_.push_back(std::move(request));
    cluster_.node(self_).call(*this);
    return true;
  }

 private:
  void on_step(port::Now now, port::Ports& ports) override {
    while (!to_ask_.empty()) {
      client_->alter_reassignments(now, std::move(to_ask_.front()), ports);
      to_ask_.pop_front();
    }
  }
  void on_reassignments(const log::AlterPartitionReassignmentsResponse& response) override {
    for (const auto& partition : response.partitions) {
      if (partition.error != log::ErrorCode::none) {
        observer_.moves().refused(partition.partition, partition.error);
      }
    }
  }

  Cluster& cluster_;
  Observer& observer_;
  NodeId self_ = log::kNoNode;
  log::AdminClient* client_ = nullptr;                          ///< of the latest process
  std::deque<log::AlterPartitionReassignmentsRequest> to_ask_;  ///< a few: one a fault
};

}  // namespace wavetank::sim
