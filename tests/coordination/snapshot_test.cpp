// A snapshot is encoded while transactions go on. Replaying what came after its beginning over it
// gives the tree that never stopped, whatever was caught in between.

#include <set>

#include "engine/base/random.h"
#include "engine/coordination/limits.h"
#include "engine/coordination/tree/path.h"
#include "tests/coordination/tree_fixture.h"

namespace wavetank::coordination::test {
namespace {

std::vector<Bytes> snapshot(const DataTree& tree) {
  std::vector<Bytes> parts{tree.snapshot_head()};
  std::string after;
  do {
    parts.push_back(tree.snapshot_chunk(after));
  } while (!DataTree::snapshot_ends(parts.back()));
  return parts;
}

TEST(Snapshot, GivesTheSameTreeAgain) {
  Tree it;
  it.open(SessionId(7));
  it.apply(create("/a", "one"));
  it.apply(create("/a/b", "two"));
  it.apply(create("/mine", "", 2, SessionId(7)));
  it.apply(set_data("/a", "three", 1));
  const Result<DataTree> again = DataTree::from_snapshot(snapshot(it.tree));
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->digest(), it.tree.digest());
  EXPECT_EQ(again->last_zxid(), it.tree.last_zxid());
  EXPECT_EQ(again->find("/a")->stat(), it.tree.find("/a")->stat());
  EXPECT_THAT(again->ephemerals(SessionId(7)), testing::ElementsAre("/mine"));
}

TEST(Snapshot, IsRefusedWithoutItsEnd) {
  Tree it;
  it.apply(create("/a"));
  std::vector<Bytes> parts = snapshot(it.tree);
  parts.pop_back();
  EXPECT_FALSE(DataTree::from_snapshot(parts).has_value());
}

TEST(Snapshot, IsRefusedWithAByteWrong) {
  Tree it;
  it.apply(create("/a", "data"));
  std::vector<Bytes> parts = snapshot(it.tree);
  const Bytes good = parts.back();
  parts.back() = Bytes::build(good.size(), [&](std::uint8_t* to) {
    std::memcpy(to, good.data(), good.size());
    to[good.size() / 2] ^= 1;
  });
  EXPECT_FALSE(DataTree::from_snapshot(parts).has_value());
}

/// Random valid transactions on a small set of paths, so that nodes come and go often.
class Gardener {
 public:
  explicit Gardener(std::uint64_t seed) : random_(seed, "gardener") {
    for (std::uint64_t s = 1; s <= 3; ++s) {
      it.open(SessionId(s));
    }
  }

  void grow() {
    const std::string path = any_path();
    const Znode* node = it.tree.find(path);
    const Znode* parent = it.tree.find(parent_of(path));
    if (random_.below(40) == 0) {
      const SessionId session(1 + random_.below(3));
      it.close(session);
      it.open(session);
    } else if (node == nullptr && parent != nullptr && parent->ephemeral_owner == kNoSession) {
      const bool ephemeral = path.size() > 4 && random_.chance(0.5);
      // One draw after the other: compilers differ in the order of a call's arguments.
      const SessionId owner = ephemeral ? SessionId(1 + random_.below(3)) : kNoSession;
      it.apply(create(path, bulk(), parent->creations + 1, owner));
    } else if (node != nullptr && node->children.empty() && random_.chance(0.6)) {
      it.apply(remove(path));
    } else if (node != nullptr) {
      it.apply(set_data(path, bulk(), node->version + 1));
    }
  }

  Tree it;

 private:
  std::string any_path() {
    std::string path;
    const std::uint64_t depth = 1 + random_.below(3);
    for (std::uint64_t i = 0; i < depth; ++i) {
      path += "/" + std::string(1, static_cast<char>('a' + random_.below(4)));
    }
    return path;
  }
  /// Large enough that a snapshot of a few nodes takes several chunks.
  std::string bulk() {
    return std::string(limits::kSnapshotChunkBytes / 3, static_cast<char>('0' + random_.below(10)));
  }

  Random random_;
};

class FuzzySnapshot : public testing::TestWithParam<std::uint64_t> {};

TEST_P(FuzzySnapshot, ReplayedOverIsTheTreeThatNeverStopped) {
  Gardener gardener(GetParam());
  for (int i = 0; i < 60; ++i) {
    gardener.grow();
  }
  const Zxid began = gardener.it.tree.last_zxid();
  std::vector<Bytes> parts{gardener.it.tree.snapshot_head()};
  std::string after;
  std::set<std::size_t> sizes;
  do {
    parts.push_back(gardener.it.tree.snapshot_chunk(after));
    for (int i = 0; i < 8; ++i) {
      gardener.grow();
    }
  } while (!DataTree::snapshot_ends(parts.back()));
  EXPECT_GT(parts.size(), 3U) << "the snapshot is fuzzy";

  Result<DataTree> again = DataTree::from_snapshot(parts);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->last_zxid(), began);
  std::vector<TreeEvent> ignored;
  for (const Transaction& transaction : gardener.it.history) {
    if (transaction.zxid > began) {
      again->apply(transaction, ignored);
    }
  }
  EXPECT_EQ(again->digest(), gardener.it.tree.digest());
}

INSTANTIATE_TEST_SUITE_P(Seeds, FuzzySnapshot, testing::Range<std::uint64_t>(1, 61));

}  // namespace
}  // namespace wavetank::coordination::test
