// Producer and consumer against real brokers and a real controller: what is acknowledged is read
// once and in order, whatever happens to the brokers.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "engine/log/broker/broker.h"
#include "engine/log/client/consumer.h"
#include "engine/log/client/producer.h"
#include "engine/log/controller/controller.h"
#include "tests/support/bare_host.h"

namespace wavetank::log::test {
namespace {

constexpr NodeId kController{0};
constexpr NodeId kBrokers[] = {NodeId(1), NodeId(2), NodeId(3)};
constexpr NodeId kProducer{20};
constexpr NodeId kConsumer{21};
constexpr std::uint32_t kPartitions = 3;

class Writer final : public ProducerListener {
 public:
  void on_acknowledged(PartitionId p, Offset base, std::span<const RecordHandle> records) override {
    for (std::size_t i = 0; i < records.size(); ++i) {
      acknowledged[p][(base + static_cast<std::int64_t>(i)).value()] = records[i];
    }
  }
  void on_failed(PartitionId, std::span<const RecordHandle> records, ErrorCode error,
                 bool) override {
    failed += records.size();
    ADD_FAILURE() << "given up: " << name(error);
  }
  std::map<PartitionId, std::map<std::int64_t, RecordHandle>> acknowledged;  ///< by offset
  std::size_t failed = 0;
};

class Reader final : public ConsumerListener {
 public:
  void on_batch(PartitionId p, const BatchView& batch, Offset from) override {
    batch.for_each_record([&](const RecordView& record) {
      if (record.offset < from) {
        return;
      }
      EXPECT_EQ(read[p].size(), static_cast<std::size_t>(record.offset.value())) << "no gap";
      read[p].push_back(std::stoull(std::string(as_text(record.value))));
    });
  }
  void on_committed(PartitionId p, Offset offset) override { committed[p] = offset; }

  std::map<PartitionId, std::vector<RecordHandle>> read;
  std::map<PartitionId, Offset> committed;
};

class EndToEnd : public testing::Test {
 protected:
  EndToEnd() {
    producing.linger = milliseconds(5);
    producing.request_timeout = seconds(2);
    consuming.request_timeout = seconds(2);
    consuming.commit_interval = seconds(1);
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
        return std::make_unique<Broker>(broker, BrokerConfig{}, topology, probe);
      });
    }
    host.add(kProducer, [this] {
      return std::make_unique<Producer>(kProducer, producing, topology, 0, writer);
    });
    host.add(kConsumer, [this] {
      return std::make_unique<Consumer>(kConsumer, consuming, topology,
                                        std::vector<std::uint32_t>{0}, reader);
    });
    host.start_all();
  }

  NodeId leader_of_first() {
    for (const NodeId broker : kBrokers) {
      const auto replica = host.role<Broker>(broker).replica(PartitionId(0));
      if (replica && replica->leader) {
        return broker;
      }
    }
    ADD_FAILURE() << "nobody leads";
    return kBrokers[0];
  }

  /// One record every 2 ms.
  void send_for(Duration span) {
    for (std::int64_t i = 0; i < span / milliseconds(2); ++i) {
      const std::string value = std::to_string(sent);
      const std::string key = std::to_string(sent % 17);
      sent += host.role<Producer>(kProducer).send(host.clock(), as_bytes(key), as_bytes(value), {},
                                                  sent, host.ports(kProducer))
                  ? 1
                  : 0;
      host.run_for(milliseconds(2));
    }
  }

  void expect_everything_once_and_in_order() {
    host.run_for(seconds(60));
    std::size_t total = 0;
    for (std::uint32_t p = 0; p < kPartitions; ++p) {
      const std::vector<RecordHandle>& read = reader.read[PartitionId(p)];
      total += read.size();
      EXPECT_TRUE(std::ranges::is_sorted(read)) << "sent in ascending order";
      EXPECT_EQ(std::ranges::adjacent_find(read), read.end()) << "read once";
      for (const auto& [offset, record] : writer.acknowledged[PartitionId(p)]) {
        ASSERT_LT(static_cast<std::size_t>(offset), read.size());
        EXPECT_EQ(read[static_cast<std::size_t>(offset)], record);
      }
      EXPECT_EQ(reader.committed[PartitionId(p)], Offset(static_cast<std::int64_t>(read.size())));
    }
    EXPECT_EQ(total, sent);
    EXPECT_GT(sent, 0U);
    EXPECT_EQ(host.role<Producer>(kProducer).pending_records(), 0U);
  }

  wavetank::test::BareHost host;
  Topology topology;
  Probe probe;
  ProducerConfig producing;
  ConsumerConfig consuming;
  Writer writer;
  Reader reader;
  RecordHandle sent = 0;
};

TEST_F(EndToEnd, WhatIsSentIsReadAndCommitted) {
  send_for(seconds(5));
  expect_everything_once_and_in_order();
}

TEST_F(EndToEnd, NothingIsLostOrDoubledWhenALeaderDiesInSilence) {
  send_for(seconds(5));
  const NodeId victim = leader_of_first();
  host.crash(victim);
  send_for(seconds(30));
  host.restart(victim);
  send_for(seconds(30));
  expect_everything_once_and_in_order();
}

TEST_F(EndToEnd, NothingIsLostOrDoubledUnderARollingRestart) {
  send_for(seconds(5));
  for (const NodeId broker : kBrokers) {
    host.kill(broker);
    send_for(seconds(15));
    host.restart(broker);
    send_for(seconds(15));
  }
  expect_everything_once_and_in_order();
}

TEST_F(EndToEnd, NothingIsLostOrDoubledWhenALeaderIsCutOffFromItsFollowers) {
  send_for(seconds(5));
  const NodeId victim = leader_of_first();
  for (const NodeId peer : {kController, kBrokers[0], kBrokers[1], kBrokers[2]}) {
    if (peer != victim) {
      host.cut_both(victim, peer);
    }
  }
  send_for(seconds(30));
  host.heal_all();
  send_for(seconds(20));
  expect_everything_once_and_in_order();
}

}  // namespace
}  // namespace wavetank::log::test
