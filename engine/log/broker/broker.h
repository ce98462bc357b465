#pragma once

// A broker: holds replicas, leads some of them, follows the leaders of the others, and coordinates
// the consumer groups and transactions whose topics it leads. How it belongs to its cluster is its
// tie's affair: by default it registers with a quorum of controllers and keeps its session alive.

#include <memory>
#include <vector>

#include "engine/log/broker/cluster_tie.h"
#include "engine/log/config.h"
#include "engine/log/probe.h"
#include "engine/log/storage/partition_log.h"
#include "engine/log/types.h"
#include "engine/port/role.h"

namespace wavetank::log {

/// A replica as observers and invariants see it.
struct ReplicaView {
  PartitionId partition;
  bool leader = false;
  LeaderEpoch epoch = kNoLeaderEpoch;
  Offset high_watermark;
  const PartitionLog* log = nullptr;  ///< valid until the next event of the broker
  std::vector<NodeId> in_sync;        ///< as the leader believes; empty on followers
};

class Broker : public port::Role {
 public:
  Broker(NodeId self, const BrokerConfig& config, const Topology& topology, Probe& probe);
  ~Broker() override;

  void start(port::Now now, port::Ports& ports) override;
  void on_message(port::Now now, NodeId from, port::Lane lane, const port::Message& message,
                  port::Ports& ports) override;
  void on_timer(port::Now now, port::TimerId timer, port::Ports& ports) override;
  void on_storage(port::Now now, port::StorageToken token, port::Ports& ports) override;
  void on_hang_up(port::Now now, NodeId peer, port::Ports& ports) override;
  void on_reset(port::Now now, NodeId peer, port::Ports& ports) override;
  /// Others take over what it leads, and then it ends (controlled shutdown, KIP-631).
  void on_terminate(port::Now now, port::Ports& ports) override;
  [[nodiscard]] bool finished() const override;
  void describe(port::Description& out) const override;

  /// All replicas by ascending partition; empty while the logs are being recovered.
  [[nodiscard]] std::vector<ReplicaView> replicas() const;
  /// The replica of one partition, or nothing if this broker has none.
  [[nodiscard]] std::optional<ReplicaView> replica(PartitionId partition) const;

 protected:
  Broker(NodeId self, const BrokerConfig& config, const Topology& topology, Probe& probe,
         std::unique_ptr<ClusterTie> tie);
  [[nodiscard]] ClusterTie& tie();
  /// The tie has a new epoch.
  void registered(const Step& step);
  /// What the controller tells of the cluster.
  void update(const Step& step, const MetadataDelta& delta);
  /// The newest version of the cluster's state that has been applied.
  [[nodiscard]] std::int64_t metadata_version() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wavetank::log
