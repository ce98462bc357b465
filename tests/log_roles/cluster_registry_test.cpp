// The rules of assignment and election, without messages.

#include "engine/log/controller/cluster_registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

namespace wavetank::log {
namespace {

using testing::ElementsAre;

Topology topology_of(std::uint32_t brokers, std::uint32_t racks, std::uint32_t partitions,
                     std::uint32_t replication) {
  Topology topology;
  for (std::uint32_t i = 0; i < brokers; ++i) {
    topology.brokers.push_back(NodeId(i));
    topology.racks.push_back(i % racks);
  }
  topology.topics.push_back({"orders", partitions, replication, 1});
  return topology;
}

void admit_all(ClusterRegistry& registry) {
  for (const auto& broker : std::vector(registry.brokers())) {
    registry.admit(broker.node, 1);
  }
}

class Registry : public testing::Test {
 protected:
  Registry() {
    admit_all(registry);
    registry.create_partitions();
  }
  const PartitionState& state(std::uint32_t p = 0) { return registry.partitions().at(p); }

  Probe probe;
  Topology topology = topology_of(3, 1, 3, 3);
  ClusterRegistry registry{topology, probe};
};

TEST(Topology, FindsTheSameWhenItIsSealed) {
  Topology open;
  open.topics = {{"a", 3}, {"b", 1}, {"c", 2}};
  Topology sealed = open;
  sealed.seal();
  EXPECT_EQ(sealed.partition_count(), open.partition_count());
  for (PartitionId p; p.value() < open.partition_count(); ++p) {
    EXPECT_EQ(sealed.topic_of(p), open.topic_of(p));
    EXPECT_EQ(sealed.partition_name(p), open.partition_name(p));
  }
  for (std::size_t topic = 0; topic < open.topics.size(); ++topic) {
    EXPECT_EQ(sealed.first_partition(topic), open.first_partition(topic));
  }
}

TEST(Assignment, SpreadsLeadersAndReplicasEvenly) {
  Probe probe;
  const Topology topology = topology_of(5, 1, 100, 3);
  ClusterRegistry registry(topology, probe);
  admit_all(registry);
  registry.create_partitions();
  std::map<NodeId, int> leads;
  std::map<NodeId, int> holds;
  std::map<std::pair<NodeId, NodeId>, int> pairs;
  for (const PartitionState& state : registry.partitions()) {
    ++leads[state.leader];
    for (const NodeId node : state.replicas) {
      ++holds[node];
    }
    ++pairs[{state.replicas[0], state.replicas[1]}];
    EXPECT_EQ(std::set(state.replicas.begin(), state.replicas.end()).size(), 3U);
  }
  for (const NodeId node : topology.brokers) {
    EXPECT_EQ(leads[node], 20);
    EXPECT_EQ(holds[node], 60);
  }
  for (const auto& [pair, count] : pairs) {
    EXPECT_EQ(count, 5) << "the followers of a leader are spread, too";
  }
}

TEST(Assignment, UsesEveryRackBeforeOneTwice) {
  Probe probe;
  const Topology topology = topology_of(6, 3, 60, 3);
  ClusterRegistry registry(topology, probe);
  admit_all(registry);
  registry.create_partitions();
  for (const PartitionState& state : registry.partitions()) {
    std::set<std::uint32_t> racks;
    for (const NodeId node : state.replicas) {
      racks.insert(topology.racks[node.value()]);
    }
    EXPECT_EQ(racks.size(), 3U);
  }
}

TEST(Assignment, FallsBackToASecondReplicaInARack) {
  Probe probe;
  const Topology topology = topology_of(4, 2, 8, 3);
  ClusterRegistry registry(topology, probe);
  admit_all(registry);
  registry.create_partitions();
  for (const PartitionState& state : registry.partitions()) {
    EXPECT_EQ(state.replicas.size(), 3U);
    EXPECT_NE(topology.racks[state.replicas[0].value()], topology.racks[state.replicas[1].value()]);
  }
}

TEST(Assignment, WithNobodyAliveWaitsForTheFirst) {
  Probe probe;
  const Topology topology = topology_of(2, 1, 1, 2);
  ClusterRegistry registry(topology, probe);
  registry.create_partitions();
  EXPECT_EQ(registry.partitions()[0].leader, kNoNode);
  registry.admit(NodeId(1), 1);
  EXPECT_EQ(registry.partitions()[0].leader, NodeId(1));
  EXPECT_THAT(registry.partitions()[0].in_sync, ElementsAre(NodeId(1)));
}

TEST_F(Registry, ElectsTheFirstLivingReplicaInSync) {
  registry.fence({NodeId(0)});
  EXPECT_EQ(state().leader, NodeId(1));
  EXPECT_EQ(state().leader_epoch, LeaderEpoch(1));
  EXPECT_THAT(state().in_sync, ElementsAre(NodeId(1), NodeId(2)));
}

TEST_F(Registry, AFollowersDeathKeepsTheLeaderEpoch) {
  registry.fence({NodeId(2)});
  EXPECT_EQ(state().leader, NodeId(0));
  EXPECT_EQ(state().leader_epoch, LeaderEpoch(0));
  EXPECT_EQ(state().partition_epoch, PartitionEpoch(1));
}

TEST_F(Registry, TheLastMembersStayInSyncThoughDead) {
  registry.fence({NodeId(2)});
  registry.fence({NodeId(0), NodeId(1)});
  EXPECT_EQ(state().leader, kNoNode);
  EXPECT_THAT(state().in_sync, ElementsAre(NodeId(0), NodeId(1)));
  registry.admit(NodeId(2), 2);
  EXPECT_EQ(state().leader, kNoNode);
  registry.admit(NodeId(1), 2);
  EXPECT_EQ(state().leader, NodeId(1));
  EXPECT_THAT(state().in_sync, ElementsAre(NodeId(1)));
}

TEST(UncleanElection, MakesALivingReplicaTheWholeInSyncSet) {
  Probe probe;
  Topology topology = topology_of(3, 1, 1, 3);
  topology.topics[0].unclean_leader_election = true;
  ClusterRegistry registry(topology, probe);
  admit_all(registry);
  registry.create_partitions();
  registry.fence({NodeId(2)});
  registry.fence({NodeId(0), NodeId(1)});
  EXPECT_EQ(registry.partitions()[0].leader, kNoNode) << "nobody is alive";
  registry.admit(NodeId(2), 2);
  EXPECT_EQ(registry.partitions()[0].leader, NodeId(2));
  EXPECT_THAT(registry.partitions()[0].in_sync, ElementsAre(NodeId(2)));
  registry.admit(NodeId(0), 2);
  EXPECT_EQ(registry.partitions()[0].leader, NodeId(2)) << "it follows, and is cut";
}

TEST(UncleanElection, ComesAfterTheCleanOne) {
  Probe probe;
  Topology topology = topology_of(3, 1, 1, 3);
  topology.topics[0].unclean_leader_election = true;
  ClusterRegistry registry(topology, probe);
  admit_all(registry);
  registry.create_partitions();
  registry.fence({NodeId(0)});
  EXPECT_EQ(registry.partitions()[0].leader, NodeId(1));
  EXPECT_THAT(registry.partitions()[0].in_sync, ElementsAre(NodeId(1), NodeId(2)));
}

TEST_F(Registry, TheSameProcessKeepsItsEpochWhileAlive) {
  const BrokerEpoch first = registry.broker(NodeId(0))->epoch;
  const std::int64_t version = registry.version();
  EXPECT_EQ(registry.admit(NodeId(0), 1), first);
  EXPECT_EQ(registry.version(), version);
  registry.fence({NodeId(0)});
  EXPECT_GT(registry.admit(NodeId(0), 1), first);
}

TEST_F(Registry, TellsWhatHasChangedSinceAVersion) {
  const std::int64_t before = registry.version();
  EXPECT_EQ(registry.since(0).partitions.size(), 3U);
  EXPECT_TRUE(registry.since(before).partitions.empty());
  AlterPartitionRequest::Partition change;
  change.partition = PartitionId(0);
  change.leader_epoch = LeaderEpoch(0);
  change.partition_epoch = PartitionEpoch(0);
  change.in_sync = {NodeId(0)};
  change.broker_epochs = {BrokerEpoch(-1)};
  EXPECT_EQ(registry.alter(NodeId(0), change), ErrorCode::none);
  const MetadataDelta delta = registry.since(before);
  ASSERT_EQ(delta.partitions.size(), 1U);
  EXPECT_EQ(delta.partitions[0].partition, PartitionId(0));
}

TEST_F(Registry, IsTheSameAfterEncodingAndDecoding) {
  registry.fence({NodeId(1)});
  ByteWriter bytes;
  registry.encode(bytes);
  ClusterRegistry copy(topology, probe);
  ASSERT_TRUE(copy.decode(bytes.view()));
  ByteWriter again;
  copy.encode(again);
  EXPECT_EQ(bytes.share(), again.share());
  EXPECT_EQ(copy.version(), registry.version());
  EXPECT_EQ(copy.alive(), registry.alive());
}

TEST_F(Registry, RefusesBytesThatItDidNotWrite) {
  ByteWriter bytes;
  registry.encode(bytes);
  ClusterRegistry copy(topology, probe);
  EXPECT_FALSE(copy.decode(bytes.view().first(3)));
  EXPECT_FALSE(copy.decode(bytes.view().first(bytes.size() - 1)));
  const Topology other = topology_of(4, 1, 3, 3);
  ClusterRegistry foreign(other, probe);
  EXPECT_FALSE(foreign.decode(bytes.view()));
}

}  // namespace
}  // namespace wavetank::log
