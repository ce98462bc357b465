// What is on the disks of brokers at the end of a run, and what they keep in mind of it.

#include <algorithm>
#include <string>

#include "engine/log/broker/broker.h"
#include "engine/log/storage/partition_log.h"
#include "engine/log/storage/producer_state.h"
#include "sim/run/log_system.h"

namespace wavetank::sim {

namespace {

/// By the name of a segment file: "orders-7/00000000000000001234.log".
log::Offset first_offset_in(const std::string& file) {
  const std::size_t digits = file.rfind('/') + 1;
  return log::Offset(std::stoll(file.substr(digits)));
}

/// What the broker keeps in mind of what the log says.
void tell_memory(const log::PartitionLog& log, StoredReplica& replica) {
  replica.remembers = true;
  for (log::LeaderEpoch epoch(0); epoch <= log.latest_epoch(); epoch = epoch + 1) {
    const log::EpochEnd end = log.end_of_epoch(epoch);
    replica.epoch_ends.push_back({epoch, end.epoch, end.end_offset});
  }
  log.producers().for_each_producer([&](log::ProducerId id, log::Sequence next, auto batches) {
    StoredReplica::Remembered& it = replica.remembered.emplace_back();
    it.producer = id.value();
    it.next = next.value();
    for (const auto& batch : batches) {
      it.batches.push_back({batch.base_sequence.value(), batch.base_offset});
    }
  });
}

}  // namespace

/// All who write to the topic let the key of a record decide.
bool LogSystem::chosen_by_key(std::size_t topic) const {
  return std::ranges::all_of(scenario_.workloads, [&](const scenarios::Workload& it) {
    return it.topic_index != topic || it.producer.partitioning == log::Partitioning::hash;
  });
}

std::vector<StoredPartition> LogSystem::stored() const {
  std::vector<StoredPartition> partitions;
  for (std::uint32_t p = 0; p < topology_.partition_count(); ++p) {
    StoredPartition partition;
    partition.id = log::PartitionId(p);
    partition.name = topology_.partition_name(partition.id);
    partition.config = topology_.topics[topology_.topic_of(partition.id)];
    partition.judged = std::ranges::any_of(scenario_.workloads, [&](const scenarios::Workload& w) {
      return w.topic_index == topology_.topic_of(partition.id);
    });
    const scenarios::ConsumerGroup* group = judged_group(topology_.topic_of(partition.id));
    partition.reads_committed = group != nullptr && reads_committed(*group);
    partition.keyed = partition.judged && chosen_by_key(topology_.topic_of(partition.id));
    for (std::size_t b = 0; b < broker_hosts_.size(); ++b) {
      Node& node = world_.cluster->node(topology_.brokers[b]);
      StoredReplica replica;
      replica.broker = node.id();
      if (node.running()) {  // a broker that is down shows nothing, but its disk is still there
        const std::optional<log::ReplicaView> view = node.role<log::Broker>().replica(partition.id);
        if (!view) {
          continue;
        }
        replica.leads = view->leader;
        replica.high_watermark = view->high_watermark;
        replica.epoch = view->epoch;
        replica.in_sync = view->in_sync;
        tell_memory(*view->log, replica);
      }
      std::optional<log::Offset> begins;
      for (const std::string& file : node.files()->list(partition.name + "/")) {
        if (file.ends_with(".log")) {
          if (!begins) {
            begins = replica.start = first_offset_in(file);
          }
          node.files()->contents(file, replica.units);
        }
      }
      if (node.running() || !replica.units.empty()) {
        partition.replicas.push_back(std::move(replica));
      }
    }
    partitions.push_back(std::move(partition));
  }
  return partitions;
}

}  // namespace wavetank::sim
