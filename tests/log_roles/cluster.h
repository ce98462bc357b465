#pragma once

// A small cluster of real brokers and a real controller in the bare host, and a client that speaks
// the protocol by hand: the vocabulary of the role tests.

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/coordination/server/server.h"
#include "engine/log/broker/broker.h"
#include "engine/log/controller/controller.h"
#include "engine/log/ensemble/ensemble_broker.h"
#include "engine/log/protocol/protocol.h"
#include "tests/support/bare_host.h"

namespace wavetank::log::test {

inline constexpr NodeId kController{0};
inline constexpr NodeId kControllers[] = {kController, NodeId(20), NodeId(21)};
inline constexpr NodeId kServers[] = {NodeId(30), NodeId(31), NodeId(32)};
inline constexpr NodeId kFirst{1};
inline constexpr NodeId kSecond{2};
inline constexpr NodeId kThird{3};
inline constexpr NodeId kClient{10};
inline constexpr NodeId kOtherClient{11};
inline constexpr PartitionId kP0{0};

/// Checks, at every change of state in any test, what must never fail.
class StrictProbe final : public Probe {
 public:
  void became_leader(NodeId broker, PartitionId p, LeaderEpoch epoch, Offset end) override;
  void became_follower(NodeId broker, PartitionId p, NodeId leader, LeaderEpoch epoch) override;
  void high_watermark_advanced(NodeId leader, PartitionId p, Offset high_watermark) override;
  void truncated(NodeId broker, PartitionId p, Offset old_end, Offset new_end) override;
  void leader_elected(PartitionId p, NodeId leader, LeaderEpoch epoch) override;
  void in_sync_set_changed(PartitionId p, LeaderEpoch epoch,
                           std::span<const NodeId> in_sync) override;
  void log_cleaned(NodeId broker, PartitionId p, Offset up_to, std::uint64_t before,
                   std::uint64_t after) override {
    cleanings.push_back({broker, p, up_to, before, after});
  }
  void partition_offline(PartitionId p) override { offline.push_back(p); }
  void unclean_election(PartitionId p, NodeId leader) override { unclean.emplace_back(p, leader); }
  void request_refused(NodeId, PartitionId, ErrorCode error) override { ++refusals[error]; }
  void whole_request_refused(NodeId, ErrorCode error) override { ++refusals[error]; }
  void group_request_refused(std::string_view, NodeId, ApiKey, ErrorCode error) override {
    ++refusals[error];
  }
  void transaction_request_refused(NodeId, ErrorCode error) override { ++refusals[error]; }
  void client_throttled(NodeId, std::string_view client, Duration throttle) override {
    throttled.emplace_back(client, throttle);
  }
  void broker_fenced(NodeId broker) override { fenced.push_back(broker); }
  void broker_registered(NodeId broker, BrokerEpoch epoch) override;
  void log_recovered(NodeId broker, PartitionId p, Offset end, std::uint64_t scanned) override;
  void appended(NodeId broker, PartitionId p, Offset base, Offset last, LeaderEpoch epoch,
                bool as_leader) override;

  bool said_again = false;  ///< by every new controller, what it has read
  struct Cut {
    NodeId broker;
    PartitionId partition;
    Offset from;
    Offset to;
  };
  std::vector<Cut> cuts;
  struct Cleaning {
    NodeId broker;
    PartitionId partition;
    Offset up_to;
    std::uint64_t bytes_before = 0;
    std::uint64_t bytes_after = 0;
  };
  std::vector<Cleaning> cleanings;
  std::map<ErrorCode, int> refusals;
  std::vector<std::pair<std::string, Duration>> throttled;
  std::vector<PartitionId> offline;
  std::vector<std::pair<PartitionId, NodeId>> unclean;
  std::vector<NodeId> fenced;
  std::vector<std::pair<NodeId, BrokerEpoch>> registered;
  std::map<std::pair<NodeId, PartitionId>, std::uint64_t> recovered_bytes;
  std::map<PartitionId, std::vector<NodeId>> in_sync;

 private:
  std::map<std::pair<PartitionId, LeaderEpoch>, NodeId> elected_;
  std::map<std::pair<PartitionId, NodeId>, LeaderEpoch> leads_in_;
  std::map<std::pair<PartitionId, LeaderEpoch>, Offset> watermarks_;
};

/// Keeps the answers it gets.
class RawClient final : public port::Role {
 public:
  explicit RawClient(std::map<CorrelationId, port::Message>& answers) : answers_(answers) {}
  void start(port::Now, port::Ports&) override {}
  void on_message(port::Now, NodeId, port::Lane, const port::Message& message,
                  port::Ports&) override {
    answers_[log::peek(message)->correlation] = message;
  }
  void on_timer(port::Now, port::TimerId, port::Ports&) override {}

 private:
  std::map<CorrelationId, port::Message>& answers_;
};

struct ClusterSpec {
  std::uint32_t brokers = 3;
  std::uint32_t controllers = 1;  ///< of at most kControllers
  bool ensemble = false;          ///< of kServers, instead of controllers
  std::vector<TopicConfig> topics{{"orders", 6, 3, 2}, {std::string(kOffsetsTopic), 2, 3, 2}};
  std::vector<std::uint32_t> racks;
  BrokerConfig broker;
  ControllerConfig controller;
  bool start = true;
};

/// Whose records these are, for idempotent batches.
struct From {
  ProducerId producer = kNoProducerId;
  Sequence sequence{-1};
};

class Cluster {
 public:
  explicit Cluster(ClusterSpec spec = {});

  wavetank::test::BareHost host;
  Topology topology;
  coordination::Ensemble ensemble;
  coordination::ServerConfig server;
  coordination::Probe servers_probe;
  StrictProbe probe;

  void run(Duration span) { host.run_for(span); }

  // --- views
  // --------------------------------------------------------------------------------------
  /// The running controller that is active, or the broker that is one; or kNoNode.
  NodeId active_controller();
  /// Waits for one.
  NodeId await_controller();
  std::optional<ReplicaView> replica(NodeId broker, PartitionId p);
  /// The running broker that leads `p` in the latest epoch, or kNoNode.
  NodeId leader(PartitionId p);
  /// The running brokers that do not lead it, ascending.
  std::vector<NodeId> followers(PartitionId p);
  std::vector<NodeId> in_sync(PartitionId p);
  Offset high_watermark(PartitionId p);
  /// Values of all records that the broker's copy holds.
  std::vector<std::string> stored(NodeId broker, PartitionId p);
  /// Runs until `broker` leads `p`.
  void await_leader(PartitionId p, NodeId broker);
  /// Runs until the in-sync set has this many members.
  void await_in_sync(PartitionId p, std::size_t members);

  // --- requests by hand
  // ---------------------------------------------------------------------------
  template <class Request>
  CorrelationId ask(NodeId broker, const Request& request, NodeId client = kClient) {
    const CorrelationId id = next_++;
    host.ports(client).send(broker, port::Lane::request, log::encode(request, id));
    return id;
  }
  template <class Response>
  std::optional<Response> answer(CorrelationId id) {
    const auto found = answers_.find(id);
    return found == answers_.end() ? std::nullopt
                                   : std::optional(*log::decode<Response>(found->second));
  }
  template <class Response>
  Response await(CorrelationId id, Duration limit = seconds(60)) {
    EXPECT_TRUE(host.run_until([&] { return answers_.contains(id); }, limit)) << "no answer";
    return answer<Response>(id).value_or(Response{});
  }

  CorrelationId send(NodeId broker, PartitionId p, const std::vector<std::string>& values,
                     Acks acks = Acks::all, From from = {}, Duration timeout = seconds(30));
  /// Sends to the leader and waits for the answer.
  ProduceResponse::Partition produce(PartitionId p, const std::string& value, Acks acks = Acks::all,
                                     From from = {});
  ErrorCode commit(NodeId broker, const std::string& group, PartitionId p, Offset offset);

 private:
  void add_ensemble();

  std::map<CorrelationId, port::Message> answers_;
  CorrelationId next_ = 1;
};

/// One consumer's (or follower's) incremental fetch session.
class Session {
 public:
  Session(Cluster& cluster, NodeId broker, NodeId client = kClient)
      : cluster_(cluster), broker_(broker), client_(client) {}

  FetchRequest request;  ///< partitions and forgotten are cleared once sent

  Session& from(PartitionId p, Offset offset, LeaderEpoch epoch = kNoLeaderEpoch,
                LeaderEpoch last_epoch = kNoLeaderEpoch);
  CorrelationId send();
  FetchResponse await(CorrelationId id);
  FetchResponse fetch() { return await(send()); }

 private:
  Cluster& cluster_;
  NodeId broker_;
  NodeId client_;
};

std::vector<std::string> values_in(const std::vector<Bytes>& batches);
Bytes batch_of(const std::vector<std::string>& values, From from = {});

}  // namespace wavetank::log::test
