#pragma once

// The controller: knows which brokers are alive (registration, heartbeats, session timeout), keeps
// every partition's leader and in-sync set, elects leaders from the in-sync set, and tells brokers.
//
// Controllers form a quorum (KIP-500, KIP-595): what the registry is asked to change is a command
// in their replicated log, applied by all in the same order; its state is what their snapshots
// hold. Only the active one, the quorum's leader, listens to brokers and decides; the others answer
// not_controller. Who becomes active gives every living broker a fresh session. Without a majority
// there is no active controller: brokers serve on as they are, and nothing changes.

#include <memory>

#include "engine/log/config.h"
#include "engine/log/probe.h"
#include "engine/port/role.h"

namespace wavetank::log {

class Controller final : public port::Role {
 public:
  Controller(NodeId self, const ControllerConfig& config, const Topology& topology, Probe& probe);
  ~Controller() override;

  void start(port::Now now, port::Ports& ports) override;
  void on_message(port::Now now, NodeId from, port::Lane lane, const port::Message& message,
                  port::Ports& ports) override;
  void on_timer(port::Now now, port::TimerId timer, port::Ports& ports) override;
  void on_storage(port::Now now, port::StorageToken token, port::Ports& ports) override;
  void on_reset(port::Now now, NodeId peer, port::Ports& ports) override;

  void describe(port::Description& out) const override;

  /// Leads the quorum, with its state complete.
  [[nodiscard]] bool active() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wavetank::log
