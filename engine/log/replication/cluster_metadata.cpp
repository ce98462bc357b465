#include "engine/log/replication/cluster_metadata.h"

#include <algorithm>

namespace wavetank::log {

ClusterMetadata::ClusterMetadata(const Topology& topology) : states_(topology.partition_count()) {
  for (std::uint32_t p = 0; p < states_.size(); ++p) {
    states_[p].partition = PartitionId(p);
    states_[p].leader_epoch = kNoLeaderEpoch;
    states_[p].partition_epoch = PartitionEpoch(-1);
  }
  for (const NodeId broker : topology.brokers) {
    peers_.resize(std::max<std::size_t>(peers_.size(), broker.value() + 1));
  }
}

bool ClusterMetadata::alive(NodeId broker) const {
  return broker.value() < peers_.size() && peers_[broker.value()].alive;
}

bool ClusterMetadata::apply(const PartitionState& state) {
  PartitionState& known = states_[state.partition.value()];
  if (state.partition_epoch <= known.partition_epoch) {
    return false;
  }
  known = state;
  return true;
}

void ClusterMetadata::complete(const MetadataDelta& delta) {
  if (delta.to < version_) {
    return;
  }
  version_ = delta.to;
  alive_ = delta.alive;
  replication_throttle_ = delta.replication_throttle;
  for (std::uint32_t node = 0; node < peers_.size(); ++node) {
    peers_[node].alive = std::ranges::find(alive_, NodeId(node)) != alive_.end();
  }
}

MetadataResponse ClusterMetadata::response() const {
  MetadataResponse response;
  response.version = version_;
  response.alive = alive_;
  response.partitions.reserve(states_.size());
  for (const PartitionState& state : states_) {
    response.partitions.push_back({state.leader, state.leader_epoch});
  }
  return response;
}

Time ClusterMetadata::last_fetch(NodeId follower) const {
  return follower.value() < peers_.size() ? peers_[follower.value()].last_fetch : Time();
}

void ClusterMetadata::note_fetch(NodeId follower, Time at) {
  if (follower.value() < peers_.size()) {
    peers_[follower.value()].last_fetch = at;
  }
}

}  // namespace wavetank::log
