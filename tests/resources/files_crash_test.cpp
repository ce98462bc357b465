#include "tests/resources/node_fixture.h"

namespace wavetank::sim::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

class NodeFilesCrash : public NodeTest {
 protected:
  /// 1000 durable bytes 'a', then units of 300 and 400 bytes that are not.
  void half_synced(std::string_view name) {
    node.append(name, 1'000, 'a');
    node.sync(name, 0);
    run_for_ms(100);
    node.append(name, 300, 'b');
    node.append(name, 400, 'c');
    node.done.clear();
  }

  Node node{kernel};
};

TEST_F(NodeFilesCrash, AKilledProcessLosesNothingAndWriteBackGoesOn) {
  half_synced("log");
  EXPECT_THAT(node.crash(Unsynced::kept), IsEmpty());
  EXPECT_EQ(node.files.size(node.files.open("log")), 1'700U);
  EXPECT_EQ(node.files.dirty_bytes(), 700U);
  run_for_ms(40'000);
  EXPECT_EQ(node.files.dirty_bytes(), 0U);
  node.crash(Unsynced::lost);
  EXPECT_EQ(node.files.size(node.files.open("log")), 1'700U);
}

TEST_F(NodeFilesCrash, APowerFailureCutsFilesToWhatWasDurableAndReportsIt) {
  half_synced("log");
  node.append("other", 50);
  const std::vector<FileLoss> losses = node.crash(Unsynced::lost);
  ASSERT_EQ(losses.size(), 2U);
  EXPECT_EQ(losses[0].name, "log");
  EXPECT_EQ(losses[0].bytes_before, 1'700U);
  EXPECT_EQ(losses[0].bytes_after, 1'000U);
  EXPECT_EQ(losses[0].lost_bytes, 700U);
  EXPECT_EQ(losses[1].name, "other");
  EXPECT_EQ(node.load("log"), std::string(1'000, 'a'));
  EXPECT_EQ(node.files.dirty_bytes(), 0U);
  EXPECT_EQ(node.disk.allocated_bytes(), 1'000U);
  run_for_ms(60'000);
  EXPECT_EQ(node.files.durable_size("log"), 1'000U) << "nothing of the old life arrives";
}

TEST_F(NodeFilesCrash, ARenamedFileStandsForTheOldOneAndKeepsWhatWasDurable) {
  half_synced("aside");
  node.append("log", 5'000, 'z');
  node.sync("log", 7);
  node.files.rename(node.files.open("aside"), "log");
  EXPECT_THAT(node.files.list(""), ElementsAre("log"));
  EXPECT_EQ(node.files.size(node.files.open("log")), 1'700U);
  EXPECT_EQ(node.disk.allocated_bytes(), 1'700U);
  run_for_ms(100);
  EXPECT_THAT(node.done, ElementsAre(Pair(7, testing::_))) << "who waits for the old one is told";
  node.crash(Unsynced::lost);
  EXPECT_EQ(node.load("log"), std::string(1'000, 'a'));
}

TEST_F(NodeFilesCrash, APowerFailureAmidWriteBackCutsWithinAUnit) {
  node.append("log", 25'000, 'a');
  node.sync("log", 1);
  run_to_ms(12);  // one chunk of 10,000 is on the disk
  node.crash(Unsynced::lost);
  EXPECT_EQ(node.load("log"), std::string(10'000, 'a'));
  run_to_ms(1'000);
  EXPECT_THAT(node.done, IsEmpty()) << "the process that asked is gone";
}

TEST_F(NodeFilesCrash, TornWritesLeaveARandomPrefixOfTheUnsynced) {
  const std::string whole = std::string(1'000, 'a') + std::string(300, 'b') + std::string(400, 'c');
  bool cut_within_a_unit = false;
  bool lost_all = false;
  for (int i = 0; i < 50; ++i) {
    const std::string name = "log" + std::to_string(i);
    half_synced(name);
    const std::vector<FileLoss> losses = node.crash(Unsynced::torn);
    const std::string left = node.load(name);
    ASSERT_GE(left.size(), 1'000U);
    ASSERT_TRUE(whole.starts_with(left));
    ASSERT_EQ(losses.empty(), left.size() == whole.size());
    cut_within_a_unit |= left.size() % 100 != 0;
    lost_all |= left.size() == 1'000U;
    const std::uint64_t last_unit = left.size() > 1'300 ? 1'300 : left.size() > 1'000 ? 1'000 : 0;
    const port::FileId file = node.files.open(name);
    std::vector<Bytes> slices;
    while (!node.files.read(file, last_unit, 1, slices, {})) {
      run_for_ms(100);
    }
    EXPECT_EQ(slices[0].size(), left.size() - last_unit);
  }
  EXPECT_TRUE(cut_within_a_unit);
  EXPECT_FALSE(lost_all) << "one chance in 701 each: this seed has none";
}

TEST_F(NodeFilesCrash, InvalidatesFileIds) {
  const port::FileId old = node.files.open("log");
  node.crash(Unsynced::kept);
  EXPECT_THROW((void)node.files.size(old), EnsureFailure);
  EXPECT_NE(node.files.open("log"), old);
}

TEST_F(NodeFilesCrash, ReplacesAFileAsAWhole) {
  node.files.replace("state", Bytes::copy_of("old"), port::StorageToken(1));
  EXPECT_EQ(node.load("state"), "old") << "visible at once";
  EXPECT_THAT(node.done, IsEmpty());
  run_to_ms(100);
  EXPECT_THAT(node.done, ElementsAre(Pair(1, 11)));
  node.files.replace("state", Bytes::copy_of("newer"), port::StorageToken(2));
  run_to_ms(105);
  const std::vector<FileLoss> losses = node.crash(Unsynced::lost);
  ASSERT_EQ(losses.size(), 1U);
  EXPECT_EQ(losses[0].lost_bytes, 5U);
  EXPECT_EQ(node.load("state"), "old");
  node.files.replace("state", Bytes::copy_of("newest"), port::StorageToken(3));
  run_to_ms(200);
  node.crash(Unsynced::lost);
  EXPECT_EQ(node.load("state"), "newest");
}

TEST_F(NodeFilesCrash, AFirstReplacementThatWasNotDurableLeavesNoFile) {
  node.files.replace("state", Bytes::copy_of("first"), port::StorageToken(1));
  node.crash(Unsynced::kept);
  EXPECT_EQ(node.load("state"), "");
  EXPECT_THAT(node.files.list(""), IsEmpty());
  run_to_ms(1'000);
  EXPECT_THAT(node.done, IsEmpty());
}

TEST_F(NodeFilesCrash, OfSeveralReplacementsTheLastDurableOneCounts) {
  node.files.replace("state", Bytes::copy_of("one"), port::StorageToken(1));
  run_to_ms(5);
  node.files.replace("state", Bytes::copy_of("two"), port::StorageToken(2));
  run_to_ms(12);
  EXPECT_EQ(node.done.size(), 1U);
  EXPECT_EQ(node.load("state"), "two");
  node.crash(Unsynced::lost);
  EXPECT_EQ(node.load("state"), "one");
}

TEST_F(NodeFilesCrash, AnOlderReplacementThatIsDurableLateDoesNotUndoANewerOne) {
  node.disk.set_slowdown(10);
  node.files.replace("state", Bytes::copy_of("one"), port::StorageToken(1));
  run_to_ms(20);  // its flush has begun, and will take until 110 ms
  node.disk.set_slowdown(1);
  node.files.replace("state", Bytes::copy_of("two"), port::StorageToken(2));
  run_to_ms(105);
  node.files.replace("state", Bytes::copy_of("three"), port::StorageToken(3));
  run_to_ms(112);
  EXPECT_THAT(node.done, ElementsAre(Pair(2, 31), Pair(1, 110)));
  node.crash(Unsynced::lost);
  EXPECT_EQ(node.load("state"), "two");
}

TEST_F(NodeFilesCrash, TheFlusherOfTheOldLifeDoesNotWakeInTheNew) {
  node.append("log", 100);  // wakes it every 5 s
  run_to_ms(3'000);
  node.crash(Unsynced::lost);
  node.append("log", 100);  // 8 s, 13 s, ...
  run_to_ms(4'900);
  node.append("other", 100);  // expires at 34.9 s
  run_to_ms(37'900);
  EXPECT_EQ(node.files.durable_size("log"), 100U);
  EXPECT_EQ(node.files.durable_size("other"), 0U);
  run_to_ms(38'100);
  EXPECT_EQ(node.files.durable_size("other"), 100U);
}

TEST_F(NodeFilesCrash, TornReplacementsHoldTheOldContentOrTheNew) {
  int news = 0;
  for (int i = 0; i < 40; ++i) {
    node.files.replace("state", Bytes::copy_of("old"), port::StorageToken(1));
    run_for_ms(100);
    node.files.replace("state", Bytes::copy_of("new"), port::StorageToken(2));
    node.crash(Unsynced::torn);
    ASSERT_TRUE(node.load("state") == "old" || node.load("state") == "new");
    news += node.load("state") == "new" ? 1 : 0;
  }
  EXPECT_GT(news, 5);
  EXPECT_LT(news, 35);
}

TEST_F(NodeFilesCrash, ListsByPrefixInOrder) {
  for (const char* name : {"p-1/b", "p-0/a", "p-1/a", "q"}) {
    node.append(name, 1);
  }
  EXPECT_THAT(node.files.list("p-"), ElementsAre("p-0/a", "p-1/a", "p-1/b"));
  EXPECT_THAT(node.files.list("p-1"), ElementsAre("p-1/a", "p-1/b"));
  EXPECT_THAT(node.files.list("x"), IsEmpty());
}

TEST_F(NodeFilesCrash, AWipedDiskIsEmpty) {
  half_synced("log");
  node.crash(Unsynced::lost);
  node.files.wipe();
  EXPECT_THAT(node.files.list(""), IsEmpty());
  EXPECT_EQ(node.disk.allocated_bytes(), 0U);
  node.append("log", 10);
  EXPECT_EQ(node.load("log"), std::string(10, 'x'));
}

TEST_F(NodeFilesCrash, ACrashFromWithinACallbackSilencesTheRest) {
  half_synced("log");
  node.crash(Unsynced::lost);
  node.read("log", 0, 1, 1);
  node.read("log", 0, 1, 2);
  node.on_done = [&](port::StorageToken) { node.crash(Unsynced::lost); };
  run_for_ms(1'000);
  EXPECT_EQ(node.done.size(), 1U);
}

}  // namespace
}  // namespace wavetank::sim::test
