#include "sim/check/group_invariants.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace wavetank::sim {
namespace {

using Held = std::vector<log::PartitionId>;

constexpr NodeId kA{1};
constexpr NodeId kB{2};
constexpr log::PartitionId kP{0};
constexpr log::PartitionId kQ{1};
constexpr log::Generation kFirst{1};
constexpr log::Generation kSecond{2};

class GroupInvariantsTest : public testing::Test {
 protected:
  reports::Verdict verdict(const std::string& name) {
    const auto all = invariants.reports();
    return std::ranges::find(all, name, &reports::InvariantReport::name)->verdict;
  }
  GroupInvariants invariants{{"readers", "others"}, 2};
};

TEST_F(GroupInvariantsTest, AreUnknownWithoutEvidence) {
  for (const reports::InvariantReport& it : invariants.reports()) {
    EXPECT_EQ(it.verdict, reports::Verdict::unknown) << it.name;
  }
}

TEST_F(GroupInvariantsTest, LetAPartitionChangeHandsWithTheGeneration) {
  invariants.assigned(0, kA, kFirst, Held{kP, kQ});
  invariants.assigned(0, kA, kSecond, Held{kP});
  invariants.assigned(0, kB, kSecond, Held{kQ});
  invariants.assigned(1, kB, kFirst, Held{kP});   // another group
  invariants.assigned(0, kB, kSecond, Held{kQ});  // told twice
  EXPECT_EQ(verdict("group/one-owner"), reports::Verdict::pass);
}

TEST_F(GroupInvariantsTest, CatchTwoOwnersInAGeneration) {
  invariants.assigned(0, kA, kFirst, Held{kP});
  invariants.assigned(0, kB, kSecond, Held{kP});
  EXPECT_EQ(verdict("group/one-owner"), reports::Verdict::pass);
  invariants.assigned(0, kA, kSecond, Held{kP});
  EXPECT_EQ(verdict("group/one-owner"), reports::Verdict::fail);
}

TEST_F(GroupInvariantsTest, CatchAGenerationThatIsHandedOutAgain) {
  invariants.generation_stored(0, kFirst);
  invariants.generation_stored(0, kSecond);
  invariants.generation_stored(1, kFirst);
  EXPECT_EQ(verdict("group/generation-monotonic"), reports::Verdict::pass);
  invariants.generation_stored(0, kSecond);
  EXPECT_EQ(verdict("group/generation-monotonic"), reports::Verdict::fail);
}

TEST_F(GroupInvariantsTest, CatchACommitOfWhatNobodyHasRead) {
  invariants.delivered(0, kP, log::Offset(5));
  invariants.committed(0, kP, log::Offset(5));
  invariants.delivered(0, kP, log::Offset(3));  // another member reads some of it again
  invariants.committed(0, kP, log::Offset(4));
  EXPECT_EQ(verdict("group/committed-behind-delivered"), reports::Verdict::pass);
  invariants.committed(0, kP, log::Offset(6));
  EXPECT_EQ(verdict("group/committed-behind-delivered"), reports::Verdict::fail);
}

}  // namespace
}  // namespace wavetank::sim
