// Transactional producers and committed readers against real brokers: all of a transaction is read,
// or nothing, whatever happens to producers, leaders and coordinators.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/base/hash.h"
#include "engine/log/broker/broker.h"
#include "engine/log/client/consumer.h"
#include "engine/log/client/producer.h"
#include "engine/log/controller/controller.h"
#include "engine/log/protocol/protocol.h"
#include "tests/support/bare_host.h"

namespace wavetank::log::test {
namespace {

constexpr NodeId kController{0};
constexpr NodeId kBrokers[] = {NodeId(1), NodeId(2), NodeId(3)};
constexpr NodeId kAnn{20};
constexpr NodeId kBob{21};
constexpr NodeId kCommittedReader{22};
constexpr NodeId kEagerReader{23};
constexpr std::uint32_t kPartitions = 3;

struct Writer final : ProducerListener {
  void on_acknowledged(PartitionId, Offset, std::span<const RecordHandle> records) override {
    acknowledged += records.size();
  }
  void on_failed(PartitionId, std::span<const RecordHandle> records, ErrorCode, bool) override {
    given_up += records.size();
  }
  void on_transaction_ended(Outcome outcome) override { ended.push_back(outcome); }
  void on_transaction_failed(ErrorCode) override { failed = true; }
  void on_fatal(ErrorCode error) override { fatal = error; }

  std::size_t acknowledged = 0;
  std::size_t given_up = 0;
  std::vector<Outcome> ended;
  bool failed = false;
  ErrorCode fatal = ErrorCode::none;
};

struct Reader final : ConsumerListener {
  void on_batch(PartitionId, const BatchView& batch, Offset from) override {
    batch.for_each_record([&](const RecordView& record) {
      if (record.offset >= from) {
        read.emplace_back(as_text(record.value));
      }
    });
  }
  /// How many values begin with this.
  [[nodiscard]] std::int64_t count(std::string_view prefix) const {
    return std::ranges::count_if(read,
                                 [&](const std::string& it) { return it.starts_with(prefix); });
  }
  std::vector<std::string> read;
};

class TransactionalClients : public testing::Test {
 protected:
  TransactionalClients() {
    brokers.transaction_abort_check = seconds(1);
    brokers.groups.initial_rebalance_delay = Duration{};
    producing.request_timeout = seconds(2);
    producing.transactional_id = "payments";
    consuming.request_timeout = seconds(2);
    topology.controllers = {kController};
    topology.brokers.assign(std::begin(kBrokers), std::end(kBrokers));
    topology.racks = {0, 0, 0};
    topology.topics = {{"orders", kPartitions, 3, 2},
                       {std::string(kOffsetsTopic), 2, 3, 2},
                       {std::string(kTransactionsTopic), 2, 3, 2}};
    host.add(kController, [this] {
      return std::make_unique<Controller>(kController, ControllerConfig{}, topology, probe);
    });
    for (const NodeId broker : kBrokers) {
      host.add(broker, [this, broker] {
        return std::make_unique<Broker>(broker, brokers, topology, probe);
      });
    }
    for (const NodeId producer : {kAnn, kBob}) {
      host.add(producer, [this, producer] {
        return std::make_unique<Producer>(producer, producing, topology, 0, writers[producer]);
      });
    }
    add_reader(kEagerReader, Isolation::read_uncommitted, eager);
    add_reader(kCommittedReader, Isolation::read_committed, committed);
    host.start(kController);
    for (const NodeId broker : kBrokers) {
      host.start(broker);
    }
    host.start(kEagerReader);
    host.start(kCommittedReader);
  }

  void add_reader(NodeId node, Isolation isolation, Reader& reader) {
    host.add(node, [this, node, isolation, &reader] {
      ConsumerConfig config = consuming;
      config.isolation = isolation;
      config.group = "readers-" + std::to_string(node.value());
      return std::make_unique<Consumer>(node, config, topology, std::vector<std::uint32_t>{0},
                                        reader);
    });
  }

  Producer& producer(NodeId node) { return host.role<Producer>(node); }
  void await(NodeId node, TransactionPhase phase) {
    ASSERT_TRUE(host.run_until([&] { return producer(node).transaction() == phase; }, seconds(60)))
        << "phase " << static_cast<int>(phase) << " is not reached";
  }
  void start(NodeId node) {
    host.start(node);
    await(node, TransactionPhase::ready);
  }
  void begin(NodeId node) { producer(node).begin_transaction(); }
  /// Sends `count` records whose values begin with `prefix`, over all partitions.
  void send(NodeId node, const std::string& prefix, int count = 30) {
    for (int i = 0; i < count; ++i) {
      const std::string key = std::to_string(i);
      const std::string value = prefix + key;
      ASSERT_TRUE(producer(node).send(host.clock(), as_bytes(key), as_bytes(value), {},
                                      static_cast<RecordHandle>(i), host.ports(node)));
    }
  }
  void commit(NodeId node) { producer(node).commit_transaction(host.clock(), host.ports(node)); }
  void abort(NodeId node) { producer(node).abort_transaction(host.clock(), host.ports(node)); }
  void run_transaction(NodeId node, const std::string& prefix) {
    begin(node);
    send(node, prefix);
    commit(node);
    await(node, TransactionPhase::ready);
  }

  NodeId leader(PartitionId p) {
    NodeId found = kNoNode;
    LeaderEpoch latest = kNoLeaderEpoch;
    for (const NodeId broker : kBrokers) {
      const auto replica =
          host.running(broker) ? host.role<Broker>(broker).replica(p) : std::nullopt;
      if (replica && replica->leader && replica->epoch > latest) {
        found = broker;
        latest = replica->epoch;
      }
    }
    return found;
  }
  NodeId coordinator() {
    const std::uint64_t hash = hash64(as_bytes(producing.transactional_id));
    return leader(topology.first_partition(2) + static_cast<std::uint32_t>(hash % 2));
  }
  NodeId leader_that_does_not_coordinate() {
    for (std::uint32_t p = 0; p < kPartitions; ++p) {
      if (leader(PartitionId(p)) != coordinator()) {
        return leader(PartitionId(p));
      }
    }
    ADD_FAILURE() << "one broker leads all partitions";
    return kBrokers[0];
  }
  /// Runs until the first markers of a coordinator arrive somewhere.
  void run_until_markers_arrive() {
    bool sent = false;
    host.on_delivery = [&](NodeId, NodeId, port::Lane lane, const port::Message& message) {
      sent |= lane == port::Lane::request && peek(message) &&
              peek(message)->api == ApiKey::write_txn_markers;
    };
    ASSERT_TRUE(host.run_until([&] { return sent; }, seconds(10)));
    host.on_delivery = {};
  }

  wavetank::test::BareHost host;
  Topology topology;
  Probe probe;
  BrokerConfig brokers;
  ProducerConfig producing;
  ConsumerConfig consuming;
  std::map<NodeId, Writer> writers;
  Reader eager;
  Reader committed;
};

TEST_F(TransactionalClients, ACommittedTransactionIsReadWholeAndOnlyThen) {
  start(kAnn);
  begin(kAnn);
  send(kAnn, "a");
  host.run_for(seconds(3));
  EXPECT_EQ(writers[kAnn].acknowledged, 30U);
  EXPECT_EQ(eager.count("a"), 30);
  EXPECT_EQ(committed.count("a"), 0);
  commit(kAnn);
  host.run_for(seconds(3));
  EXPECT_EQ(writers[kAnn].ended, std::vector{Outcome::commit});
  EXPECT_EQ(committed.count("a"), 30);
  EXPECT_EQ(eager.read.size(), 30U) << "markers are shown to nobody";
}

TEST_F(TransactionalClients, AnAbortedTransactionIsNeverRead) {
  start(kAnn);
  begin(kAnn);
  send(kAnn, "lost");
  host.run_for(seconds(1));
  abort(kAnn);
  await(kAnn, TransactionPhase::ready);
  run_transaction(kAnn, "kept");
  host.run_for(seconds(3));
  EXPECT_EQ(writers[kAnn].ended, (std::vector{Outcome::abort, Outcome::commit}));
  EXPECT_EQ(eager.count("lost"), 30);
  EXPECT_EQ(committed.count("lost"), 0);
  EXPECT_EQ(committed.count("kept"), 30);
}

TEST_F(TransactionalClients, ManyTransactionsFollowOneAnother) {
  start(kAnn);
  for (int i = 0; i < 20; ++i) {
    run_transaction(kAnn, "a" + std::to_string(i) + "/");
  }
  host.run_for(seconds(3));
  EXPECT_EQ(committed.read.size(), 600U);
}

TEST_F(TransactionalClients, AnEmptyTransactionEndsWithoutTheCoordinator) {
  start(kAnn);
  begin(kAnn);
  commit(kAnn);
  host.run_for(milliseconds(1));
  EXPECT_EQ(writers[kAnn].ended, std::vector{Outcome::commit});
}

TEST_F(TransactionalClients, WhatAnAbortFindsUnsentIsGivenUp) {
  producing.linger = seconds(10);
  start(kAnn);
  begin(kAnn);
  send(kAnn, "a");
  abort(kAnn);
  await(kAnn, TransactionPhase::ready);
  EXPECT_EQ(writers[kAnn].given_up, 30U);
  EXPECT_EQ(producer(kAnn).pending_records(), 0U);
}

TEST_F(TransactionalClients, ARecordThatCanNeverBeSentFailsItsTransaction) {
  producing.batch_bytes = producing.max_request_bytes = 1000;
  start(kAnn);
  begin(kAnn);
  send(kAnn, "a");
  const std::string large(2000, 'x');
  EXPECT_TRUE(
      producer(kAnn).send(host.clock(), as_bytes("k"), as_bytes(large), {}, 99, host.ports(kAnn)));
  EXPECT_TRUE(writers[kAnn].failed);
  ASSERT_EQ(producer(kAnn).transaction(), TransactionPhase::failed);
  abort(kAnn);
  await(kAnn, TransactionPhase::ready);
  EXPECT_EQ(writers[kAnn].ended, std::vector{Outcome::abort});
  run_transaction(kAnn, "b");
  ASSERT_TRUE(host.run_until([&] { return committed.count("b") == 30; }, seconds(10)));
  EXPECT_EQ(committed.count("a"), 0);
}

TEST_F(TransactionalClients, OutsideATransactionNothingIsTaken) {
  start(kAnn);
  EXPECT_FALSE(producer(kAnn).can_accept(10));
  EXPECT_FALSE(
      producer(kAnn).send(host.clock(), as_bytes("k"), as_bytes("v"), {}, 1, host.ports(kAnn)));
}

TEST_F(TransactionalClients, ASecondIncarnationAbortsAndFencesTheFirst) {
  start(kAnn);
  begin(kAnn);
  send(kAnn, "zombie");
  host.run_for(seconds(1));
  start(kBob);
  run_transaction(kBob, "new");
  commit(kAnn);
  await(kAnn, TransactionPhase::fatal);
  EXPECT_EQ(writers[kAnn].fatal, ErrorCode::producer_fenced);
  host.run_for(seconds(3));
  EXPECT_EQ(committed.count("zombie"), 0);
  EXPECT_EQ(committed.count("new"), 30);
}

TEST_F(TransactionalClients, AFencedProducerRefusesEveryRecord) {
  start(kAnn);
  start(kBob);
  begin(kAnn);
  send(kAnn, "a", 1);
  await(kAnn, TransactionPhase::fatal);
  EXPECT_EQ(writers[kAnn].given_up, 1U);
  send(kAnn, "a", 2);
  EXPECT_EQ(writers[kAnn].given_up, 3U);
}

TEST_F(TransactionalClients, ATransactionThatIsOpenForTooLongIsAborted) {
  producing.transaction_timeout = seconds(3);
  start(kAnn);
  begin(kAnn);
  send(kAnn, "late");
  host.run_for(seconds(8));
  commit(kAnn);
  await(kAnn, TransactionPhase::fatal);
  EXPECT_EQ(committed.count("late"), 0);
  start(kBob);
  run_transaction(kBob, "next");
  host.run_for(seconds(3));
  EXPECT_EQ(committed.count("next"), 30) << "nothing holds the stable offset back";
}

TEST_F(TransactionalClients, ATimeoutAboveTheBrokersMaximumIsRefused) {
  producing.transaction_timeout = seconds(901);
  host.start(kAnn);
  await(kAnn, TransactionPhase::fatal);
  EXPECT_EQ(writers[kAnn].fatal, ErrorCode::invalid_transaction_timeout);
}

TEST_F(TransactionalClients, ANewCoordinatorGoesOnWithAnOpenTransaction) {
  start(kAnn);
  begin(kAnn);
  send(kAnn, "a");
  host.run_for(seconds(1));
  host.crash(coordinator());
  commit(kAnn);
  await(kAnn, TransactionPhase::ready);
  host.run_for(seconds(30));
  EXPECT_EQ(writers[kAnn].ended, std::vector{Outcome::commit});
  EXPECT_EQ(committed.count("a"), 30);
}

TEST_F(TransactionalClients, ANewCoordinatorCompletesWhatWasPrepared) {
  start(kAnn);
  begin(kAnn);
  send(kAnn, "a");
  host.run_for(seconds(1));
  const NodeId old = coordinator();
  commit(kAnn);
  run_until_markers_arrive();
  host.crash(old);
  host.run_for(seconds(1));
  EXPECT_LT(committed.count("a"), 30) << "it died before all markers were written";
  host.run_for(seconds(60));
  EXPECT_EQ(committed.count("a"), 30);
  EXPECT_EQ(writers[kAnn].ended, std::vector{Outcome::commit});
}

TEST_F(TransactionalClients, ALeaderThatDiesBetweenPrepareAndMarkerGetsItsMarkerLater) {
  start(kAnn);
  begin(kAnn);
  send(kAnn, "a");
  host.run_for(seconds(1));
  const NodeId victim = leader_that_does_not_coordinate();
  host.cut(coordinator(), victim);  // the marker is lost, and then the leader itself
  commit(kAnn);
  host.run_for(seconds(1));
  EXPECT_LT(committed.count("a"), 30);
  host.heal_all();
  host.crash(victim);
  host.run_for(seconds(90));
  EXPECT_EQ(committed.count("a"), 30);
}

TEST_F(TransactionalClients, AnAbortWithBatchesThatMayBeOnTheirWayTakesANewEpoch) {
  start(kAnn);
  begin(kAnn);
  send(kAnn, "lost");
  host.run_for(milliseconds(50));
  const NodeId silent = leader_that_does_not_coordinate();
  host.cut(silent, kAnn);
  send(kAnn, "also lost");
  host.run_for(milliseconds(50));
  abort(kAnn);
  host.run_for(seconds(10));
  host.heal_all();
  await(kAnn, TransactionPhase::ready);
  run_transaction(kAnn, "kept");
  host.run_for(seconds(5));
  EXPECT_EQ(committed.count("lost") + committed.count("also"), 0);
  EXPECT_EQ(committed.count("kept"), 30);
}

TEST_F(TransactionalClients, SurviveARollingRestartOfTheBrokers) {
  start(kAnn);
  std::int64_t committed_records = 0;
  for (const NodeId broker : kBrokers) {
    host.kill(broker);
    for (int i = 0; i < 5; ++i) {
      begin(kAnn);
      send(kAnn, "a");
      host.run_for(milliseconds(500));
      commit(kAnn);
      await(kAnn, TransactionPhase::ready);
      committed_records += 30;
    }
    host.restart(broker);
    host.run_for(seconds(20));
  }
  host.run_for(seconds(20));
  EXPECT_EQ(committed.count("a"), committed_records);
  EXPECT_EQ(writers[kAnn].given_up, 0U);
}

}  // namespace
}  // namespace wavetank::log::test
