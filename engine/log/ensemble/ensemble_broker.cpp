#include "engine/log/ensemble/ensemble_broker.h"

#include <utility>

#include "engine/log/ensemble/ensemble_tie.h"

namespace wavetank::log {

EnsembleBroker::EnsembleBroker(NodeId self, const BrokerConfig& config,
                               const ControllerConfig& control, const Topology& topology,
                               std::vector<NodeId> ensemble, Probe& probe)
    : Broker(self, config, topology, probe,
             std::make_unique<EnsembleTie>(self, config, control, topology, std::move(ensemble),
                                           probe)),
      tie_(static_cast<EnsembleTie&>(tie())) {}

bool EnsembleBroker::controls() const {
  return tie_.as_controller().active();
}

void EnsembleBroker::start(port::Now now, port::Ports& ports) {
  Broker::start(now, ports);
  settle({now, ports});
}

void EnsembleBroker::on_message(port::Now now, NodeId from, port::Lane lane,
                                const port::Message& message, port::Ports& ports) {
  const Step step{now, ports};
  const Result<Envelope> envelope = log::peek(message);
  if (lane == port::Lane::request && envelope && envelope->api == ApiKey::update_cluster) {
    on_update(step, from, message);
  } else if (!tie_.on_message(step, from, lane, message)) {
    Broker::on_message(now, from, lane, message, ports);
  }
  settle(step);
}

void EnsembleBroker::on_update(const Step& step, NodeId from, const port::Message& message) {
  step.charge_received(message);
  const auto request = log::decode<UpdateClusterRequest>(message);
  if (!request) {
    return;
  }
  const ErrorCode error = tie_.judge(*request);
  if (error == ErrorCode::none) {
    update(step, request->metadata);
  }
  tie_.answer(step, from, log::peek(message)->correlation, {error, metadata_version()});
}

void EnsembleBroker::on_timer(port::Now now, port::TimerId timer, port::Ports& ports) {
  const Step step{now, ports};
  if (!tie_.on_timer(step, timer)) {
    Broker::on_timer(now, timer, ports);
  }
  settle(step);
}

void EnsembleBroker::on_storage(port::Now now, port::StorageToken token, port::Ports& ports) {
  Broker::on_storage(now, token, ports);
  settle({now, ports});
}

void EnsembleBroker::on_hang_up(port::Now now, NodeId peer, port::Ports& ports) {
  Broker::on_hang_up(now, peer, ports);
  settle({now, ports});
}

void EnsembleBroker::on_reset(port::Now now, NodeId peer, port::Ports& ports) {
  Broker::on_reset(now, peer, ports);
  settle({now, ports});
}

void EnsembleBroker::settle(const Step& step) {
  if (tie_.take_registered()) {
    registered(step);
  }
}

}  // namespace wavetank::log
