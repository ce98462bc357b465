#pragma once

// The operator's client: asks the controllers to move partitions (KIP-455), talking to them itself
// (KIP-919); without controllers, the brokers, of which one is the controller. One request at a
// time, in the order given; each is asked again, of the next controller or of the one that is
// named, until the active one has answered. A reassignment asked for twice is the same
// reassignment.

#include <cstddef>
#include <deque>
#include <optional>
#include <vector>

#include "engine/log/config.h"
#include "engine/log/protocol/protocol.h"
#include "engine/port/alarm.h"
#include "engine/port/role.h"

namespace wavetank::log {

/// Told of the answers, in the order of the requests.
class AdminListener {
 public:
  virtual ~AdminListener() = default;
  virtual void on_reassignments(const AlterPartitionReassignmentsResponse& response) = 0;
};

class AdminClient final : public port::Role {
 public:
  struct Config {
    Duration request_timeout = seconds(2);  ///< then another controller is asked
    Duration retry_backoff = milliseconds(100);
  };

  /// Topology and listener outlive it.
  AdminClient(const Config& config, const Topology& topology, AdminListener& listener);

  /// For the operator, within a step of this role. Beyond limits::kAdminRequests waiting it is
  /// refused: false.
  bool alter_reassignments(port::Now now, AlterPartitionReassignmentsRequest request,
                           port::Ports& ports);

  void start(port::Now now, port::Ports& ports) override;
  void on_message(port::Now now, NodeId from, port::Lane lane, const port::Message& message,
                  port::Ports& ports) override;
  void on_timer(port::Now now, port::TimerId timer, port::Ports& ports) override;
  void on_reset(port::Now now, NodeId peer, port::Ports& ports) override;
  void describe(port::Description& out) const override;

 private:
  void ask(port::Now now, port::Ports& ports);
  void turn_to(NodeId controller, port::Now now, port::Ports& ports);

  Config config_;
  std::vector<NodeId> controllers_;
  AdminListener& listener_;
  std::deque<AlterPartitionReassignmentsRequest> waiting_;
  std::size_t current_ = 0;  ///< the controller that is taken for the active one
  std::optional<CorrelationId> in_flight_;
  CorrelationId next_correlation_ = 0;
  Time due_ = Time::never();  ///< what is in flight is given up, or what waits is asked
  port::Alarm alarm_;
};

}  // namespace wavetank::log
