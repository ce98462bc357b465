#include "engine/log/controller/cluster_registry.h"

#include <algorithm>
#include <map>

#include "engine/base/ensure.h"
#include "engine/base/hash.h"
#include "engine/base/sometimes.h"
#include "engine/log/controller/reassignment.h"
#include "engine/log/node_list.h"

namespace wavetank::log {

namespace {

constexpr std::uint8_t kVersion = 3;

/// What a snapshot says of a broker.
enum class Standing : std::uint8_t { dead, alive, leaving };

/// Brokers by turns from each rack, racks and brokers in ascending order (Kafka's
/// AdminUtils "rack alternated" list).
std::vector<NodeId> alternate_racks(const Topology& topology) {
  std::map<std::uint32_t, std::vector<NodeId>> racks;
  for (std::size_t i = 0; i < topology.brokers.size(); ++i) {
    racks[i < topology.racks.size() ? topology.racks[i] : 0].push_back(topology.brokers[i]);
  }
  std::vector<NodeId> order;
  for (std::size_t turn = 0; order.size() < topology.brokers.size(); ++turn) {
    for (const auto& [rack, brokers] : racks) {
      if (turn < brokers.size()) {
        order.push_back(brokers[turn]);
      }
    }
  }
  return order;
}

}  // namespace

ClusterRegistry::ClusterRegistry(const Topology& topology, Probe& probe)
    : topology_(topology), probe_(&probe), rack_order_(alternate_racks(topology)) {
  for (const NodeId node : topology.brokers) {
    brokers_.push_back({node});
  }
}

// --- brokers -------------------------------------------------------------------------------------

ClusterRegistry::Broker* ClusterRegistry::find(NodeId node) {
  const auto found = std::ranges::find(brokers_, node, &Broker::node);
  return found == brokers_.end() ? nullptr : &*found;
}

const ClusterRegistry::Broker* ClusterRegistry::broker(NodeId node) const {
  const auto found = std::ranges::find(brokers_, node, &Broker::node);
  return found == brokers_.end() ? nullptr : &*found;
}

bool ClusterRegistry::alive(NodeId node) const {
  const Broker* it = broker(node);
  return it != nullptr && it->alive;
}

/// Alive, and not about to end.
bool ClusterRegistry::stays(NodeId node) const {
  const Broker* it = broker(node);
  return it != nullptr && it->alive && !it->leaving;
}

std::vector<NodeId> ClusterRegistry::alive() const {
  std::vector<NodeId> nodes;
  for (const Broker& it : brokers_) {
    if (it.alive) {
      nodes.push_back(it.node);
    }
  }
  return nodes;
}

BrokerEpoch ClusterRegistry::admit(NodeId node, std::uint64_t incarnation) {
  Broker* it = find(node);
  ENSURE(it != nullptr, "a broker of the topology registers");
  if (!it->alive || it->incarnation != incarnation) {
    enter(*it, incarnation, next_epoch_);
    ++next_epoch_;
  }
  return it->epoch;
}

void ClusterRegistry::admit(NodeId node, BrokerEpoch epoch) {
  Broker* it = find(node);
  ENSURE(it != nullptr, "a broker of the topology registers");
  if (!it->alive || it->epoch != epoch) {
    enter(*it, static_cast<std::uint64_t>(epoch.value()), epoch);
  }
}

void ClusterRegistry::enter(Broker& it, std::uint64_t incarnation, BrokerEpoch epoch) {
  const NodeId node = it.node;
  if (it.alive) {
    SOMETIMES("log/broker-is-back-before-it-is-missed");
    fence({node});
  }
  it = Broker{node, incarnation, epoch, true, false};
  ++version_;
  probe_->broker_registered(node, epoch);
  for (PartitionState& state : partitions_) {
    if (state.leader == kNoNode && contains(state.replicas, node)) {
      elect(state);
    }
  }
}

void ClusterRegistry::retire(NodeId node) {
  Broker* it = find(node);
  ENSURE(it != nullptr && it->alive, "a living broker leaves");
  it->leaving = true;
  ++version_;
  for (PartitionState& state : partitions_) {
    if (contains(state.in_sync, node)) {
      elect(state);
    }
  }
}

bool ClusterRegistry::is_needed(NodeId node) const {
  return std::ranges::any_of(partitions_, [&](const PartitionState& state) {
    return state.leader == node && std::ranges::any_of(state.replicas, [&](NodeId other) {
             return other != node && stays(other);
           });
  });
}

void ClusterRegistry::fence(const std::vector<NodeId>& nodes) {
  for (const NodeId node : nodes) {
    Broker* it = find(node);
    ENSURE(it != nullptr && it->alive, "only a living broker is fenced");
    it->alive = it->leaving = false;
    ++version_;
    probe_->broker_fenced(node);
  }
  for (PartitionState& state : partitions_) {
    if (std::ranges::any_of(nodes, [&](NodeId node) { return contains(state.in_sync, node); })) {
      elect(state);
    }
  }
}

// --- partitions ----------------------------------------------------------------------------------

/// The leader of partition i is the i-th broker of the rack order; its followers come behind it,
/// shifted by one more with every round, so that the followers of one leader are spread, too. Racks
/// are used once each before one is used again, as far as there are enough.
std::vector<NodeId> ClusterRegistry::assign(std::size_t topic, std::uint32_t index) const {
  const std::size_t count = rack_order_.size();
  const std::size_t replication = topology_.topics[topic].replication;
  const auto rack_of = [&](NodeId node) {
    const auto at = static_cast<std::size_t>(std::ranges::find(topology_.brokers, node) -
                                             topology_.brokers.begin());
    return at < topology_.racks.size() ? topology_.racks[at] : 0;
  };
  const std::size_t first = (topic + index) % count;
  const std::size_t shift = count > 1 ? (index / count) % (count - 1) : 0;
  std::vector<NodeId> replicas{rack_order_[first]};
  for (const bool any_rack : {false, true}) {
    for (std::size_t step = 0; step + 1 < count && replicas.size() < replication; ++step) {
      const std::size_t distance = 1 + (shift + step) % (count - 1);
      const NodeId node = rack_order_[(first + distance) % count];
      const bool new_rack = std::ranges::none_of(
          replicas, [&](NodeId other) { return rack_of(other) == rack_of(node); });
      if ((any_rack || new_rack) && !contains(replicas, node)) {
        replicas.push_back(node);
      }
    }
  }
  return replicas;
}

void ClusterRegistry::create_partitions() {
  ENSURE(!created(), "partitions are created once");
  ++version_;
  for (std::size_t topic = 0; topic < topology_.topics.size(); ++topic) {
    ENSURE(topology_.topics[topic].replication <= brokers_.size(), "every replica has a broker");
    for (std::uint32_t index = 0; index < topology_.topics[topic].partitions; ++index) {
      PartitionState state;
      state.partition = topology_.first_partition(topic) + index;
      state.replicas = assign(topic, index);
      state.leader_epoch = kNoLeaderEpoch;
      state.partition_epoch = PartitionEpoch(-1);
      std::ranges::copy_if(state.replicas, std::back_inserter(state.in_sync),
                           [&](NodeId node) { return alive(node); });
      if (state.in_sync.empty()) {
        state.in_sync = state.replicas;  // nobody has anything: whoever comes first may lead
      }
      std::ranges::sort(state.in_sync);
      partitions_.push_back(std::move(state));
      changed_at_.push_back(version_);
      elect(partitions_.back());
    }
  }
}

/// Who of its in-sync set may lead: those who stay, else those who are about to end.
std::vector<NodeId> ClusterRegistry::eligible(const PartitionState& state) const {
  std::vector<NodeId> nodes;
  std::ranges::copy_if(state.in_sync, std::back_inserter(nodes),
                       [&](NodeId node) { return stays(node); });
  if (nodes.empty()) {
    std::ranges::copy_if(state.in_sync, std::back_inserter(nodes),
                         [&](NodeId node) { return alive(node); });
    if (!nodes.empty()) {
      SOMETIMES("log/only-who-is-leaving-can-lead");
    }
  }
  return nodes;
}

/// Restores the invariants after brokers have died or come, or are about to end.
void ClusterRegistry::elect(PartitionState& state) {
  const std::vector<NodeId> living = eligible(state);
  if (living.empty() && elect_unclean(state)) {
    return;
  }
  if (living.empty()) {
    if (state.leader != kNoNode || state.leader_epoch == kNoLeaderEpoch) {
      SOMETIMES("log/partition-goes-offline");
      set_leader(state, kNoNode);
      probe_->partition_offline(state.partition);
    }
    return;
  }
  set_in_sync(state, living);
  if (!contains(living, state.leader)) {
    set_leader(state, *std::ranges::find_if(state.replicas,
                                            [&](NodeId node) { return contains(living, node); }));
  }
}

/// False if the topic forbids it or nobody is alive.
bool ClusterRegistry::elect_unclean(PartitionState& state) {
  const auto chosen =
      std::ranges::find_if(state.replicas, [&](NodeId node) { return alive(node); });
  if (chosen == state.replicas.end() ||
      !topology_.topics[topology_.topic_of(state.partition)].unclean_leader_election) {
    return false;
  }
  SOMETIMES("log/unclean-election");
  probe_->unclean_election(state.partition, *chosen);
  set_leader(state, *chosen);
  set_in_sync(state, {*chosen});
  return true;
}

void ClusterRegistry::set_leader(PartitionState& state, NodeId leader) {
  state.leader = leader;
  state.leader_epoch = state.leader_epoch + 1;
  touch(state);
  if (leader != kNoNode) {
    probe_->leader_elected(state.partition, leader, state.leader_epoch);
  }
}

void ClusterRegistry::set_in_sync(PartitionState& state, std::vector<NodeId> in_sync) {
  if (state.in_sync == in_sync) {
    return;
  }
  state.in_sync = std::move(in_sync);
  touch(state);
  probe_->in_sync_set_changed(state.partition, state.leader_epoch, state.in_sync);
}

void ClusterRegistry::touch(PartitionState& state) {
  state.partition_epoch = state.partition_epoch + 1;
  changed_at_[state.partition.value()] = ++version_;
}

ErrorCode ClusterRegistry::alter(NodeId leader, const AlterPartitionRequest::Partition& change) {
  PartitionState& state = partitions_[change.partition.value()];
  if (change.leader_epoch != state.leader_epoch) {
    SOMETIMES("log/zombie-leader-alters-the-in-sync-set");
    return change.leader_epoch < state.leader_epoch ? ErrorCode::fenced_leader_epoch
                                                    : ErrorCode::unknown_leader_epoch;
  }
  if (state.leader != leader) {
    return ErrorCode::not_leader_or_follower;
  }
  if (change.partition_epoch != state.partition_epoch) {
    SOMETIMES("log/in-sync-change-is-overtaken");
    return ErrorCode::invalid_update_version;
  }
  if (!contains(change.in_sync, leader) || change.broker_epochs.size() != change.in_sync.size()) {
    return ErrorCode::ineligible_replica;
  }
  for (std::size_t i = 0; i < change.in_sync.size(); ++i) {
    const Broker* member = broker(change.in_sync[i]);
    const bool same_life = change.broker_epochs[i] < BrokerEpoch(0) ||
                           (member != nullptr && member->epoch == change.broker_epochs[i]);
    if (member == nullptr || !member->alive || !same_life ||
        !contains(state.replicas, member->node) ||
        (member->leaving && !contains(state.in_sync, member->node))) {
      SOMETIMES("log/replica-of-another-life-may-not-join");
      return ErrorCode::ineligible_replica;
    }
  }
  std::vector<NodeId> in_sync = change.in_sync;
  std::ranges::sort(in_sync);
  in_sync.erase(std::unique(in_sync.begin(), in_sync.end()), in_sync.end());
  set_in_sync(state, std::move(in_sync));
  if (is_reassigned(state)) {
    complete_if_all_are_in_sync(state);
  }
  if (!stays(leader)) {
    elect(state);  // somebody may be there at last to take over
  }
  return ErrorCode::none;
}

AlterPartitionResponse ClusterRegistry::alter(NodeId leader, const AlterPartitionRequest& request) {
  AlterPartitionResponse response;
  const Broker* it = broker(leader);
  if (it == nullptr || !it->alive || it->epoch != request.broker_epoch) {
    SOMETIMES("log/fenced-broker-alters-the-in-sync-set");
    response.error = ErrorCode::stale_broker_epoch;
    return response;
  }
  for (const AlterPartitionRequest::Partition& change : request.partitions) {
    if (change.partition.value() < partitions_.size()) {
      const ErrorCode error = alter(leader, change);
      response.partitions.push_back({error, partitions_[change.partition.value()]});
    }
  }
  return response;
}

// --- moves ---------------------------------------------------------------------------------------

AlterPartitionReassignmentsResponse ClusterRegistry::reassign(
    const AlterPartitionReassignmentsRequest& request) {
  if (request.throttle > 0) {
    set_throttle(request.throttle);
  }
  AlterPartitionReassignmentsResponse response;
  for (const AlterPartitionReassignmentsRequest::Partition& wanted : request.partitions) {
    response.partitions.push_back({wanted.partition, reassign(wanted)});
  }
  if (std::ranges::none_of(partitions_, is_reassigned)) {
    set_throttle(0);
  }
  return response;
}

ErrorCode ClusterRegistry::reassign(const AlterPartitionReassignmentsRequest::Partition& wanted) {
  if (wanted.partition.value() >= partitions_.size()) {
    return ErrorCode::unknown_partition;
  }
  if (std::ranges::any_of(wanted.replicas, [&](NodeId node) { return broker(node) == nullptr; })) {
    return ErrorCode::invalid_replica_assignment;
  }
  PartitionState& state = partitions_[wanted.partition.value()];
  const PartitionState before = state;
  const bool was_moving = is_reassigned(state);
  const bool cancels = wanted.replicas.empty();
  const ErrorCode error =
      cancels ? cancel_reassignment(state) : begin_reassignment(state, wanted.replicas);
  if (error != ErrorCode::none) {
    return error;
  }
  if (was_moving && !cancels && state.replicas == before.replicas &&
      state.adding == before.adding && state.removing == before.removing) {
    return ErrorCode::none;  // asked for again, by who has not heard the answer: it is the same
  }
  if (was_moving) {
    probe_->reassignment_ended(state.partition, false);
  }
  replicas_changed(state);
  if (!cancels) {
    complete_if_all_are_in_sync(state);
  }
  return ErrorCode::none;
}

void ClusterRegistry::complete_if_all_are_in_sync(PartitionState& state) {
  if (!complete_reassignment(state)) {
    return;
  }
  replicas_changed(state);
  probe_->reassignment_ended(state.partition, true);
  if (std::ranges::none_of(partitions_, is_reassigned)) {
    set_throttle(0);
  }
}

/// And with them, perhaps, the in-sync set.
void ClusterRegistry::replicas_changed(PartitionState& state) {
  touch(state);
  probe_->in_sync_set_changed(state.partition, state.leader_epoch, state.in_sync);
  if (state.leader != kNoNode && !contains(state.replicas, state.leader)) {
    elect(state);
  }
}

void ClusterRegistry::set_throttle(std::uint64_t bytes_per_second) {
  if (throttle_ != bytes_per_second) {
    throttle_ = bytes_per_second;
    ++version_;
  }
}

void ClusterRegistry::elect_preferred_leaders() {
  for (PartitionState& state : partitions_) {
    const NodeId preferred = state.replicas.front();
    if (state.leader != kNoNode && state.leader != preferred && stays(preferred) &&
        contains(state.in_sync, preferred)) {
      set_leader(state, preferred);
    }
  }
}

// --- versions ------------------------------------------------------------------------------------

MetadataDelta ClusterRegistry::since(std::int64_t version) const {
  MetadataDelta delta;
  delta.to = version_;
  delta.alive = alive();
  delta.replication_throttle = throttle_;
  for (std::size_t p = 0; version < version_ && p < partitions_.size(); ++p) {
    if (changed_at_[p] > version) {
      delta.partitions.push_back(partitions_[p]);
    }
  }
  return delta;
}

void ClusterRegistry::restore(const std::vector<Broker>& living,
                              std::vector<PartitionState> partitions, std::uint64_t throttle,
                              std::int64_t version) {
  ENSURE(partitions.empty() || partitions.size() == topology_.partition_count(),
         "a cluster's partitions are created together");
  for (Broker& it : brokers_) {
    const auto found = std::ranges::find(living, it.node, &Broker::node);
    it = found == living.end() ? Broker{it.node} : *found;
  }
  partitions_ = std::move(partitions);
  changed_at_.assign(partitions_.size(), version);
  throttle_ = throttle;
  version_ = version;
  tell_all();
}

void ClusterRegistry::tell_all() const {
  for (const Broker& it : brokers_) {
    if (!it.alive) {
      probe_->broker_fenced(it.node);
    } else if (it.epoch >= BrokerEpoch(0)) {
      probe_->broker_registered(it.node, it.epoch);
    }
  }
  for (const PartitionState& it : partitions_) {
    if (it.leader == kNoNode) {
      probe_->partition_offline(it.partition);
    } else {
      probe_->leader_elected(it.partition, it.leader, it.leader_epoch);
    }
    probe_->in_sync_set_changed(it.partition, it.leader_epoch, it.in_sync);
  }
}

void ClusterRegistry::encode(ByteWriter& to) const {
  to.fixed(kVersion);
  to.fixed(version_);
  to.fixed(next_epoch_.value());
  to.unsigned_varint(brokers_.size());
  for (const Broker& it : brokers_) {
    to.unsigned_varint(it.node.value());
    to.fixed(it.incarnation);
    to.varint(it.epoch.value());
    to.fixed(static_cast<std::uint8_t>(it.leaving ? Standing::leaving
                                       : it.alive ? Standing::alive
                                                  : Standing::dead));
  }
  to.unsigned_varint(partitions_.size());
  for (std::size_t p = 0; p < partitions_.size(); ++p) {
    const PartitionState& state = partitions_[p];
    to.unsigned_varint(state.leader.value());
    to.varint(state.leader_epoch.value());
    to.varint(state.partition_epoch.value());
    to.varint(changed_at_[p]);
    write_nodes(to, state.replicas);
    write_nodes(to, state.in_sync);
    write_nodes(to, state.adding);
    write_nodes(to, state.removing);
  }
  to.unsigned_varint(throttle_);
  to.fixed(crc32c(to.view()));
}

bool ClusterRegistry::decode(ByteView bytes) {
  constexpr std::size_t kChecksumBytes = 4;
  if (bytes.size() < kChecksumBytes) {
    return false;
  }
  const ByteView content = bytes.first(bytes.size() - kChecksumBytes);
  if (load_be<std::uint32_t>(content.data() + content.size()) != crc32c(content)) {
    return false;
  }
  ByteReader from(content);
  const bool known_version = from.fixed<std::uint8_t>() == kVersion;
  version_ = from.fixed<std::int64_t>();
  next_epoch_ = BrokerEpoch(from.fixed<std::int64_t>());
  read_brokers(from);
  read_partitions(from);
  throttle_ = from.unsigned_varint();
  const bool same_topology = brokers_.size() == topology_.brokers.size() &&
                             (!created() || partitions_.size() == topology_.partition_count());
  return known_version && same_topology && from.ok() && from.remaining() == 0;
}

void ClusterRegistry::read_brokers(ByteReader& from) {
  brokers_.clear();
  for (std::uint64_t left = from.unsigned_varint(); left > 0 && from.ok(); --left) {
    Broker it;
    it.node = NodeId(static_cast<std::uint32_t>(from.unsigned_varint()));
    it.incarnation = from.fixed<std::uint64_t>();
    it.epoch = BrokerEpoch(from.varint());
    const auto standing = static_cast<Standing>(from.fixed<std::uint8_t>());
    it.alive = standing != Standing::dead;
    it.leaving = standing == Standing::leaving;
    brokers_.push_back(it);
  }
}

void ClusterRegistry::read_partitions(ByteReader& from) {
  partitions_.clear();
  changed_at_.clear();
  for (std::uint64_t left = from.unsigned_varint(); left > 0 && from.ok(); --left) {
    PartitionState state;
    state.partition = PartitionId(static_cast<std::uint32_t>(partitions_.size()));
    state.leader = NodeId(static_cast<std::uint32_t>(from.unsigned_varint()));
    state.leader_epoch = LeaderEpoch(static_cast<std::int32_t>(from.varint()));
    state.partition_epoch = PartitionEpoch(static_cast<std::int32_t>(from.varint()));
    changed_at_.push_back(from.varint());
    state.replicas = read_nodes(from);
    state.in_sync = read_nodes(from);
    state.adding = read_nodes(from);
    state.removing = read_nodes(from);
    partitions_.push_back(std::move(state));
  }
}

}  // namespace wavetank::log
