#pragma once

// How a broker belongs to its cluster: under which epoch it is registered, and who the controller
// is. There are two: by heartbeats to a quorum of controllers (controller_link.h), and by nodes in
// a coordination ensemble (ensemble/).

#include "engine/log/protocol/step.h"

namespace wavetank::log {

class ClusterTie {
 public:
  virtual ~ClusterTie() = default;

  /// Begins to register. Once a process.
  virtual void start(const Step& step) = 0;
  /// Sends what is due.
  virtual void pump(const Step& step, std::int64_t metadata_version,
                    CorrelationId& next_correlation) = 0;
  [[nodiscard]] virtual Time next_deadline() const = 0;

  /// Has been admitted at least once; it may have been given up since.
  [[nodiscard]] virtual bool admitted() const = 0;
  /// Of the last registration.
  [[nodiscard]] virtual BrokerEpoch broker_epoch() const = 0;

  /// Who is taken for the active one; kNoNode if nobody is known.
  [[nodiscard]] virtual NodeId controller() const = 0;
  [[nodiscard]] virtual bool is_controller(NodeId node) const = 0;
  /// The controller answered not_controller, and named `hint` or nobody.
  virtual void on_not_controller(const Step& step, NodeId from, NodeId hint) = 0;
  virtual void on_reset(const Step& step, NodeId peer) = 0;

  /// True if the answer admits us; its metadata counts.
  virtual bool on_registered(const Step& step, const RegisterBrokerResponse& response) = 0;
  /// True if its metadata counts.
  virtual bool on_heartbeat(const Step& step, CorrelationId correlation,
                            const BrokerHeartbeatResponse& response) = 0;

  /// The process is to end: the controller is asked to let others lead.
  virtual void leave(const Step& step) = 0;
  /// Asked to, and nobody is to be waited for.
  [[nodiscard]] virtual bool may_end() const = 0;

  /// For who looks: how it stands to the cluster.
  virtual void describe(port::Description& out) const = 0;
};

}  // namespace wavetank::log
