// Where replicas and consumers cut when a new leader's log is shorter than theirs: by leader epoch
// (KIP-101), by high watermark as before, and after unclean elections (KIP-320).

#include <gmock/gmock.h>

#include "engine/log/replication/watermark_checkpoint.h"
#include "tests/log_roles/cluster.h"

namespace wavetank::log::test {
namespace {

using testing::ElementsAre;

void produce(Cluster& cluster, std::vector<std::string> values, Acks acks = Acks::all) {
  for (const std::string& value : values) {
    EXPECT_EQ(cluster.produce(kP0, value, acks).error, ErrorCode::none);
  }
}

// --- the checkpoint of high watermarks -----------------------------------------------------------

TEST(Watermarks, AreReadAsTheyWereWritten) {
  const Watermarks some{{PartitionId(0), Offset(7)}, {PartitionId(300), Offset(1LL << 40)}};
  const Bytes file = encode_watermarks(some);
  EXPECT_EQ(decode_watermarks(file), some);
  EXPECT_EQ(decode_watermarks(encode_watermarks({})), Watermarks{});
}

TEST(Watermarks, OfADamagedFileAreNone) {
  const Bytes file = encode_watermarks({{PartitionId(3), Offset(7)}});
  EXPECT_EQ(decode_watermarks({}), std::nullopt);
  for (std::size_t cut = 0; cut < file.size(); ++cut) {
    EXPECT_EQ(decode_watermarks(file.view().first(cut)), std::nullopt);
    std::vector<std::uint8_t> bad(file.view().begin(), file.view().end());
    bad[cut] ^= 0x10;
    EXPECT_EQ(decode_watermarks(bad), std::nullopt);
  }
}

TEST(WatermarkCheckpoint, TellsARestartedBrokerWhatWasCommitted) {
  Cluster cluster;
  produce(cluster, {"a", "b", "c", "d", "e"});
  cluster.run(seconds(11));
  cluster.host.kill(kController);
  cluster.host.kill(kSecond);
  cluster.host.restart(kSecond);
  cluster.run(milliseconds(10));
  EXPECT_EQ(cluster.replica(kSecond, kP0)->high_watermark, Offset(5));
}

TEST(WatermarkCheckpoint, IsOldByItsIntervalAtMost) {
  Cluster cluster;
  produce(cluster, {"a", "b"});
  cluster.host.kill(kController);
  cluster.host.kill(kFirst);
  cluster.host.restart(kFirst);
  cluster.run(milliseconds(10));
  EXPECT_EQ(cluster.replica(kFirst, kP0)->high_watermark, Offset(0)) << "it was not time to write";
}

TEST(WatermarkCheckpoint, IsBoundedByWhatTheLogStillHolds) {
  Cluster cluster;
  produce(cluster, {"a", "b", "c"});
  cluster.run(seconds(11));
  cluster.host.kill(kController);
  cluster.host.crash(kSecond);
  cluster.host.storage(kSecond).lose_unsynced();
  cluster.host.restart(kSecond);
  cluster.run(milliseconds(10));
  EXPECT_EQ(cluster.replica(kSecond, kP0)->log->end_offset(), Offset(0));
  EXPECT_EQ(cluster.replica(kSecond, kP0)->high_watermark, Offset(0));
}

// --- by high watermark, and by leader epoch ------------------------------------------------------

/// The schedule of KIP-101: the first broker dies; the third follows the second, of which it cannot
/// fetch; the second dies, too.
void leader_after_leader_dies(Cluster& cluster) {
  produce(cluster, {"a", "b"});
  produce(cluster, {"c"});  // its watermark has not reached the followers yet
  cluster.host.kill(kFirst);
  cluster.host.cut_both(kSecond, kThird);
  cluster.host.run_until([&] { return cluster.replica(kThird, kP0)->epoch == LeaderEpoch(1); },
                         seconds(60));
  cluster.host.kill(kSecond);
  cluster.await_leader(kP0, kThird);
}

ClusterSpec truncating_by(Truncation truncation) {
  ClusterSpec spec;
  spec.broker.truncation = truncation;
  return spec;
}

TEST(TruncationToTheHighWatermark, LosesWhatWasAcknowledged) {
  Cluster cluster(truncating_by(Truncation::high_watermark));
  leader_after_leader_dies(cluster);
  EXPECT_THAT(cluster.stored(kThird, kP0), ElementsAre("a", "b"));
  ASSERT_EQ(cluster.probe.cuts.size(), 1U);
  EXPECT_EQ(cluster.probe.cuts[0].broker, kThird);
}

TEST(TruncationByLeaderEpoch, LosesNothingInTheSameSchedule) {
  Cluster cluster(truncating_by(Truncation::leader_epoch));
  leader_after_leader_dies(cluster);
  EXPECT_THAT(cluster.stored(kThird, kP0), ElementsAre("a", "b", "c"));
  EXPECT_TRUE(cluster.probe.cuts.empty());
}

TEST(TruncationToTheHighWatermark, FetchesAgainWhatTheLeaderHas) {
  Cluster cluster(truncating_by(Truncation::high_watermark));
  produce(cluster, {"a", "b", "c"});
  cluster.host.kill(kFirst);
  cluster.await_leader(kP0, kSecond);
  cluster.run(seconds(1));
  EXPECT_THAT(cluster.stored(kThird, kP0), ElementsAre("a", "b", "c"));
  EXPECT_EQ(cluster.probe.cuts.size(), 1U);
}

TEST(TruncationToTheHighWatermark, OfAFollowerAheadOfItsLeaderEndsWhereTheLeaderEnds) {
  // The second and third broker know everything to be committed; then the third loses all of it.
  ClusterSpec spec = truncating_by(Truncation::high_watermark);
  spec.topics[0].unclean_leader_election = true;
  Cluster cluster(spec);
  produce(cluster, {"a", "b"});
  cluster.run(seconds(11));
  cluster.host.crash(kThird);
  cluster.host.storage(kThird).lose_unsynced();
  cluster.host.kill(kFirst);
  cluster.host.kill(kSecond);
  cluster.run(seconds(12));
  cluster.host.restart(kThird);
  cluster.await_leader(kP0, kThird);
  cluster.host.restart(kSecond);
  cluster.host.run_until([&] { return cluster.in_sync(kP0).size() == 2; }, seconds(60));
  EXPECT_TRUE(cluster.stored(kSecond, kP0).empty());
}

// --- unclean election ----------------------------------------------------------------------------

/// The first broker alone holds "alone", which it has acknowledged, and dies.
Cluster& with_the_last_in_sync_dead(Cluster& cluster) {
  produce(cluster, {"a", "b"});
  cluster.host.crash(kSecond);
  cluster.host.crash(kThird);
  cluster.await_in_sync(kP0, 1);
  produce(cluster, {"alone"}, Acks::leader);
  cluster.host.crash(kFirst);
  cluster.run(seconds(20));
  cluster.host.restart(kSecond);
  return cluster;
}

ClusterSpec unclean() {
  ClusterSpec spec;
  spec.topics[0].unclean_leader_election = true;
  return spec;
}

TEST(UncleanElection, MakesAPartitionAvailableAndLosesWhatItsLeaderLacks) {
  Cluster cluster(unclean());
  with_the_last_in_sync_dead(cluster);
  cluster.await_leader(kP0, kSecond);
  EXPECT_THAT(cluster.stored(kSecond, kP0), ElementsAre("a", "b"));
  EXPECT_THAT(cluster.in_sync(kP0), ElementsAre(kSecond));
  EXPECT_THAT(cluster.probe.unclean, testing::Contains(std::pair(kP0, kSecond)));
  produce(cluster, {"new"}, Acks::leader);
  cluster.host.restart(kFirst);
  cluster.await_in_sync(kP0, 2);
  EXPECT_THAT(cluster.stored(kFirst, kP0), ElementsAre("a", "b", "new"));
}

TEST(UncleanElection, IsNotHeldWhereTheTopicForbidsIt) {
  Cluster cluster;
  with_the_last_in_sync_dead(cluster);
  cluster.run(seconds(20));
  EXPECT_EQ(cluster.leader(kP0), kNoNode);
  EXPECT_TRUE(cluster.probe.unclean.empty());
}

TEST(ConsumerFetch, IsToldWhereTheLogPartsFromWhatItHasRead) {
  Cluster cluster(unclean());
  with_the_last_in_sync_dead(cluster);
  cluster.await_leader(kP0, kSecond);
  produce(cluster, {"new", "newer"}, Acks::leader);
  // It has read "alone", at offset 2, which the first broker wrote in epoch 0.
  const auto told =
      Session(cluster, kSecond).from(kP0, Offset(3), kNoLeaderEpoch, LeaderEpoch(0)).fetch();
  ASSERT_EQ(told.partitions.size(), 1U);
  EXPECT_EQ(told.partitions[0].error, ErrorCode::none);
  EXPECT_EQ(told.partitions[0].diverging_epoch, LeaderEpoch(0));
  EXPECT_EQ(told.partitions[0].diverging_end, Offset(2));
  EXPECT_TRUE(told.partitions[0].batches.empty());
}

TEST(ConsumerFetch, ThatComparesNoEpochsNoticesNothing) {
  Cluster cluster(unclean());
  with_the_last_in_sync_dead(cluster);
  cluster.await_leader(kP0, kSecond);
  produce(cluster, {"new", "newer"}, Acks::leader);
  const auto told = Session(cluster, kSecond).from(kP0, Offset(3)).fetch();
  EXPECT_THAT(values_in(told.partitions.at(0).batches), ElementsAre("newer"));
}

}  // namespace
}  // namespace wavetank::log::test
