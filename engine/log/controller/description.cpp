// What the registry of a cluster says of itself.

#include "engine/port/description.h"
#include "engine/log/controller/cluster_registry.h"

namespace wavetank::log {

void ClusterRegistry::describe(port::Description& out) const {
  out.say("metadata version", version_).say("replication throttle", throttle_);
  port::Description& brokers = out.list("brokers");
  for (const Broker& it : brokers_) {
    port::Description& row = brokers.row("broker");
    row.say("broker", it.node).say("epoch", it.epoch);
    row.say("state", it.epoch < BrokerEpoch(0) ? "never registered"
                     : it.leaving              ? "leaving"
                     : it.alive                ? "alive"
                                               : "fenced");
  }
  port::Description& list = out.list("partitions");
  for (const PartitionState& it : partitions_) {
    port::Description& row = list.row(topology_.partition_name(it.partition));
    row.say("leader", it.leader).say("leader epoch", it.leader_epoch);
    row.say("partition epoch", it.partition_epoch);
    row.say("in sync", it.in_sync).say("replicas", it.replicas);
    if (!it.adding.empty() || !it.removing.empty()) {
      row.say("adding", it.adding).say("removing", it.removing);
    }
  }
}

}  // namespace wavetank::log
