#include "engine/log/config.h"

#include <algorithm>

#include "engine/base/ensure.h"

namespace wavetank::log {

void Topology::seal() {
  std::uint32_t end = 0;
  for (const TopicConfig& topic : topics) {
    ends_.push_back(end += topic.partitions);
  }
}

std::uint32_t Topology::partition_count() const {
  if (!ends_.empty()) {
    return ends_.back();
  }
  std::uint32_t count = 0;
  for (const TopicConfig& topic : topics) {
    count += topic.partitions;
  }
  return count;
}

PartitionId Topology::first_partition(std::size_t topic) const {
  ENSURE(topic < topics.size(), "a topic is in the topology");
  if (!ends_.empty()) {
    return PartitionId(ends_[topic] - topics[topic].partitions);
  }
  std::uint32_t first = 0;
  for (std::size_t t = 0; t < topic; ++t) {
    first += topics[t].partitions;
  }
  return PartitionId(first);
}

std::size_t Topology::topic_of(PartitionId partition) const {
  if (!ends_.empty()) {
    const auto found = std::ranges::upper_bound(ends_, partition.value());
    ENSURE(found != ends_.end(), "a partition belongs to a topic");
    return static_cast<std::size_t>(found - ends_.begin());
  }
  std::uint32_t first = 0;
  for (std::size_t t = 0; t < topics.size(); ++t) {
    first += topics[t].partitions;
    if (partition.value() < first) {
      return t;
    }
  }
  ENSURE(false, "a partition belongs to a topic");
}

std::size_t Topology::topic_named(std::string_view name) const {
  const auto found = std::ranges::find(topics, name, &TopicConfig::name);
  ENSURE(found != topics.end(), "a topic of this name is in the topology");
  return static_cast<std::size_t>(found - topics.begin());
}

std::string Topology::partition_name(PartitionId partition) const {
  const std::size_t topic = topic_of(partition);
  return topics[topic].name + "-" + std::to_string(partition - first_partition(topic));
}

}  // namespace wavetank::log
