#pragma once

// The cluster as a broker knows it: what the controller has told, and when followers last fetched.

#include <vector>

#include "engine/base/time.h"
#include "engine/log/config.h"
#include "engine/log/protocol/protocol.h"

namespace wavetank::log {

class ClusterMetadata {
 public:
  explicit ClusterMetadata(const Topology& topology);

  /// Newest version of which everything is known.
  [[nodiscard]] std::int64_t version() const { return version_; }
  /// Nothing was ever told about the partition: partition epoch -1, no replicas, no leader.
  [[nodiscard]] const PartitionState& partition(PartitionId p) const { return states_[p.value()]; }
  [[nodiscard]] bool knows(PartitionId p) const { return p.value() < states_.size(); }
  /// Registered and not fenced.
  [[nodiscard]] bool alive(NodeId broker) const;
  [[nodiscard]] const std::vector<NodeId>& alive() const { return alive_; }
  /// Of what replicas that are being added are sent, and fetch; bytes/s, 0: no bound.
  [[nodiscard]] std::uint64_t replication_throttle() const { return replication_throttle_; }

  /// Takes a state that is newer than the known one; false if it is not. REQUIRES: knows it.
  bool apply(const PartitionState& state);
  /// All of a delta's states have been applied.
  void complete(const MetadataDelta& delta);

  [[nodiscard]] MetadataResponse response() const;

  /// A broker's latest fetch from this one (any partition), for the lag of partitions that a fetch
  /// session does not name because nothing has changed.
  [[nodiscard]] Time last_fetch(NodeId follower) const;
  void note_fetch(NodeId follower, Time at);

 private:
  struct Peer {
    bool alive = false;
    Time last_fetch;
  };

  std::int64_t version_ = 0;
  std::vector<PartitionState> states_;
  std::vector<NodeId> alive_;
  std::uint64_t replication_throttle_ = 0;
  std::vector<Peer> peers_;  ///< by node; brokers have low ids
};

}  // namespace wavetank::log
