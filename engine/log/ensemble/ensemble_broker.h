#pragma once

// A broker of a log whose cluster is held together by a coordination ensemble, as Kafka's was
// before KRaft: it registers there, and may be the controller beside its own work.

#include <vector>

#include "engine/log/broker/broker.h"

namespace wavetank::log {

class EnsembleTie;

class EnsembleBroker final : public Broker {
 public:
  /// `ensemble`: its servers, at least one.
  EnsembleBroker(NodeId self, const BrokerConfig& config, const ControllerConfig& control,
                 const Topology& topology, std::vector<NodeId> ensemble, Probe& probe);

  void start(port::Now now, port::Ports& ports) override;
  void on_message(port::Now now, NodeId from, port::Lane lane, const port::Message& message,
                  port::Ports& ports) override;
  void on_timer(port::Now now, port::TimerId timer, port::Ports& ports) override;
  void on_storage(port::Now now, port::StorageToken token, port::Ports& ports) override;
  void on_hang_up(port::Now now, NodeId peer, port::Ports& ports) override;
  void on_reset(port::Now now, NodeId peer, port::Ports& ports) override;

  /// It is the controller, and knows the state of the cluster.
  [[nodiscard]] bool controls() const;

 private:
  void on_update(const Step& step, NodeId from, const port::Message& message);
  void settle(const Step& step);

  EnsembleTie& tie_;  ///< the one that the broker was given
};

}  // namespace wavetank::log
