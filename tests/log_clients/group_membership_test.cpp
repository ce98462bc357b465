// Consumers of one group against real brokers: who reads what, while members come, go, fall silent
// and come back.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/log/broker/broker.h"
#include "engine/log/client/consumer.h"
#include "engine/log/client/producer.h"
#include "engine/log/controller/controller.h"
#include "engine/log/groups/assignors.h"
#include "tests/support/bare_host.h"

namespace wavetank::log::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr NodeId kController{0};
constexpr NodeId kBrokers[] = {NodeId(1), NodeId(2), NodeId(3)};
constexpr NodeId kProducer{20};
constexpr NodeId kA{21};
constexpr NodeId kB{22};
constexpr NodeId kC{23};
constexpr std::uint32_t kPartitions = 6;

class Writer final : public ProducerListener {
 public:
  void on_acknowledged(PartitionId, Offset, std::span<const RecordHandle> records) override {
    acknowledged.insert(records.begin(), records.end());
  }
  void on_failed(PartitionId, std::span<const RecordHandle>, ErrorCode error, bool) override {
    ADD_FAILURE() << "given up: " << name(error);
  }
  std::set<RecordHandle> acknowledged;
};

/// What one member has been told and has read.
class Member final : public ConsumerListener {
 public:
  void on_batch(PartitionId p, const BatchView& batch, Offset from) override {
    EXPECT_TRUE(held.contains(p)) << "reads what it does not hold";
    batch.for_each_record([&](const RecordView& record) {
      if (record.offset >= from) {
        ++times_read[std::stoull(std::string(as_text(record.value)))];
      }
    });
  }
  void on_assigned(Generation g, const std::vector<PartitionId>& owned,
                   const std::vector<PartitionId>& added) override {
    EXPECT_GE(g, generation);
    generation = g;
    held.insert(added.begin(), added.end());
    (void)owned;
  }
  void on_revoked(const std::vector<PartitionId>& partitions) override {
    revoked.insert(partitions.begin(), partitions.end());
    drop(partitions);
  }
  void on_lost(const std::vector<PartitionId>& partitions) override {
    lost.insert(partitions.begin(), partitions.end());
    drop(partitions);
  }
  void on_commit_refused(PartitionId, Offset, ErrorCode error) override {
    refusals.push_back(error);
  }
  void drop(const std::vector<PartitionId>& partitions) {
    for (const PartitionId p : partitions) {
      held.erase(p);
    }
  }

  Generation generation = kNoGeneration;
  std::set<PartitionId> held;
  std::set<PartitionId> revoked;
  std::set<PartitionId> lost;
  std::vector<ErrorCode> refusals;
  std::map<RecordHandle, int> times_read;
};

class Membership : public testing::Test {
 protected:
  Membership() {
    config.request_timeout = seconds(2);
    config.commit_interval = seconds(1);
    config.session_timeout = seconds(6);
    config.heartbeat_interval = seconds(1);
    brokers.groups.initial_rebalance_delay = milliseconds(100);
    topology.controllers = {kController};
    topology.brokers.assign(std::begin(kBrokers), std::end(kBrokers));
    topology.racks = {0, 0, 0};
    topology.topics.resize(2);
    topology.topics[0] = {"orders", kPartitions, 3, 2};
    topology.topics[1] = {std::string(kOffsetsTopic), 2, 3, 2};
    host.add(kController, [this] {
      return std::make_unique<Controller>(kController, ControllerConfig{}, topology, probe);
    });
    for (const NodeId broker : kBrokers) {
      host.add(broker, [this, broker] {
        return std::make_unique<Broker>(broker, brokers, topology, probe);
      });
    }
    host.add(kProducer, [this] {
      return std::make_unique<Producer>(kProducer, ProducerConfig{}, topology, 0, writer);
    });
    for (const NodeId node : {kController, kBrokers[0], kBrokers[1], kBrokers[2], kProducer}) {
      host.start(node);
    }
  }

  void start(NodeId node) {
    if (members.contains(node)) {
      host.restart(node);
      return;
    }
    members[node];
    host.add(node, [this, node] {
      ConsumerConfig own = config;
      own.instance = instances[node];
      return std::make_unique<Consumer>(node, own, topology, std::vector<std::uint32_t>{0},
                                        members[node]);
    });
    host.start(node);
  }
  /// One record every 10 ms.
  void send_for(Duration span) {
    for (std::int64_t i = 0; i < span / milliseconds(10); ++i) {
      const std::string value = std::to_string(sent);
      const std::string key = std::to_string(sent % 31);
      sent += host.role<Producer>(kProducer).send(host.clock(), as_bytes(key), as_bytes(value), {},
                                                  sent, host.ports(kProducer))
                  ? 1
                  : 0;
      host.run_for(milliseconds(10));
    }
  }
  std::set<PartitionId>& held(NodeId node) { return members[node].held; }
  /// Every partition is held by one of these, and by one only.
  void expect_shared_among(const std::vector<NodeId>& nodes) {
    std::size_t sum = 0;
    std::set<PartitionId> all;
    for (const NodeId node : nodes) {
      sum += held(node).size();
      all.insert(held(node).begin(), held(node).end());
    }
    EXPECT_EQ(sum, kPartitions);
    EXPECT_EQ(all.size(), kPartitions);
  }
  void expect_all_read() {
    host.run_for(seconds(10));
    std::map<RecordHandle, int> total;
    for (const auto& [node, member] : members) {
      for (const auto& [record, times] : member.times_read) {
        total[record] += times;
      }
    }
    EXPECT_EQ(total.size(), sent);
    twice = 0;
    for (const auto& [record, times] : total) {
      twice += times > 1 ? 1 : 0;
    }
  }

  wavetank::test::BareHost host;
  Topology topology;
  Probe probe;
  BrokerConfig brokers;
  ConsumerConfig config;
  Writer writer;
  std::map<NodeId, Member> members;
  std::map<NodeId, std::string> instances;
  RecordHandle sent = 0;
  int twice = 0;  ///< records that were read more than once
};

class EveryAssignor : public Membership, public testing::WithParamInterface<Assignor> {
 protected:
  EveryAssignor() { config.assignor = GetParam(); }
};

TEST_P(EveryAssignor, SharesAndHandsOverWithoutLossOrDuplicate) {
  start(kA);
  start(kB);
  send_for(seconds(5));
  expect_shared_among({kA, kB});
  EXPECT_EQ(held(kA).size(), 3U);
  start(kC);
  send_for(seconds(6));
  expect_shared_among({kA, kB, kC});
  EXPECT_EQ(held(kC).size(), 2U);
  host.role<Consumer>(kA).close(host.clock(), host.ports(kA));
  send_for(seconds(4));
  expect_shared_among({kB, kC});
  EXPECT_THAT(held(kA), IsEmpty());
  expect_all_read();
  EXPECT_EQ(twice, 0) << "who gives a partition up commits before";
}

TEST_P(EveryAssignor, ReplacesAMemberThatFallsSilent) {
  start(kA);
  start(kB);
  send_for(seconds(5));
  host.crash(kB);
  send_for(seconds(5));
  EXPECT_EQ(held(kA).size(), 3U) << "a session lasts six seconds";
  send_for(seconds(6));
  expect_shared_among({kA});
  members[kB].held.clear();
  host.restart(kB);
  send_for(seconds(5));
  expect_shared_among({kA, kB});
  expect_all_read();
}

TEST_P(EveryAssignor, KeepsReadingWhenTheCoordinatorDies) {
  start(kA);
  start(kB);
  send_for(seconds(5));
  for (const NodeId broker : kBrokers) {
    host.kill(broker);
    send_for(seconds(15));
    host.restart(broker);
    send_for(seconds(15));
  }
  expect_shared_among({kA, kB});
  expect_all_read();
}

INSTANTIATE_TEST_SUITE_P(Assignors, EveryAssignor,
                         testing::Values(Assignor::range, Assignor::round_robin, Assignor::sticky,
                                         Assignor::cooperative_sticky),
                         [](const auto& info) {
                           std::string text(name(info.param));
                           std::ranges::replace(text, '-', '_');
                           return text;
                         });

TEST_F(Membership, EagerMembersGiveEverythingUpCooperativeOnesOnlyWhatMoves) {
  for (const Assignor assignor : {Assignor::sticky, Assignor::cooperative_sticky}) {
    config.assignor = assignor;
    config.group = name(assignor);
    for (auto& [node, member] : members) {
      host.kill(node);
      member = Member();
    }
    start(kA);
    host.run_for(seconds(3));
    ASSERT_EQ(held(kA).size(), kPartitions);
    start(kB);
    host.run_for(seconds(6));
    expect_shared_among({kA, kB});
    EXPECT_EQ(members[kA].revoked.size(), assignor == Assignor::sticky ? kPartitions : 3U);
    EXPECT_EQ(members[kB].generation, Generation(assignor == Assignor::sticky ? 2 : 3));
  }
}

TEST_F(Membership, AZombieLosesItsPartitionsAndItsCommitIsRefused) {
  start(kA);
  start(kB);
  send_for(seconds(5));
  for (const NodeId broker : kBrokers) {
    host.cut_both(kB, broker);
  }
  send_for(seconds(10));
  EXPECT_EQ(held(kA).size(), kPartitions);
  EXPECT_EQ(held(kB).size(), 3U) << "it does not know yet";
  host.heal_all();
  send_for(seconds(10));
  EXPECT_EQ(members[kB].lost.size(), 3U);
  expect_shared_among({kA, kB});
  expect_all_read();
}

TEST_F(Membership, WhereAGroupBeginsIsCommittedSoThatNobodyBeginsLater) {
  config.from.place = ReadFrom::Place::latest;
  start(kA);
  host.run_for(seconds(5));
  host.role<Consumer>(kA).close(host.clock(), host.ports(kA));
  send_for(seconds(3));  // while nobody reads
  start(kB);
  expect_all_read();
}

TEST_F(Membership, PartitionsMoveWhileTheirBeginningsAreLookedUp) {
  config.from = {ReadFrom::Place::time, {}, 0};
  host.run_for(seconds(2));
  for (int round = 0; round < 10; ++round) {
    start(kA);
    host.run_for(microseconds(137'000 + round * 211));  // about when it has its share
    start(kB);
    host.run_for(seconds(4));
    expect_shared_among({kA, kB});
    host.role<Consumer>(kA).close(host.clock(), host.ports(kA));
    host.role<Consumer>(kB).close(host.clock(), host.ports(kB));
    host.run_for(seconds(1));
    host.kill(kA);
    host.kill(kB);
  }
  start(kA);
  send_for(seconds(3));
  expect_all_read();
}

TEST_F(Membership, AStaticMemberThatRestartsInTimeGetsItsPartitionsBackWithoutARebalance) {
  instances = {{kA, "a"}, {kB, "b"}};
  config.session_timeout = seconds(10);
  start(kA);
  start(kB);
  send_for(seconds(5));
  const std::set<PartitionId> before = held(kB);
  const Generation generation = members[kA].generation;
  host.crash(kB);
  members[kB].held.clear();
  send_for(seconds(4));
  host.restart(kB);
  send_for(seconds(4));
  EXPECT_EQ(held(kB), before);
  EXPECT_EQ(members[kA].generation, generation);
  EXPECT_THAT(members[kA].revoked, IsEmpty());
  expect_all_read();
}

TEST_F(Membership, OfTwoProcessesWithOneInstanceIdTheOlderIsFenced) {
  instances = {{kA, "same"}, {kB, "same"}};
  start(kA);
  host.run_for(seconds(3));
  start(kB);
  host.run_for(seconds(5));
  EXPECT_THAT(held(kA), IsEmpty());
  EXPECT_EQ(members[kA].lost.size(), kPartitions);
  expect_shared_among({kB});
}

}  // namespace
}  // namespace wavetank::log::test
