#include "sim/load/load_generator.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "engine/log/broker/broker.h"
#include "engine/log/controller/controller.h"

namespace wavetank::sim {
namespace {

constexpr std::uint32_t kInstance = 3;
constexpr std::size_t kValueBytes = 1000;
constexpr NodeId kBroker{0};
constexpr NodeId kController{1};
constexpr NodeId kProducer{2};

Time at_ms(std::int64_t ms) {
  return Time() + milliseconds(ms);
}

/// Keeps for which times it was asked.
class Source final : public models::RecordSource {
 public:
  explicit Source(std::vector<Time>& asked) : asked_(asked) {}
  void next(Time intended, models::Record& out) override {
    out.event_id = models::make_event_id(kInstance, asked_.size());
    out.key.clear();
    out.value.clear();
    out.value.fixed(out.event_id);
    out.value.raw(as_bytes(std::string(kValueBytes - models::kEventIdBytes, 'v')));
    asked_.push_back(intended);
  }

 private:
  std::vector<Time>& asked_;
};

std::unique_ptr<Platform> two_hosts(Kernel& kernel) {
  ZoneSpec zone;
  zone.name = "zone";
  zone.hosts = {{"servers", 4}, {"clients", 4}};
  RegionSpec region;
  region.name = "region";
  region.zones = {zone};
  PlatformSpec spec;
  spec.regions = {region};
  auto created = Platform::create(spec, kernel);
  if (!created) {
    throw std::runtime_error(created.error().message);
  }
  return std::move(*created);
}

log::Topology one_partition() {
  log::Topology topology;
  topology.brokers = {kBroker};
  topology.racks = {0};
  topology.controllers = {kController};
  topology.topics.resize(2);
  topology.topics[0].name = "orders";
  topology.topics[1].name = std::string(log::kOffsetsTopic);
  return topology;
}

/// A broker and a controller on one machine, a producer with its load on another.
class LoadGeneratorTest : public testing::Test, private EventTarget {
 protected:
  LoadGeneratorTest() { producer.linger = milliseconds(1); }

  /// Record n is due at (n + 1) / rate, if that is before `stop`.
  void load(std::uint64_t rate, Time stop) {
    models::ArrivalsConfig config;
    config.rate = models::Rate::per_second(rate);
    generator = std::make_unique<LoadGenerator>(cluster, observer,
                                                LoadSpec{kInstance, std::make_unique<Source>(asked),
                                                         *models::Arrivals::make(config), stop});
    cluster.add_node({"broker", servers,
                      [this] {
                        return std::make_unique<log::Broker>(kBroker, log::BrokerConfig{}, topology,
                                                             observer);
                      },
                      4, true});
    cluster.add_node({"controller", servers,
                      [this] {
                        return std::make_unique<log::Controller>(
                            kController, log::ControllerConfig{}, topology, observer);
                      },
                      1, true});
    cluster.add_node({"producer", clients, [this] {
                        auto role = std::make_unique<log::Producer>(kProducer, producer, topology,
                                                                    0, *generator);
                        generator->process_starts(*role);
                        return role;
                      }});
    generator->run_on(kProducer);
    cluster.start_all();
    generator->start();
  }
  void at(Time date, std::function<void()> action) {
    actions.push_back(std::move(action));
    kernel.schedule(date, *this, actions.size() - 1);
  }
  void pause_servers(Time from, Time until) {
    at(from, [this] { cluster.pause(servers); });
    at(until, [this] { cluster.resume(servers); });
  }
  void run_until(Time date) { kernel.run_until(date); }

  [[nodiscard]] std::uint64_t produced() const { return observer.ledger().produced_by(kInstance); }
  [[nodiscard]] RecordLedger::Entry record(std::uint64_t number) const {
    return observer.ledger().entry(EventId(models::make_event_id(kInstance, number)));
  }
  /// The record of every number was made for the time at which that number became due.
  void expect_source_in_step() const {
    ASSERT_EQ(asked.size(), produced());
    for (std::uint64_t i = 0; i < produced(); ++i) {
      ASSERT_EQ(record(i).intended, asked[i]) << i;
    }
  }
  void expect_all_stored_in_order() const {
    for (std::uint64_t i = 0; i < produced(); ++i) {
      ASSERT_EQ(record(i).fate, Fate::acknowledged) << i;
      ASSERT_EQ(record(i).offset, log::Offset(static_cast<std::int64_t>(i)));
    }
  }

  Kernel kernel;
  std::unique_ptr<Platform> platform = two_hosts(kernel);
  Network network{kernel, *platform, 1};
  Cluster cluster{kernel, *platform, network, **models::find_cost_table(models::kDefaultCostTable),
                  1};
  const MachineId servers = cluster.add_machine({"servers", HostId(0), 4, 1.0, {}, 8ULL << 30});
  const MachineId clients = cluster.add_machine({"clients", HostId(1), 4, 1.0, {}, 8ULL << 30});
  Observer observer{kernel, cluster, {true, false}, {}, Time()};
  log::Topology topology = one_partition();
  log::ProducerConfig producer;
  std::vector<Time> asked;
  std::unique_ptr<LoadGenerator> generator;

 private:
  void fire(std::uint64_t what) override { actions[what](); }
  std::vector<std::function<void()>> actions;
};

TEST_F(LoadGeneratorTest, RecordsBecomeDueAtTheirTimesWhateverTheSystemDoes) {
  load(100, at_ms(5000));
  pause_servers(at_ms(1000), at_ms(4000));
  run_until(at_ms(3999));
  EXPECT_EQ(produced(), 399u);
  run_until(at_ms(10'000));
  ASSERT_EQ(produced(), 499u);
  for (std::uint64_t i = 0; i < produced(); ++i) {
    ASSERT_EQ(record(i).intended, at_ms(static_cast<std::int64_t>(10 * (i + 1))));
  }
  expect_all_stored_in_order();
}

TEST_F(LoadGeneratorTest, NoRecordIsDueAtTheStopOrAfter) {
  load(100, at_ms(1000));
  run_until(at_ms(5000));
  ASSERT_EQ(produced(), 99u);
  EXPECT_EQ(record(98).intended, at_ms(990));
}

TEST_F(LoadGeneratorTest, ARecordIsHandedOverWhenItIsDue) {
  load(10, at_ms(5000));
  run_until(at_ms(2350));
  EXPECT_EQ(asked.size(), 23u);
  EXPECT_EQ(record(22).fate, Fate::acknowledged) << "due at 2.3 s";
}

TEST_F(LoadGeneratorTest, WhatAProducerRefusesIsHandedOverLaterInOrder) {
  producer.buffer_bytes = 64 * 1024;
  load(1000, at_ms(5000));
  pause_servers(at_ms(1000), at_ms(3000));
  run_until(at_ms(2999));
  EXPECT_EQ(produced(), 2999u);
  EXPECT_LT(asked.size(), 1200u) << "the buffer holds fewer than those of two seconds";
  run_until(at_ms(20'000));
  EXPECT_EQ(produced(), 4999u);
  expect_source_in_step();
  expect_all_stored_in_order();
}

// 25,000 records take the producer some 20 ms.
TEST_F(LoadGeneratorTest, WhatHasPiledUpIsSentWhileTheRestIsHandedOver) {
  load(50'000, at_ms(2000));
  at(at_ms(1000), [this] { cluster.pause(clients); });
  at(at_ms(1500), [this] { cluster.resume(clients); });
  run_until(at_ms(1506));
  EXPECT_LT(asked.size(), 70'000u);
  EXPECT_EQ(record(50'100).fate, Fate::acknowledged) << "due when the pause began";
  run_until(at_ms(5000));
  expect_source_in_step();
  expect_all_stored_in_order();
}

TEST_F(LoadGeneratorTest, WhatIsLeftWhenTheLoadStopsIsHandedOverAsRoomComes) {
  producer.buffer_bytes = 64 * 1024;
  load(1000, at_ms(2000));
  pause_servers(at_ms(1000), at_ms(3000));
  run_until(at_ms(20'000));
  EXPECT_EQ(produced(), 1999u);
  expect_all_stored_in_order();
}

TEST_F(LoadGeneratorTest, ALoneRecordWaitsForTheClusterToBeKnownAndNoLonger) {
  load(1, at_ms(1500));
  pause_servers(at_ms(0), at_ms(2000));
  run_until(at_ms(1999));
  ASSERT_EQ(produced(), 1u);
  EXPECT_EQ(record(0).fate, Fate::pending);
  run_until(at_ms(3000));
  EXPECT_EQ(record(0).fate, Fate::acknowledged) << "no other record comes to push it";
}

// --- the producer's process dies ---

class DeadProducer : public LoadGeneratorTest {
 protected:
  DeadProducer() {
    load(1000, at_ms(6000));
    pause_servers(at_ms(1000), at_ms(5000));
    at(at_ms(2000) + microseconds(500), [this] { cluster.crash(clients, Unsynced::lost); });
    at(at_ms(4000) + microseconds(500), [this] { cluster.restart(clients); });
  }
};

TEST_F(DeadProducer, HasNothingThatIsDue) {
  run_until(at_ms(2000));
  EXPECT_EQ(produced(), 2000u);
  run_until(at_ms(4000));
  EXPECT_EQ(produced(), 2000u);
  run_until(at_ms(5000));
  EXPECT_EQ(produced(), 3000u);
}

TEST_F(DeadProducer, HasGivenUpWhatItHadNotSettled) {
  run_until(at_ms(20'000));
  EXPECT_EQ(record(900).fate, Fate::acknowledged);
  EXPECT_EQ(record(1100).fate, Fate::refused);
  EXPECT_EQ(record(1999).fate, Fate::refused);
  const LedgerTotals& totals = observer.ledger().totals();
  EXPECT_EQ(totals.acknowledged + totals.refused, produced()) << "and nothing stays open";
}

TEST_F(DeadProducer, IsFollowedByOneThatGoesOnWithTheNextNumber) {
  run_until(at_ms(20'000));
  ASSERT_EQ(produced(), 3999u);
  EXPECT_EQ(record(2000).intended, at_ms(4001));
  EXPECT_EQ(record(2000).fate, Fate::acknowledged);
  expect_source_in_step();
}

TEST_F(LoadGeneratorTest, AProducerThatDiesInAPauseIsFollowedByOneThatGoesOn) {
  load(1000, at_ms(4000));
  at(at_ms(1000), [this] { cluster.pause(clients); });
  at(at_ms(1500), [this] { cluster.crash(clients, Unsynced::kept); });
  at(at_ms(2000), [this] { cluster.restart(clients); });
  run_until(at_ms(10'000));
  expect_source_in_step();
  EXPECT_EQ(record(1400).fate, Fate::refused);
  EXPECT_EQ(record(produced() - 1).fate, Fate::acknowledged);
}

TEST_F(LoadGeneratorTest, ADeadProducersUntakenRecordsAreMadeAndGivenUp) {
  producer.buffer_bytes = 64 * 1024;
  load(1000, at_ms(6000));
  pause_servers(at_ms(1000), at_ms(5000));
  at(at_ms(2000) + microseconds(500), [this] { cluster.crash(clients, Unsynced::lost); });
  at(at_ms(4000) + microseconds(500), [this] { cluster.restart(clients); });
  run_until(at_ms(1999));
  EXPECT_LT(asked.size(), 1200u);
  run_until(at_ms(20'000));
  expect_source_in_step();
  EXPECT_EQ(record(1999).fate, Fate::refused);
  EXPECT_EQ(record(2000).fate, Fate::acknowledged);
}

}  // namespace
}  // namespace wavetank::sim
