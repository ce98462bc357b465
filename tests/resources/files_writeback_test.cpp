#include "tests/resources/node_fixture.h"

namespace wavetank::sim::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

class NodeFilesWriteback : public NodeTest {
 protected:
  Node node{kernel};
};

TEST_F(NodeFilesWriteback, LeavesFreshBytesDirtyUntilTheyExpire) {
  node.append("log", 5'000);
  EXPECT_EQ(node.files.dirty_bytes(), 5'000U);
  run_to_ms(29'999);
  EXPECT_EQ(node.files.durable_size("log"), 0U);
  run_to_ms(30'006);
  EXPECT_EQ(node.files.durable_size("log"), 5'000U);
  EXPECT_EQ(node.files.dirty_bytes(), 0U);
}

TEST_F(NodeFilesWriteback, ExpiresAFileByItsOldestDirtyByteAndWritesItUpToItsEnd) {
  node.append("old", 100);
  run_to_ms(20'000);
  node.append("old", 100);
  node.append("young", 100);
  run_to_ms(30'500);
  EXPECT_EQ(node.files.durable_size("old"), 200U);
  EXPECT_EQ(node.files.durable_size("young"), 0U);
  run_to_ms(50'500);
  EXPECT_EQ(node.files.durable_size("young"), 100U);
}

TEST_F(NodeFilesWriteback, SleepsWhenNothingIsDirty) {
  node.append("log", 100);
  run_to_ms(60'000);
  EXPECT_EQ(kernel.pending(), 0U);
}

TEST_F(NodeFilesWriteback, BeginsAtOnceAboveTheBackgroundThreshold) {
  node.append("first", 20'000);
  node.append("second", 5'000);
  run_to_ms(100);
  EXPECT_EQ(node.files.dirty_bytes(), 25'000U);
  node.append("second", 2'000);
  run_to_ms(200);
  EXPECT_EQ(node.files.durable_size("first"), 20'000U) << "dirty longest, written first";
  EXPECT_EQ(node.files.durable_size("second"), 0U) << "below the threshold again";
}

TEST_F(NodeFilesWriteback, ASyncTakesLatencyTransferAndFsync) {
  node.append("log", 50'000);
  node.sync("log", 7);
  run_to_ms(1'000);
  // Chunks overlap, so that the latency counts once: 1 + 50 + 10 ms.
  EXPECT_THAT(node.done, ElementsAre(Pair(7, 61)));
  EXPECT_EQ(node.files.durable_size("log"), 50'000U);
}

TEST_F(NodeFilesWriteback, ASyncCoversWhatTheFileHeldWhenItWasAsked) {
  node.append("log", 10'000);
  node.sync("log", 1);
  node.append("log", 10'000);
  run_to_ms(21);
  EXPECT_THAT(node.done, ElementsAre(Pair(1, 21)));
  EXPECT_EQ(node.files.durable_size("log"), 10'000U);
  node.sync("log", 2);
  run_to_ms(1'000);
  EXPECT_THAT(node.done, ElementsAre(Pair(1, 21), Pair(2, 42)));
}

TEST_F(NodeFilesWriteback, ASyncOfACleanFileStillFlushes) {
  node.sync("empty", 3);
  EXPECT_THAT(node.done, IsEmpty()) << "never from within a call";
  run_to_ms(1'000);
  EXPECT_THAT(node.done, ElementsAre(Pair(3, 10)));
}

TEST_F(NodeFilesWriteback, ASyncOvertakesTheWriteBackOfOtherFiles) {
  node.append("bulk", 1'000'000);  // one second of write-back, begun at once
  node.append("commit", 100);
  node.sync("commit", 1);
  run_to_ms(5'000);
  // Behind the two chunks under way (each 10 ms), the small write and its latency, then the fsync.
  ASSERT_EQ(node.done.size(), 1U);
  EXPECT_LE(node.done[0].second, 1 + 2 * 10 + 2 + 10);
}

TEST_F(NodeFilesWriteback, IsBoundByTheBandwidthOfTheDisk) {
  for (int i = 0; i < 20; ++i) {
    node.append(i % 2 == 0 ? "a" : "b", 100'000);
  }
  node.sync("a", 1);
  node.sync("b", 2);
  run_to_ms(10'000);
  EXPECT_EQ(node.done.back().second, 1 + 2'000 + 10);
  EXPECT_EQ(node.disk.finished_bytes(DiskWork::write), 2'000'000U) << "every byte once";
  EXPECT_EQ(node.disk.finished_operations(DiskWork::write), 200U) << "in chunks";
}

TEST_F(NodeFilesWriteback, LetsReadsInBetween) {
  node.append("cold", 4'000);
  run_to_ms(40'000);
  node.crash(Unsynced::lost);
  node.append("bulk", 1'000'000);
  ASSERT_FALSE(node.read("cold", 0, 4'000, 9));
  run_to_ms(45'000);
  ASSERT_THAT(node.done, ElementsAre(Pair(9, testing::_)));
  EXPECT_LE(node.done[0].second - 40'000, 2 * 10 + 4 + 2);
}

TEST_F(NodeFilesWriteback, TellsWritersToWaitAboveTheDirtyLimitAndWhenToGoOn) {
  node.append("log", 52'000);
  EXPECT_FALSE(node.files.over_dirty_limit());
  node.append("log", 1'000);
  EXPECT_TRUE(node.files.over_dirty_limit());
  run_to_ms(1);
  EXPECT_EQ(node.unthrottled, 0);
  run_to_ms(1'000);
  EXPECT_FALSE(node.files.over_dirty_limit());
  EXPECT_EQ(node.unthrottled, 1);
}

TEST_F(NodeFilesWriteback, ATruncationAlsoLetsWritersGoOnButNotFromWithinTheCall) {
  node.disk.set_stuck(true);
  node.append("log", 60'000);
  run_to_ms(10);
  node.files.truncate(node.files.open("log"), 100);
  EXPECT_EQ(node.unthrottled, 0);
  run_to_ms(10);
  EXPECT_EQ(node.unthrottled, 1);
}

TEST_F(NodeFilesWriteback, AStuckDiskHoldsASyncUntilReleased) {
  node.append("log", 1'000);
  node.disk.set_stuck(true);
  node.sync("log", 1);
  run_to_ms(5'000);
  EXPECT_THAT(node.done, IsEmpty());
  EXPECT_EQ(node.files.durable_size("log"), 0U);
  node.disk.set_stuck(false);
  run_to_ms(6'000);
  EXPECT_THAT(node.done, ElementsAre(Pair(1, 5'010)));
}

TEST_F(NodeFilesWriteback, ASlowDiskSlowsASync) {
  node.append("log", 10'000);
  node.disk.set_slowdown(3);
  node.sync("log", 1);
  run_to_ms(5'000);
  EXPECT_THAT(node.done, ElementsAre(Pair(1, 3 * 21)));
}

TEST_F(NodeFilesWriteback, ReportsNothingThatNobodyWaitsFor) {
  node.append("log", 1'000);
  node.files.sync(node.files.open("log"), port::kNoNotify);
  node.files.replace("state", Bytes::copy_of("new"), port::kNoNotify);
  run_to_ms(1'000);
  EXPECT_EQ(node.files.durable_size("state"), 3U);
  EXPECT_THAT(node.done, IsEmpty());
}

TEST_F(NodeFilesWriteback, AFullDiskHoldsSyncsAndReplacementsUntilThereIsRoom) {
  node.disk.set_full(true);
  EXPECT_TRUE(node.files.disk_full());
  node.append("log", 1'000);
  node.sync("log", 1);
  node.files.replace("state", Bytes::copy_of("new"), port::StorageToken(2));
  run_to_ms(5'000);
  EXPECT_THAT(node.done, IsEmpty());
  node.disk.set_full(false);
  run_to_ms(6'000);
  EXPECT_THAT(node.done, testing::UnorderedElementsAre(Pair(1, 5'012), Pair(2, 5'011)));
}

TEST_F(NodeFilesWriteback, FillsTheDiskAndMakesRoomByRemoving) {
  DiskSpec tiny = slow_disk();
  tiny.capacity_bytes = 10'000;
  Node small(kernel, tiny);
  small.append("old", 9'000);
  small.append("new", 2'000);
  EXPECT_TRUE(small.files.disk_full());
  small.sync("new", 1);
  run_to_ms(1'000);
  EXPECT_THAT(small.done, IsEmpty());
  small.files.remove(small.files.open("old"));
  EXPECT_FALSE(small.files.disk_full());
  run_to_ms(2'000);
  EXPECT_THAT(small.done, ElementsAre(Pair(1, 1'013)));
  EXPECT_EQ(small.disk.allocated_bytes(), 2'000U);
}

TEST_F(NodeFilesWriteback, WritesAgainWhatWasCutAndAppendedAmidWriteBack) {
  node.append("log", 30'000, 'a');
  node.sync("log", 1);
  run_to_ms(5);  // both chunks are on their way
  node.files.truncate(node.files.open("log"), 15'000);
  node.append("log", 15'000, 'b');
  run_to_ms(22);  // the stale chunks have reached the disk
  EXPECT_EQ(node.files.durable_size("log"), 0U);
  run_to_ms(1'000);
  EXPECT_EQ(node.files.durable_size("log"), 15'000U);
  EXPECT_EQ(node.done.size(), 1U);
  node.sync("log", 2);
  run_to_ms(2'000);
  EXPECT_EQ(node.files.durable_size("log"), 30'000U);
}

TEST_F(NodeFilesWriteback, ATruncationBehindTheChunksUnderWayLetsThemCount) {
  node.append("log", 30'000);
  node.sync("log", 1);
  run_to_ms(5);  // 20,000 bytes are on their way
  node.files.truncate(node.files.open("log"), 25'000);
  run_to_ms(1'000);
  EXPECT_EQ(node.files.durable_size("log"), 25'000U);
  EXPECT_EQ(node.disk.finished_bytes(DiskWork::write), 25'000U) << "every byte once";
  EXPECT_EQ(node.done.size(), 1U);
}

TEST_F(NodeFilesWriteback, ASyncOfARemovedFileIsStillAnswered) {
  node.append("log", 30'000);
  node.sync("log", 1);
  node.files.remove(node.files.open("log"));
  run_to_ms(1'000);
  EXPECT_EQ(node.done.size(), 1U);
  EXPECT_EQ(node.files.dirty_bytes(), 0U);
  EXPECT_EQ(node.disk.allocated_bytes(), 0U);
}

}  // namespace
}  // namespace wavetank::sim::test
