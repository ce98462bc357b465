#include "sim/check/replica_memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "engine/log/storage/record_batch.h"

namespace wavetank::sim {
namespace {

using ::testing::HasSubstr;
using Remembered = StoredReplica::Remembered;

constexpr std::int64_t kProducer = 7;

/// One replica with three batches of ten records each, the last in a later epoch, and a broker that
/// remembers just that.
class ReplicaMemoryTest : public testing::Test {
 protected:
  ReplicaMemoryTest() {
    partition.name = "orders-0";
    StoredReplica& it = partition.replicas.emplace_back();
    it.broker = NodeId(4);
    it.epoch = log::LeaderEpoch(5);
    it.remembers = true;
    append(0, 2);
    append(10, 2);
    append(20, 5);
    it.epoch_ends = {{log::LeaderEpoch(2), log::LeaderEpoch(2), log::Offset(20)},
                     {log::LeaderEpoch(4), log::LeaderEpoch(2), log::Offset(20)},
                     {log::LeaderEpoch(5), log::LeaderEpoch(5), log::Offset(30)}};
    it.remembered = {Remembered{
        kProducer, 30, {{0, log::Offset(0)}, {10, log::Offset(10)}, {20, log::Offset(20)}}}};
  }
  /// Sequences go with the offsets.
  void append(std::int32_t base, std::int32_t epoch) {
    log::BatchBuilder builder;
    for (int i = 0; i < 10; ++i) {
      builder.add(0, as_bytes("key"), as_bytes("value"));
    }
    const Bytes sent =
        builder.build(log::ProducerId(kProducer), log::ProducerEpoch(0), log::Sequence(base), 0);
    kept.push_back(log::stamped_copy(*log::BatchView::parse(sent), log::Offset(base),
                                     log::LeaderEpoch(epoch)));
    partition.replicas.front().units.push_back(kept.back());
  }
  StoredReplica& replica() { return partition.replicas.front(); }
  Remembered& producer() { return replica().remembered.front(); }
  [[nodiscard]] reports::InvariantReport judged() const {
    ReplicaMemory checker;
    checker.look_at(partition);
    return checker.report();
  }
  void expect_breach(const char* what) const {
    EXPECT_EQ(judged().verdict, reports::Verdict::fail);
    EXPECT_THAT(judged().first.value_or(""), HasSubstr(what));
  }

  StoredPartition partition;
  std::deque<Bytes> kept;
};

TEST_F(ReplicaMemoryTest, OfWhatTheLogSaysPasses) {
  EXPECT_EQ(judged().verdict, reports::Verdict::pass) << judged().first.value_or("");
}

TEST_F(ReplicaMemoryTest, OfAnEpochThatWasCutIsCaught) {
  replica().epoch_ends[1] = {log::LeaderEpoch(4), log::LeaderEpoch(4), log::Offset(20)};
  expect_breach("orders-0: node 4 remembers that epoch 4 ends at 20, and by its log epoch 2");
}

TEST_F(ReplicaMemoryTest, OfABatchThatWasCutIsCaught) {
  producer().batches.push_back({30, log::Offset(30)});
  producer().next = 40;
  expect_breach("has written 30 at offset 30, where its log has nothing");
}

TEST_F(ReplicaMemoryTest, OfABatchThatWasWrittenAnewElsewhereIsCaught) {
  producer().batches.insert(producer().batches.begin(), {20, log::Offset(10)});
  expect_breach("has written 20 at offset 10, where its log has something else");
}

TEST_F(ReplicaMemoryTest, ThatIsMissingIsCaught) {
  replica().remembered.clear();
  expect_breach("producer 7 has never written");
}

TEST_F(ReplicaMemoryTest, OfAnotherSequenceIsCaught) {
  producer().next = 20;
  producer().batches.pop_back();
  expect_breach("producer 7 goes on with 20, and by its log with 30");
}

TEST_F(ReplicaMemoryTest, MayBeShorterThanTheLog) {
  producer().batches.erase(producer().batches.begin());
  producer().next = -1;
  EXPECT_EQ(judged().verdict, reports::Verdict::pass);
}

TEST_F(ReplicaMemoryTest, MayReachBackBeforeTheLogBegins) {
  replica().units.erase(replica().units.begin());
  EXPECT_EQ(judged().verdict, reports::Verdict::pass);
}

TEST_F(ReplicaMemoryTest, OfABrokerThatIsDownIsNotJudged) {
  replica().remembered.clear();
  replica().remembers = false;
  EXPECT_EQ(judged().verdict, reports::Verdict::unknown);
}

TEST_F(ReplicaMemoryTest, HoldsEachReplicaAgainstItsOwnLog) {
  StoredReplica shorter = replica();
  shorter.broker = NodeId(5);
  shorter.units.pop_back();  // and remembers what it has cut
  partition.replicas.push_back(shorter);
  expect_breach("node 5 remembers that");
}

TEST_F(ReplicaMemoryTest, HoldsReplicasThatShareTheirBytesAgainstThemToo) {
  StoredReplica forgetful = replica();
  forgetful.broker = NodeId(5);
  forgetful.remembered.clear();
  partition.replicas.push_back(forgetful);
  expect_breach("node 5 remembers that producer 7 has never written");
}

}  // namespace
}  // namespace wavetank::sim
