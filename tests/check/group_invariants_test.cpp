#include "sim/check/group_invariants.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace wavetank::sim {
namespace {

using Held = std::vector<log::PartitionId>;

constexpr NodeId kA{1};
constexpr NodeId kB{2};
constexpr NodeId kCoordinator{3};
constexpr log::PartitionId kP{0};
constexpr log::PartitionId kQ{1};
constexpr log::Generation kFirst{1};
constexpr log::Generation kSecond{2};

class GroupInvariantsTest : public testing::Test {
 protected:
  reports::Verdict verdict(const std::string& name) {
    const auto all = invariants.reports();
    const auto found = std::ranges::find(all, name, &reports::InvariantReport::name);
    return found == all.end() ? reports::Verdict::unknown : found->verdict;
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
  invariants.generation_stored(0, kCoordinator, kFirst);
  invariants.generation_stored(0, kCoordinator, kSecond);
  invariants.generation_stored(1, kCoordinator, kFirst);
  EXPECT_EQ(verdict("group/generation-monotonic"), reports::Verdict::pass);
  invariants.generation_stored(0, kCoordinator, kSecond);
  EXPECT_EQ(verdict("group/generation-monotonic"), reports::Verdict::fail);
}

TEST_F(GroupInvariantsTest, CatchACommitOfWhatNobodyHasRead) {
  invariants.delivered(0, kP, log::Offset(5));
  invariants.committed(0, kCoordinator, kA, kP, log::Offset(5));
  invariants.delivered(0, kP, log::Offset(3));  // another member reads some of it again
  invariants.committed(0, kCoordinator, kA, kP, log::Offset(4));
  EXPECT_EQ(verdict("group/committed-behind-delivered"), reports::Verdict::pass);
  invariants.committed(0, kCoordinator, kA, kP, log::Offset(6));
  EXPECT_EQ(verdict("group/committed-behind-delivered"), reports::Verdict::fail);
}

class GroupPromisesTest : public GroupInvariantsTest {
 protected:
  GroupPromisesTest() {
    invariants.promise(0, {true, true, false, true});
    invariants.delivered(0, kP, log::Offset(100));
    begin(kFirst);
    invariants.assigned(0, kA, kFirst, Held{kP});
  }
  void begin(log::Generation generation) {
    invariants.generation_stored(0, kCoordinator, generation);
  }
  void commit(NodeId by, std::int64_t offset) {
    invariants.committed(0, kCoordinator, by, kP, log::Offset(offset));
  }
};

TEST_F(GroupPromisesTest, AreNotJudgedWhereTheGroupHasNone) {
  GroupInvariants others({"readers"}, 1);
  for (const reports::InvariantReport& it : others.reports()) {
    EXPECT_NE(it.name, "group/committed-by-owner");
    EXPECT_NE(it.name, "group/resumes-at-committed");
    EXPECT_NE(it.name, "group/revoked-first");
  }
}

TEST_F(GroupPromisesTest, CatchACommitOfWhoOwnsThePartitionNoMore) {
  commit(kA, 5);
  begin(kSecond);
  commit(kA, 6);  // nobody was given it yet: who lets go of it says how far it came
  invariants.assigned(0, kB, kSecond, Held{kP});
  invariants.committed(0, kA, kA, kP, log::Offset(6));  // of a coordinator that is one no more
  EXPECT_EQ(verdict("group/committed-by-owner"), reports::Verdict::pass);
  commit(kA, 7);
  EXPECT_EQ(verdict("group/committed-by-owner"), reports::Verdict::fail);
}

TEST_F(GroupPromisesTest, CatchATransactionThatEndsAfterAnotherHasBegun) {
  invariants.promise(0, {true, true, true, false});
  begin(kSecond);
  invariants.assigned(0, kB, kSecond, Held{kP});
  commit(kA, 7);  // whoever begins now awaits that
  EXPECT_NE(verdict("group/committed-by-owner"), reports::Verdict::fail);
  invariants.positioned(0, kB, kP, log::Offset(7));
  commit(kB, 9);
  EXPECT_EQ(verdict("group/committed-by-owner"), reports::Verdict::pass);
  commit(kA, 8);
  EXPECT_EQ(verdict("group/committed-by-owner"), reports::Verdict::fail);
}

TEST_F(GroupPromisesTest, CatchAMemberThatBeginsBeforeWhatWasCommitted) {
  commit(kA, 5);
  begin(kSecond);
  invariants.positioned(0, kA, kP, log::Offset(2));  // has not heard of the second generation
  invariants.assigned(0, kB, kSecond, Held{kP});
  commit(kB, 9);
  invariants.positioned(0, kB, kP, log::Offset(5));
  EXPECT_EQ(verdict("group/resumes-at-committed"), reports::Verdict::pass);
  invariants.positioned(0, kB, kP, log::Offset(4));
  EXPECT_EQ(verdict("group/resumes-at-committed"), reports::Verdict::fail);
}

TEST_F(GroupPromisesTest, CatchAPartitionThatIsGivenAwayBeforeItsOwnerLetsGo) {
  begin(kSecond);
  invariants.assigned(0, kB, kSecond, Held{kP});
  EXPECT_EQ(verdict("group/revoked-first"), reports::Verdict::pass) << "its owner may be gone";
  invariants.assigned(0, kA, kSecond, Held{});
  EXPECT_EQ(verdict("group/revoked-first"), reports::Verdict::fail);
}

TEST_F(GroupPromisesTest, CatchItAlsoIfTheOwnerIsToldFirst) {
  begin(kSecond);
  invariants.assigned(0, kA, kSecond, Held{});
  invariants.assigned(0, kB, kSecond, Held{kP});
  EXPECT_EQ(verdict("group/revoked-first"), reports::Verdict::fail);
}

TEST_F(GroupPromisesTest, LetAPartitionGoThatItsOwnerHasLost) {
  invariants.lost_all(0, kA);
  begin(kSecond);
  invariants.assigned(0, kA, kSecond, Held{});
  invariants.assigned(0, kB, kSecond, Held{kP});
  EXPECT_EQ(verdict("group/revoked-first"), reports::Verdict::pass);
}

}  // namespace
}  // namespace wavetank::sim
