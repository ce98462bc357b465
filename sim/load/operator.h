#pragma once

// The operator of a log at the keyboard of one of its machines: asks the controllers to move
// partitions, and hears what they say.

#include <deque>
#include <memory>
#include <utility>

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
    for (const Wish& wish : std::exchange(to_ask_, {})) {
      asked_.push_back(wish.fault);
    }
    for (const std::size_t fault : std::exchange(asked_, {})) {
      observer_.moves().unheard(fault);
    }
    return made;
  }
  void works_on(NodeId self) { self_ = self; }
  /// Moves partitions, because of a fault. False if its machine is down.
  bool ask(std::size_t fault, log::AlterPartitionReassignmentsRequest request) {
    if (!cluster_.node(self_).running()) {
      return false;
    }
    to_ask_.push_back({fault, std::move(request)});
    cluster_.node(self_).call(*this);
    return true;
  }

 private:
  struct Wish {
    std::size_t fault = 0;
    log::AlterPartitionReassignmentsRequest request;
  };

  void on_step(port::Now now, port::Ports& ports) override {
    for (Wish& wish : std::exchange(to_ask_, {})) {
      if (client_->alter_reassignments(now, std::move(wish.request), ports)) {
        asked_.push_back(wish.fault);
      }
    }
  }
  void on_reassignments(const log::AlterPartitionReassignmentsResponse& response) override {
    observer_.moves().answered(asked_.front());
    asked_.pop_front();
    for (const auto& partition : response.partitions) {
      if (partition.error != log::ErrorCode::none) {
        observer_.moves().refused(partition.partition, partition.error);
      }
    }
  }

  Cluster& cluster_;
  Observer& observer_;
  NodeId self_ = log::kNoNode;
  log::AdminClient* client_ = nullptr;  ///< of the latest process
  std::deque<Wish> to_ask_;             ///< a few: two a fault
  std::deque<std::size_t> asked_;       ///< the faults behind what has not been answered
};

}  // namespace wavetank::sim
