#pragma once

// The controller: knows which brokers are alive (registration, heartbeats, session timeout), keeps
// every partition's leader and in-sync set, elects leaders from the in-sync set, and tells brokers.
// This first controller is one process that keeps its state in a small durable file; a replicated
// one takes its place behind the same messages.

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

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wavetank::log
