#include "engine/log/client/network_client.h"

#include <algorithm>
#include <utility>

#include "engine/base/ensure.h"

namespace wavetank::log {

NetworkClient::NetworkClient(const NetworkClientConfig& config, const Topology& topology,
                             port::TimerId timer, NetworkClientOwner& owner)
    : config_(config), partition_count_(topology.partition_count()), owner_(owner), alarm_(timer) {
  ENSURE(!topology.brokers.empty(), "a cluster has a broker");
  connections_.reserve(topology.brokers.size());
  for (const NodeId broker : topology.brokers) {
    connections_.push_back(Connection{broker, {}, false, {}});
  }
}

// --- events --------------------------------------------------------------------------------------

void NetworkClient::start(port::Now now, port::Ports& ports) {
  next_correlation_ = port::first_correlation(ports);
  turn_ = static_cast<BrokerIndex>(ports.random() % connections_.size());
  metadata_not_before_ = now.monotonic;
  request_metadata(now, ports);
}

void NetworkClient::on_message(port::Now now, NodeId from, port::Lane lane,
                               const port::Message& message, port::Ports& ports) {
  ports.meter().charge(port::Work::request);
  ports.meter().charge(port::Work::bytes_received, message.wire_bytes());
  const BrokerIndex broker = broker_of(from);
  const Result<Envelope> envelope = peek(message);
  if (lane != port::Lane::response || broker == kNoBroker || !envelope) {
    return;
  }
  Connection& connection = connections_[broker];
  const auto found =
      std::ranges::find(connection.in_flight, envelope->correlation, &PendingRequest::correlation);
  if (found == connection.in_flight.end()) {
    return;  // given up before its answer came
  }
  const PendingRequest request = *found;
  connection.in_flight.erase(found);
  if (envelope->api != request.api) {
    disconnect(now, broker, ports);
    return;
  }
  connection.suspect = false;
  if (request.api == ApiKey::metadata) {
    on_metadata_response(now, broker, message, ports);
  } else {
    owner_.on_response(now, broker, request, message, ports);
  }
}

bool NetworkClient::on_timer(port::Now now, port::TimerId timer, port::Ports& ports) {
  if (!alarm_.rang(timer)) {
    return false;
  }
  for (BrokerIndex broker = 0; broker < connections_.size(); ++broker) {
    if (earliest_deadline(connections_[broker]) <= now.monotonic) {
      disconnect(now, broker, ports);
    }
  }
  ask_metadata_when_due(now, ports);
  for (const Connection& connection : connections_) {
    alarm_.want(earliest_deadline(connection), ports);
    if (connection.throttled_until > now.monotonic) {
      alarm_.want(connection.throttled_until, ports);
    }
  }
  return true;
}

void NetworkClient::on_reset(port::Now now, NodeId peer, port::Ports& ports) {
  const BrokerIndex broker = broker_of(peer);
  if (broker != kNoBroker) {
    disconnect(now, broker, ports);
  }
}

// --- requests ------------------------------------------------------------------------------------

void NetworkClient::track(BrokerIndex to, const PendingRequest& request, port::Ports& ports) {
  connections_[to].in_flight.push_back(request);
  alarm_.want(request.deadline, ports);
}

Time NetworkClient::earliest_deadline(const Connection& connection) {
  Time earliest = Time::never();
  for (const PendingRequest& request : connection.in_flight) {
    earliest = std::min(earliest, request.deadline);
  }
  return earliest;
}

void NetworkClient::transmit(BrokerIndex to, port::Message message, port::Ports& ports) {
  ports.meter().charge(port::Work::request);
  ports.meter().charge(port::Work::bytes_sent, message.wire_bytes());
  ports.send(connections_[to].broker, port::Lane::request, std::move(message));
}

void NetworkClient::disconnect(port::Now now, BrokerIndex broker, port::Ports& ports) {
  Connection& connection = connections_[broker];
  connection.suspect = true;
  ports.close(connection.broker);
  std::vector<PendingRequest> lost = std::move(connection.in_flight);
  connection.in_flight.clear();
  const auto own = std::ranges::find(lost, ApiKey::metadata, &PendingRequest::api);
  if (own != lost.end()) {  // never more than one
    lost.erase(own);
    metadata_in_flight_ = false;
  }
  request_metadata(now, ports);
  owner_.on_disconnected(now, broker, lost, ports);
}

void NetworkClient::throttle(port::Now now, BrokerIndex broker, Duration throttle,
                             port::Ports& ports) {
  if (throttle > Duration()) {
    connections_[broker].throttled_until = now.monotonic + throttle;
    alarm_.want(connections_[broker].throttled_until, ports);
  }
}

BrokerIndex NetworkClient::least_loaded() {
  const auto count = static_cast<BrokerIndex>(connections_.size());
  BrokerIndex best = kNoBroker;
  for (BrokerIndex i = 0; i < count; ++i) {
    const BrokerIndex at = (turn_ + i) % count;
    const Connection& candidate = connections_[at];
    if (!candidate.suspect &&
        (best == kNoBroker || candidate.in_flight.size() < connections_[best].in_flight.size())) {
      best = at;
    }
  }
  if (best == kNoBroker) {
    best = turn_ % count;
  }
  turn_ = (best + 1) % count;
  return best;
}

BrokerIndex NetworkClient::broker_of(NodeId node) const {
  const auto found = std::ranges::find(connections_, node, &Connection::broker);
  return found == connections_.end() ? kNoBroker
                                     : static_cast<BrokerIndex>(found - connections_.begin());
}

// --- metadata ------------------------------------------------------------------------------------

void NetworkClient::request_metadata(port::Now now, port::Ports& ports) {
  if (metadata_in_flight_) {
    return;
  }
  metadata_due_ = std::max(now.monotonic, metadata_not_before_);
  ask_metadata_when_due(now, ports);
}

void NetworkClient::ask_metadata_when_due(port::Now now, port::Ports& ports) {
  if (metadata_in_flight_) {
    return;
  }
  if (metadata_due_ > now.monotonic) {
    alarm_.want(metadata_due_, ports);
    return;
  }
  metadata_in_flight_ = true;
  metadata_due_ = Time::never();
  metadata_not_before_ = now.monotonic + config_.retry_backoff;
  ask(now, least_loaded(), MetadataRequest{}, ports);
}

void NetworkClient::on_metadata_response(port::Now now, BrokerIndex from,
                                         const port::Message& message, port::Ports& ports) {
  metadata_in_flight_ = false;
  const Result<MetadataResponse> response = decode<MetadataResponse>(message);
  if (!response) {
    disconnect(now, from, ports);
    return;
  }
  if (!apply(*response)) {
    request_metadata(now, ports);
    return;
  }
  metadata_due_ = now.monotonic + config_.metadata_max_age;
  alarm_.want(metadata_due_, ports);
  owner_.on_metadata(now, ports);
}

bool NetworkClient::apply(const MetadataResponse& response) {
  if (response.version < metadata_version_ || response.partitions.size() != partition_count_) {
    return false;
  }
  metadata_version_ = response.version;
  leaders_.resize(partition_count_);
  for (std::uint32_t p = 0; p < partition_count_; ++p) {
    const MetadataResponse::Partition& state = response.partitions[p];
    leaders_[p] = Leader{broker_of(state.leader), state.leader_epoch};
  }
  return true;
}

}  // namespace wavetank::log
