#include "tests/resources/node_fixture.h"

namespace wavetank::sim::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;
using testing::Pair;

class NodeFilesCache : public NodeTest {
 protected:
  /// `count` units of 1 KiB each, on disk.
  void store(std::string_view name, int count) {
    for (int i = 0; i < count; ++i) {
      node.append(name, kKiB);
    }
    node.sync(name, 0);
    run_for_ms(10'000);
    node.done.clear();
  }
  [[nodiscard]] std::uint64_t bytes_read() const {
    return node.disk.finished_bytes(DiskWork::read);
  }

  Node node{kernel};
};

TEST_F(NodeFilesCache, GivesFreshAppendsAtOnce) {
  node.append("log", 100);
  node.append("log", 50);
  EXPECT_THAT(node.read("log", 0, 1'000), Optional(ElementsAre(100, 50)));
  EXPECT_THAT(node.read("log", 100, 1'000), Optional(ElementsAre(50)));
}

TEST_F(NodeFilesCache, GivesOneWholeUnitAndFurtherOnesWithinTheBound) {
  node.append("log", 100);
  node.append("log", 50);
  node.append("log", 50);
  EXPECT_THAT(node.read("log", 0, 10), Optional(ElementsAre(100)));
  EXPECT_THAT(node.read("log", 0, 199), Optional(ElementsAre(100, 50)));
  EXPECT_THAT(node.read("log", 0, 200), Optional(ElementsAre(100, 50, 50)));
  EXPECT_THAT(node.read("log", 0, ~std::uint64_t{0}), Optional(ElementsAre(100, 50, 50)));
}

TEST_F(NodeFilesCache, FindsEveryUnitOfALongFile) {
  std::vector<std::uint64_t> begins;
  std::uint64_t at = 0;
  Random random(5, "sizes");
  for (int i = 0; i < 500; ++i) {
    const std::uint64_t bytes = 1 + random.below(300);
    node.append("log", bytes);
    begins.push_back(at);
    at += bytes;
  }
  for (std::size_t i = 0; i < begins.size(); ++i) {
    const std::uint64_t end = i + 1 < begins.size() ? begins[i + 1] : at;
    ASSERT_THAT(node.read("log", begins[i], 1), Optional(ElementsAre(end - begins[i])));
  }
  EXPECT_THROW(node.read("log", begins[7] + 1, 1), EnsureFailure) << "no unit begins there";
  EXPECT_THROW(node.read("log", at, 1), EnsureFailure) << "the end is beyond the last unit";
}

TEST_F(NodeFilesCache, SharesTheBytesOfThreeReplicas) {
  const std::uint64_t before = Bytes::live_bytes();
  Node second(kernel);
  Node third(kernel);
  const Bytes batch = Bytes::copy_of(std::string(10'000, 'r'));
  for (Node* it : {&node, &second, &third}) {
    it->files.append(it->files.open("log"), batch);
  }
  EXPECT_EQ(Bytes::live_bytes() - before, 10'000U);
}

TEST_F(NodeFilesCache, IsColdAfterPowerLossAndLoadsWholeExtents) {
  store("log", 12);
  node.crash(Unsynced::lost);
  EXPECT_EQ(node.files.cached_bytes(), 0U);
  const Time asked = kernel.now();
  EXPECT_FALSE(node.read("log", 5 * kKiB, kKiB, 42));
  EXPECT_THAT(node.done, IsEmpty()) << "never from within a call";
  run_for_ms(1'000);
  ASSERT_THAT(node.done, ElementsAre(Pair(42, testing::_)));
  EXPECT_EQ(node.done[0].second - (asked - Time()).ms(), 1 + 4) << "latency and 4 KiB at 1 MB/s";
  EXPECT_EQ(bytes_read(), 4 * kKiB);
  EXPECT_THAT(node.read("log", 5 * kKiB, kKiB), Optional(ElementsAre(kKiB)));
  EXPECT_THAT(node.read("log", 4 * kKiB, 99 * kKiB), Optional(testing::SizeIs(4)))
      << "up to where the cache ends";
  EXPECT_FALSE(node.read("log", 8 * kKiB, kKiB, 43));
}

TEST_F(NodeFilesCache, LoadsAllExtentsThatOneUnitLiesIn) {
  node.append("log", 1'000);
  node.append("log", 10'000);
  node.sync("log", 0);
  run_for_ms(1'000);
  node.crash(Unsynced::lost);
  EXPECT_FALSE(node.read("log", 1'000, 1, 1));
  run_for_ms(1'000);
  EXPECT_EQ(bytes_read(), 11'000U);
  EXPECT_THAT(node.read("log", 1'000, 1), Optional(ElementsAre(10'000)));
}

TEST_F(NodeFilesCache, ReadersOfTheSameExtentShareOneLoad) {
  store("log", 4);
  node.crash(Unsynced::lost);
  EXPECT_FALSE(node.read("log", 0, 1, 1));
  EXPECT_FALSE(node.read("log", kKiB, 1, 2));
  run_for_ms(1'000);
  EXPECT_EQ(node.done.size(), 2U);
  EXPECT_EQ(node.disk.finished_operations(DiskWork::read), 1U);
}

TEST_F(NodeFilesCache, CachesNewBytesOfAColdFileOnlyFromWhereTheyBegin) {
  store("log", 3);
  node.crash(Unsynced::lost);
  node.append("log", 500);
  EXPECT_EQ(node.files.cached_bytes(), 500U);
  EXPECT_THAT(node.read("log", 3 * kKiB, 500), Optional(ElementsAre(500)));
  EXPECT_FALSE(node.read("log", 0, 1, 1));
  run_for_ms(1'000);
  EXPECT_EQ(bytes_read(), 3 * kKiB) << "only what was missing";
  EXPECT_THAT(node.read("log", 0, 99'999), Optional(ElementsAre(kKiB, kKiB, kKiB, 500)));
  EXPECT_EQ(node.files.cached_bytes(), 3 * kKiB + 500);
}

TEST_F(NodeFilesCache, StaysWarmWhenOnlyTheProcessDies) {
  store("log", 4);
  node.crash(Unsynced::kept);
  EXPECT_THAT(node.read("log", 0, 1), Optional(ElementsAre(kKiB)));
}

TEST_F(NodeFilesCache, EvictsTheLongestUnreadCleanExtentsAboveItsMemory) {
  store("log", 200);
  EXPECT_EQ(node.files.cached_bytes(), 200 * kKiB);
  ASSERT_TRUE(node.read("log", 0, 1)) << "extent 0 is in use";
  store("next", 100);
  EXPECT_LE(node.files.cached_bytes(), 256 * kKiB);
  EXPECT_TRUE(node.read("log", 0, 1)) << "second chance";
  EXPECT_FALSE(node.read("log", 4 * kKiB, 1)) << "extent 1 went";
  EXPECT_TRUE(node.read("log", 199 * kKiB, 1));
  EXPECT_TRUE(node.read("next", 0, 1));
}

TEST_F(NodeFilesCache, NeverEvictsDirtyBytes) {
  node.disk.set_stuck(true);
  for (int i = 0; i < 500; ++i) {
    node.append("log", kKiB);
  }
  EXPECT_EQ(node.files.cached_bytes(), 500 * kKiB) << "more than its memory, for want of choice";
  EXPECT_THAT(node.read("log", 0, kKiB * 500), Optional(testing::SizeIs(500)));
  node.disk.set_stuck(false);
  run_for_ms(60'000);
  for (int i = 0; i < 100; ++i) {
    node.append("log", 1);
  }
  EXPECT_LE(node.files.cached_bytes(), 256 * kKiB);
}

TEST_F(NodeFilesCache, TruncationAndRemovalGiveTheMemoryBack) {
  store("log", 10);
  node.files.truncate(node.files.open("log"), 5 * kKiB + 100);
  EXPECT_EQ(node.files.cached_bytes(), 5 * kKiB + 100);
  EXPECT_THAT(node.read("log", 5 * kKiB, 9'999), Optional(ElementsAre(100)));
  node.append("log", 10);
  EXPECT_THAT(node.read("log", 5 * kKiB, 9'999), Optional(ElementsAre(100, 10)));
  node.files.remove(node.files.open("log"));
  EXPECT_EQ(node.files.cached_bytes(), 0U);
  EXPECT_EQ(node.files.size(node.files.open("log")), 0U) << "the name is free";
}

TEST_F(NodeFilesCache, ALoadOutlivesTheTruncationAndRemovalOfItsFile) {
  store("a", 4);
  store("b", 4);
  node.crash(Unsynced::lost);
  EXPECT_FALSE(node.read("a", 0, 1, 1));
  EXPECT_FALSE(node.read("b", 0, 1, 2));
  node.files.truncate(node.files.open("a"), 0);
  node.files.remove(node.files.open("b"));
  run_for_ms(1'000);
  EXPECT_EQ(node.done.size(), 2U);
  EXPECT_EQ(node.files.cached_bytes(), 0U);
}

TEST_F(NodeFilesCache, CountsTheBytesOfExtentsThatAreCachedInPart) {
  store("log", 3);
  node.crash(Unsynced::lost);
  store("log", 3);  // extent 0 is cached from 3 KiB on, extent 1 up to 6 KiB
  EXPECT_EQ(node.files.cached_bytes(), 3 * kKiB);
  ASSERT_TRUE(node.read("log", 3 * kKiB, 1)) << "extent 0 is in use";
  store("other", 254);
  ASSERT_EQ(node.files.cached_bytes(), 255 * kKiB) << "extent 1 went";
  node.append("log", 100);
  EXPECT_EQ(node.files.cached_bytes(), 254 * kKiB + 100) << "one extent in part at a time";
  EXPECT_FALSE(node.read("log", 3 * kKiB, 1));
  node.files.remove(node.files.open("log"));
  node.files.remove(node.files.open("other"));
  EXPECT_EQ(node.files.cached_bytes(), 0U);
}

TEST_F(NodeFilesCache, CountsHitsAndMisses) {
  store("log", 1);
  node.read("log", 0, 1);
  node.crash(Unsynced::lost);
  node.read("log", 0, 1);
  EXPECT_EQ(node.files.read_hits(), 1U);
  EXPECT_EQ(node.files.read_misses(), 1U);
}

}  // namespace
}  // namespace wavetank::sim::test
