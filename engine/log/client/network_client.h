#pragma once

// What producer and consumer have in common: a connection to each broker with the requests in
// flight on it, what is known of the cluster, and when to ask for it again (Kafka's NetworkClient
// and Metadata).
//
// Rules:
//  - A request that is not answered within request_timeout (or as long as its owner has said) loses
//    its connection: all requests in
//    flight on it are given up together, in the order sent, and a late answer to any is ignored.
//  - Metadata is asked of the broker with the fewest requests in flight, by turns where several
//    have as few, beginning with a random one; a broker that lost a connection is left out until it
//    answers something, unless there is no other.
//  - Metadata is asked for at start, when the owner or a lost connection calls for it (at most once
//    a retry_backoff), and when it is metadata_max_age old. An answer that is older than what is
//    known is dropped and another broker is asked.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/log/config.h"
#include "engine/log/protocol/protocol.h"
#include "engine/log/types.h"
#include "engine/port/alarm.h"
#include "engine/port/role.h"

namespace wavetank::log {

struct NetworkClientConfig {
  Duration request_timeout;
  Duration retry_backoff;
  Duration metadata_max_age;
};

/// A request on its way.
struct PendingRequest {
  CorrelationId correlation = 0;
  ApiKey api{};
  Time deadline;
};

/// Index of a broker in Topology::brokers.
using BrokerIndex = std::uint32_t;
inline constexpr BrokerIndex kNoBroker = 0xffffffffU;

/// The role that owns a NetworkClient. Calls come from within the role's own events; any method of
/// the client may be called from them.
class NetworkClientOwner {
 public:
  virtual ~NetworkClientOwner() = default;
  /// Leaders may have changed.
  virtual void on_metadata(port::Now now, port::Ports& ports) = 0;
  /// `message` answers `request` (api keys are equal); its body has not been decoded yet.
  virtual void on_response(port::Now now, BrokerIndex from, const PendingRequest& request,
                           const port::Message& message, port::Ports& ports) = 0;
  /// The connection is gone, by time-out, reset or a malformed answer. `lost`: the owner's requests
  /// in flight on it, in the order sent; may be empty.
  virtual void on_disconnected(port::Now now, BrokerIndex broker,
                               std::span<const PendingRequest> lost, port::Ports& ports) = 0;
};

class NetworkClient {
 public:
  /// Uses `timer` for itself. `topology` and `owner` outlive the client.
  NetworkClient(const NetworkClientConfig& config, const Topology& topology, port::TimerId timer,
                NetworkClientOwner& owner);

  // --- events of the role, handed on
  // ----------------------------------------------------------------
  void start(port::Now now, port::Ports& ports);
  void on_message(port::Now now, NodeId from, port::Lane lane, const port::Message& message,
                  port::Ports& ports);
  /// False if the timer is not this client's.
  bool on_timer(port::Now now, port::TimerId timer, port::Ports& ports);
  void on_reset(port::Now now, NodeId peer, port::Ports& ports);

  // --- requests
  // -------------------------------------------------------------------------------------
  /// Sends a request; on_response or on_disconnected will tell what became of it.
  template <class Request>
  CorrelationId ask(port::Now now, BrokerIndex to, const Request& request, port::Ports& ports) {
    return ask(now, to, request, config_.request_timeout, ports);
  }
  /// One that may be answered as late as this.
  template <class Request>
  CorrelationId ask(port::Now now, BrokerIndex to, const Request& request, Duration patience,
                    port::Ports& ports) {
    const CorrelationId correlation = next_correlation_++;
    track(to, {correlation, Request::api, now.monotonic + patience}, ports);
    transmit(to, encode(request, correlation), ports);
    return correlation;
  }
  /// Sends a request that gets no answer (produce with acks=0).
  template <class Request>
  void tell(BrokerIndex to, const Request& request, port::Ports& ports) {
    transmit(to, encode(request, next_correlation_++), ports);
  }
  /// Gives up the connection, after an answer that makes no sense.
  void disconnect(port::Now now, BrokerIndex broker, port::Ports& ports);
  /// The broker has told its client to keep still: nothing is to be asked of it for so long, other
  /// than metadata and coordinators. The owner's turn comes again when that is over (KIP-219).
  void throttle(port::Now now, BrokerIndex broker, Duration throttle, port::Ports& ports);
  [[nodiscard]] bool throttled(port::Now now, BrokerIndex broker) const {
    return connections_[broker].throttled_until > now.monotonic;
  }
  /// The broker to ask what any broker can answer.
  BrokerIndex least_loaded();

  // --- the cluster
  // ----------------------------------------------------------------------------------
  /// Asks for metadata as soon as the back-off allows.
  void request_metadata(port::Now now, port::Ports& ports);
  [[nodiscard]] bool knows_cluster() const { return !leaders_.empty(); }
  /// kNoBroker: none is known. REQUIRES: a partition of the topology.
  [[nodiscard]] BrokerIndex leader(PartitionId p) const {
    return leaders_.empty() ? kNoBroker : leaders_[p.value()].broker;
  }
  [[nodiscard]] LeaderEpoch leader_epoch(PartitionId p) const {
    return leaders_.empty() ? kNoLeaderEpoch : leaders_[p.value()].epoch;
  }
  /// kNoBroker if `node` is no broker.
  [[nodiscard]] BrokerIndex broker_of(NodeId node) const;
  /// kNoNode for kNoBroker.
  [[nodiscard]] NodeId node_of(BrokerIndex broker) const {
    return broker == kNoBroker ? kNoNode : connections_[broker].broker;
  }
  [[nodiscard]] std::size_t broker_count() const { return connections_.size(); }
  /// For who looks: connections with what is in flight on them, and what is known of the cluster.
  void describe(port::Description& out) const;

 private:
  struct Connection {
    NodeId broker;
    std::vector<PendingRequest> in_flight;  ///< in the order sent; bounded by the owner
    bool suspect = false;                   ///< lost its connection and has not answered since
    Time throttled_until;
  };
  /// Time::never() if nothing is in flight.
  [[nodiscard]] static Time earliest_deadline(const Connection& connection);
  struct Leader {
    BrokerIndex broker = kNoBroker;
    LeaderEpoch epoch = kNoLeaderEpoch;
  };

  void track(BrokerIndex to, const PendingRequest& request, port::Ports& ports);
  void transmit(BrokerIndex to, port::Message message, port::Ports& ports);
  void ask_metadata_when_due(port::Now now, port::Ports& ports);
  void on_metadata_response(port::Now now, BrokerIndex from, const port::Message& message,
                            port::Ports& ports);
  bool apply(const MetadataResponse& response);

  NetworkClientConfig config_;
  std::uint32_t partition_count_;
  NetworkClientOwner& owner_;
  port::Alarm alarm_;
  std::vector<Connection> connections_;  ///< parallel to topology.brokers
  CorrelationId next_correlation_ = 0;
  BrokerIndex turn_ = 0;  ///< where least_loaded looks first

  std::vector<Leader> leaders_;  ///< by partition; empty until metadata is known
  std::int64_t metadata_version_ = -1;
  bool metadata_in_flight_ = false;
  Time metadata_due_ = Time::never();
  Time metadata_not_before_;  ///< the back-off since it was last asked for
};

}  // namespace wavetank::log
