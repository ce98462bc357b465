#include "scenarios/tunables.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "scenarios/load.h"

namespace wavetank::scenarios {
namespace {

constexpr const char* kScenario = R"({
  "title": "t", "duration": "10s",
  "cluster": { "hosts": [{ "name": "broker", "count": 3, "type": "m5.large" },
                         { "name": "client", "type": "m5.large" }] },
  "services": { "log": { "brokers": "broker[*]", "controller": "broker-1",
    "topics": [{ "name": "t", "partitions": 6, "replication": 3 }] } },
  "workload": [{ "name": "load", "on": "client", "topic": "t", "rate": "1k/s", "record_bytes": "200B",
                 "producer": { "linger": "5ms" } }],
  "consumers": [{ "group": "g", "on": "client", "topic": "t" }]
})";

class Tunables : public testing::Test {
 protected:
  Tunables() : loaded(load_text(kScenario, "t.json")) {}

  const Tunable* find(const std::string& path, bool all = false) {
    if (!loaded.scenario) {
      ADD_FAILURE() << loaded.diagnostics.front().message;
      return nullptr;
    }
    found = tunables(*loaded.scenario, all);
    const auto it = std::ranges::find(found, path, &Tunable::path);
    return it == found.end() ? nullptr : &*it;
  }
  void expect(const std::string& path, const std::string& value, std::optional<std::string> low,
              std::optional<std::string> high) {
    const Tunable* it = find(path);
    ASSERT_NE(it, nullptr) << path;
    EXPECT_EQ(it->value, value) << path;
    EXPECT_EQ(it->low, low) << path;
    EXPECT_EQ(it->high, high) << path;
  }

  Loaded loaded;
  std::vector<Tunable> found;
};

TEST_F(Tunables, AreHalvedAndDoubledWhereTheFileNamesThem) {
  expect("workload[0].rate", "1k/s", "0.5k/s", "2k/s");
  expect("workload[0].producer.linger", "5ms", "2.5ms", "10ms");
  expect("workload[0].record_bytes", "200B", "100B", "400B");
  expect("services.log.topics[0].partitions", "6", "3", "12");
}

TEST_F(Tunables, AreAlsoWhatStandsAtItsDefault) {
  expect("workload[0].producer.batch_bytes", "16KiB", "8KiB", "32KiB");
  expect("workload[0].producer.max_in_flight", "5", "2", "10");
  expect("consumers[0].consumer.fetch_max_wait", "500ms", "250ms", "1000ms");
}

TEST_F(Tunables, HaveTheOtherChoiceWhereThereIsNoHalf) {
  expect("workload[0].producer.acks", "all", "1", std::nullopt);
  expect("workload[0].producer.idempotent", "true", std::nullopt, "false");
  expect("workload[0].producer.compression", "none", std::nullopt, "lz4");
  expect("services.log.topics[0].replication", "3", "2", "4");
  expect("services.log.topics[0].min_insync", "1", std::nullopt, "2");
}

TEST_F(Tunables, TurnAMachineIntoItsNeighboursWithOtherDisksAndCards) {
  expect("cluster.hosts[0].type", "m5.large", std::nullopt, "m5.xlarge");
  loaded = load_text(kScenario, "t.json", {{"cluster.hosts[0].type=kafka.m5.xlarge"}, {}, {}});
  expect("cluster.hosts[0].type", "kafka.m5.xlarge", "kafka.m5.large", "kafka.m5.2xlarge");
  loaded = load_text(kScenario, "t.json", {{"cluster.hosts[0].type=raft-2014"}, {}, {}});
  EXPECT_EQ(find("cluster.hosts[0].type"), nullptr) << "it has no family";
}

TEST_F(Tunables, TakeAFirstStepFromNothing) {
  loaded = load_text(kScenario, "t.json", {{"workload[0].producer.linger=0s"}, {}, {}});
  expect("workload[0].producer.linger", "0s", std::nullopt, "5ms");
}

TEST_F(Tunables, KnowTheDelaysOfTheNetworksProfile) {
  const Tunable* delay = find("cluster.network.same_zone");
  ASSERT_NE(delay, nullptr);
  EXPECT_NE(delay->low, delay->high);
}

TEST_F(Tunables, AreNeitherTheRunsFrameNorWhatItIsJudgedBy) {
  (void)find("", true);
  for (const Tunable& it : found) {
    for (const char* no : {"duration", "seed", "slos", "faults", "warmup", "title"}) {
      EXPECT_FALSE(it.path.starts_with(no)) << it.path;
    }
  }
}

TEST_F(Tunables, AreManyMoreIfAllAreAskedFor) {
  EXPECT_EQ(find("workload[0].keys.hot"), nullptr);
  const std::size_t usual = found.size();
  EXPECT_NE(find("services.log.broker_settings.retention_check_interval", true), nullptr);
  EXPECT_GT(found.size(), usual + 20);
}

TEST_F(Tunables, AreValuesThatAScenarioCanBeSetTo) {
  (void)find("", true);
  std::size_t refused = 0;
  for (const Tunable& it : found) {
    for (const auto& value : {it.low, it.high}) {
      if (value) {
        const Loaded turned = load_text(kScenario, "t.json", {{it.path + "=" + *value}, {}, {}});
        for (const Diagnostic& diagnostic : turned.diagnostics) {
          EXPECT_EQ(diagnostic.message.find("expected"), std::string::npos)
              << it.path << "=" << *value << ": " << diagnostic.message;
        }
        refused += turned.scenario ? 0 : 1;
      }
    }
  }
  EXPECT_LT(refused, found.size() / 4) << "what does not fit the other settings";
}

}  // namespace
}  // namespace wavetank::scenarios
