#pragma once

// What controllers say of the cluster, once: a new one that has read it from an ensemble says all
// that it has found, for the last one may have written a thing and not lived to tell it.

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "engine/log/types.h"

namespace wavetank::sim {

/// Each call is true if it says something new.
class ClusterNews {
 public:
  explicit ClusterNews(std::uint32_t partitions) : partitions_(partitions) {}

  bool registered(NodeId broker, log::BrokerEpoch epoch) {
    const auto [it, first] = alive_.try_emplace(broker, epoch);
    const bool news = first || it->second != epoch;
    it->second = epoch;
    return news;
  }
  bool fenced(NodeId broker) { return alive_.erase(broker) > 0; }

  bool elected(log::PartitionId p, log::LeaderEpoch epoch) {
    Partition& it = partitions_[p.value()];
    const bool news = epoch > it.epoch || it.offline;
    it = {epoch, false};
    return news;
  }
  bool went_offline(log::PartitionId p) {
    return !std::exchange(partitions_[p.value()].offline, true);
  }

 private:
  struct Partition {
    log::LeaderEpoch epoch = log::kNoLeaderEpoch;
    bool offline = false;
  };
  std::vector<Partition> partitions_;
  std::map<NodeId, log::BrokerEpoch> alive_;
};

}  // namespace wavetank::sim
