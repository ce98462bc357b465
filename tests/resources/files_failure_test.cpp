#include "tests/resources/node_fixture.h"

namespace wavetank::sim::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

class NodeFilesFailure : public NodeTest {
 protected:
  Node node{kernel};
};

// --- no room ---

TEST_F(NodeFilesFailure, AnAppendToAFullDiskIsRefusedAndGoneWithItsProcess) {
  node.append("log", 1'000);
  EXPECT_FALSE(node.files.take_refusal());
  node.disk.set_full(true);
  node.append("log", 500);
  EXPECT_TRUE(node.files.take_refusal());
  EXPECT_FALSE(node.files.take_refusal()) << "a refusal is told once";
  EXPECT_EQ(node.load("log").size(), 1'500U) << "the step that has appended it may read it";
  node.crash(Unsynced::kept);
  EXPECT_EQ(node.load("log").size(), 1'000U);
  EXPECT_EQ(node.disk.allocated_bytes(), 1'000U);
}

TEST_F(NodeFilesFailure, ADiskIsFullWhenItsFilesHaveOutgrownIt) {
  DiskSpec tiny = slow_disk();
  tiny.capacity_bytes = 10'000;
  Node small(kernel, tiny);
  small.append("log", 10'000);
  EXPECT_FALSE(small.files.take_refusal());
  small.append("log", 1);
  EXPECT_TRUE(small.files.take_refusal());
  small.files.truncate(small.files.open("log"), 5'000);
  small.append("log", 5'000);
  EXPECT_FALSE(small.files.take_refusal());
}

TEST_F(NodeFilesFailure, AReplacementWithoutRoomIsRefusedAndLeavesTheOldContent) {
  node.files.replace("state", Bytes::copy_of("old"), port::StorageToken(1));
  run_to_ms(100);
  node.disk.set_full(true);
  node.files.replace("state", Bytes::copy_of("newer"), port::StorageToken(2));
  EXPECT_TRUE(node.files.take_refusal());
  node.crash(Unsynced::kept);
  EXPECT_EQ(node.load("state"), "old");
}

// --- failed syncs ---

TEST_F(NodeFilesFailure, ASyncOnAFailingDiskFails) {
  node.append("log", 1'000);
  node.disk.set_failing(true);
  node.sync("log", 1);
  run_to_ms(1'000);
  EXPECT_THAT(node.done, IsEmpty());
  EXPECT_THAT(node.failed, ElementsAre(1));
}

TEST_F(NodeFilesFailure, AReplacementOnAFailingDiskFailsAndLeavesTheOldContentToTheNextProcess) {
  node.files.replace("state", Bytes::copy_of("old"), port::StorageToken(1));
  run_to_ms(100);
  node.disk.set_failing(true);
  node.files.replace("state", Bytes::copy_of("newer"), port::StorageToken(2));
  run_to_ms(200);
  EXPECT_THAT(node.failed, ElementsAre(2));
  node.crash(Unsynced::kept);
  EXPECT_EQ(node.load("state"), "old");
}

TEST_F(NodeFilesFailure, TheNextSyncSucceedsThoughTheBytesAreNotOnTheMedium) {
  node.append("log", 1'000, 'a');
  node.disk.set_failing(true);
  node.sync("log", 1);
  run_to_ms(100);
  node.disk.set_failing(false);
  node.append("log", 1'000, 'b');
  node.sync("log", 2);
  run_to_ms(200);
  EXPECT_THAT(node.failed, ElementsAre(1));
  EXPECT_THAT(node.done, ElementsAre(Pair(2, 111 + 1)));
  EXPECT_EQ(node.load("log"), std::string(1'000, 'a') + std::string(1'000, 'b'));
  EXPECT_EQ(node.files.durable_size("log"), 0U);

  node.crash(Unsynced::lost);
  EXPECT_EQ(node.load("log"), std::string(1'000, '\0') + std::string(1'000, 'b'));
}

TEST_F(NodeFilesFailure, AFailedWriteBackIsReportedByTheNextSync) {
  node.append("log", 1'000);
  node.disk.set_failing(true);
  run_to_ms(40'000);  // the flusher has written it, in vain
  node.disk.set_failing(false);
  node.sync("log", 1);
  run_to_ms(41'000);
  EXPECT_THAT(node.failed, ElementsAre(1));
}

TEST_F(NodeFilesFailure, WhatIsNotOnTheMediumIsLostWhenMemoryIsNeeded) {
  node.append("log", 4'096, 'a');
  node.disk.set_failing(true);
  node.sync("log", 1);
  run_to_ms(100);
  node.disk.set_failing(false);
  for (int i = 0; i < 80; ++i) {
    node.append("other", 4'096);
    node.sync("other", 2);
    run_for_ms(30);
  }
  EXPECT_EQ(node.load("log"), std::string(4'096, '\0'));
}

TEST_F(NodeFilesFailure, AKilledProcessLeavesWhatTheSystemStillShows) {
  node.append("log", 1'000, 'a');
  node.disk.set_failing(true);
  node.sync("log", 1);
  run_to_ms(100);
  node.crash(Unsynced::kept);
  EXPECT_EQ(node.load("log"), std::string(1'000, 'a'));
}

// --- bit rot ---

TEST_F(NodeFilesFailure, RotFlipsOneBitOfOneMatchingFile) {
  node.append("a/1.log", 300, 'x');
  node.append("a/1.log", 200, 'x');
  node.append("b/1.log", 500, 'x');
  const auto rot =
      node.files.rot([](std::string_view name) { return name.starts_with("a/"); }, node.random);
  ASSERT_TRUE(rot.has_value());
  EXPECT_EQ(rot->name, "a/1.log");
  const std::string damaged = node.load("a/1.log");
  ASSERT_EQ(damaged.size(), 500U);
  int flipped = 0;
  for (std::size_t i = 0; i < damaged.size(); ++i) {
    const int bits = __builtin_popcount(static_cast<unsigned char>(damaged[i] ^ 'x'));
    flipped += bits;
    EXPECT_EQ(bits, i == rot->position ? 1 : 0);
  }
  EXPECT_EQ(flipped, 1);
  EXPECT_EQ(node.load("b/1.log"), std::string(500, 'x'));
}

TEST_F(NodeFilesFailure, RotLeavesCopiesOnOtherNodesAlone) {
  Node other(kernel);
  const Bytes unit = Bytes::copy_of(std::string(100, 'x'));
  node.files.append(node.files.open("log"), unit);
  other.files.append(other.files.open("log"), unit);
  ASSERT_TRUE(node.files.rot([](std::string_view) { return true; }, node.random).has_value());
  EXPECT_NE(node.load("log"), std::string(100, 'x'));
  EXPECT_EQ(other.load("log"), std::string(100, 'x'));
}

TEST_F(NodeFilesFailure, WithoutAMatchingByteNothingRots) {
  node.append("log", 10);
  EXPECT_FALSE(node.files.rot([](std::string_view name) { return name == "other"; }, node.random));
}

}  // namespace
}  // namespace wavetank::sim::test
