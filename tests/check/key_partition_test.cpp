#include "sim/check/key_partition.h"

#include <gtest/gtest.h>

#include <string>

namespace wavetank::sim {
namespace {

constexpr int kKeys = 40;

class KeyPartitionTest : public testing::Test {
 protected:
  KeyPartitionTest() {
    first.name = "orders-0";
    second.name = "orders-1";
    first.config.name = second.config.name = "orders";
    elsewhere.name = elsewhere.config.name = "payments";
  }
  /// Records with these keys.
  void store(const StoredPartition& partition, int from, int to) {
    for (int i = from; i < to; ++i) {
      const std::string key = "customer " + std::to_string(i);
      StoredRecord record;
      record.key = as_bytes(key);
      checker.stored(partition, record);
    }
  }
  StoredPartition first;
  StoredPartition second;
  StoredPartition elsewhere;
  KeyPartition checker;
};

TEST_F(KeyPartitionTest, LetsEachKeyStayWhereItIs) {
  for (int round = 0; round < 2; ++round) {
    store(first, 0, kKeys / 2);
    store(second, kKeys / 2, kKeys);
    store(elsewhere, 0, kKeys);
  }
  EXPECT_EQ(checker.report().verdict, reports::Verdict::pass);
}

TEST_F(KeyPartitionTest, CatchesKeysThatAreInTwo) {
  store(first, 0, kKeys);
  store(second, 0, kKeys);
  EXPECT_EQ(checker.report().verdict, reports::Verdict::fail);
}

}  // namespace
}  // namespace wavetank::sim
