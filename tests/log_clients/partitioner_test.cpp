// Where records go: by key, by turns, and when a key is hot.

#include "engine/log/client/partitioner.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "engine/base/hash.h"
#include "engine/log/limits.h"
#include "tests/log_clients/fake_cluster.h"

namespace wavetank::log::test {
namespace {

constexpr std::uint32_t kPartitions = 12;

class PartitionerTest : public testing::Test {
 protected:
  PartitionerTest() {
    host.add(kClient, [] { return std::make_unique<Silent>(); });
    host.start(kClient);
    config.primary_key_bytes = 4;
    config.sub_partitions = 5;
    config.hot_share = 0.2;
  }
  class Silent final : public port::Role {
    void start(port::Now, port::Ports&) override {}
    void on_message(port::Now, NodeId, port::Lane, const port::Message&, port::Ports&) override {}
    void on_timer(port::Now, port::TimerId, port::Ports&) override {}
  };

  Partitioner& with(Partitioning partitioning) {
    config.partitioning = partitioning;
    accumulator.emplace(config, kPartitions);
    partitioner.emplace(config, kPartitions, *accumulator);
    return *partitioner;
  }
  std::uint32_t choose(const std::string& key) {
    return partitioner->choose(as_bytes(key), 100, host.ports(kClient));
  }
  /// "c001" and so on, beside the hot "c000".
  static std::string customer(int number) {
    std::string digits = std::to_string(1000 + number);
    digits[0] = 'c';
    return digits;
  }

  wavetank::test::BareHost host;
  ProducerConfig config;
  std::optional<RecordAccumulator> accumulator;
  std::optional<Partitioner> partitioner;
};

TEST_F(PartitionerTest, HashesThePrimaryPartOfAKey) {
  with(Partitioning::hash);
  const auto home = static_cast<std::uint32_t>(hash64(as_bytes("c007")) % kPartitions);
  for (const char* order : {"", "o1", "o2", "something long"}) {
    EXPECT_EQ(choose("c007" + std::string(order)), home);
  }
  EXPECT_EQ(choose("c7"), hash64(as_bytes("c7")) % kPartitions) << "a short key is all primary";
}

TEST_F(PartitionerTest, RoundRobinGivesEveryPartitionTheSame) {
  with(Partitioning::round_robin);
  std::map<std::uint32_t, int> count;
  for (int i = 0; i < 10 * static_cast<int>(kPartitions); ++i) {
    ++count[choose("the same key")];
  }
  ASSERT_EQ(count.size(), kPartitions);
  for (const auto& [partition, records] : count) {
    EXPECT_EQ(records, 10);
  }
}

TEST_F(PartitionerTest, StickyStaysForABatchWhateverTheKey) {
  config.batch_bytes = 1010;
  with(Partitioning::sticky);
  std::vector<std::uint32_t> chosen;
  for (int i = 0; i < 40; ++i) {
    chosen.push_back(choose(customer(i)));
  }
  for (int i = 0; i < 40; ++i) {
    EXPECT_EQ(chosen[static_cast<std::size_t>(i)], chosen[static_cast<std::size_t>(i / 10 * 10)]);
  }
  EXPECT_GT(std::set(chosen.begin(), chosen.end()).size(), 1U);
}

/// A stream in which every other record is of customer c000.
TEST_F(PartitionerTest, SpreadsAHotKeyOverItsSubPartitionsOnly) {
  with(Partitioning::sub_partitions);
  const std::uint32_t home = partitioner->home_of(as_bytes("c000"));
  std::map<std::string, std::uint32_t> of_order;
  std::set<std::uint32_t> hot;
  for (int i = 0; i < 20'000; ++i) {
    const bool settled = i > 2 * static_cast<int>(limits::kHotKeyEvidence);
    const std::string cold = customer(1 + i % 500);
    EXPECT_EQ(choose(cold + "o" + std::to_string(i)), partitioner->home_of(as_bytes(cold)));
    const std::string order = "o" + std::to_string(i % 300);
    const std::uint32_t partition = choose("c000" + order);
    if (settled) {
      EXPECT_EQ(of_order.emplace(order, partition).first->second, partition)
          << "an order stays where it is";
      hot.insert(partition);
    }
  }
  std::set<std::uint32_t> expected;
  for (std::uint32_t i = 0; i < config.sub_partitions; ++i) {
    expected.insert((home + i) % kPartitions);
  }
  EXPECT_EQ(hot, expected);
}

TEST_F(PartitionerTest, CallsNothingHotWithoutEvidence) {
  with(Partitioning::sub_partitions);
  for (std::uint64_t i = 0; i + 1 < limits::kHotKeyEvidence; ++i) {
    EXPECT_EQ(choose("c000o" + std::to_string(i)), partitioner->home_of(as_bytes("c000")));
  }
}

TEST(HotKeysOfAStream, AreFoundAmongMoreKeysThanThereAreCounters) {
  HotKeys keys(0.1);
  std::set<std::uint64_t> hot;
  for (std::uint64_t i = 0; i < 50'000; ++i) {
    const std::uint64_t key = i % 5 == 0 ? 1 : 1'000 + i % 4'999;
    if (keys.note(key)) {
      hot.insert(key);
    }
  }
  EXPECT_EQ(hot, std::set<std::uint64_t>{1});
}

}  // namespace
}  // namespace wavetank::log::test
