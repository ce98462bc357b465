// The oracle must see every violation it is there for.

#include "tests/raft/oracle.h"

#include <gtest/gtest.h>

namespace wavetank::raft::test {
namespace {

constexpr NodeId kA{0};
constexpr NodeId kB{1};

Entry entry(std::uint64_t term, std::string_view command) {
  return {Term(term), Bytes::copy_of(command)};
}

TEST(Oracle, IsContentWithTwoServersThatApplyTheSame) {
  Oracle oracle;
  oracle.elected(kA, Term(1));
  for (const NodeId server : {kA, kB}) {
    oracle.applied(server, LogIndex(1), entry(1, "x"));
    oracle.applied(server, LogIndex(2), entry(1, "y"));
  }
  oracle.elected(kB, Term(2));
  oracle.leads_with(kB, 1, {"1/x", "1/y"});
  EXPECT_TRUE(oracle.violations().empty());
}

TEST(Oracle, SeesTwoLeadersInATerm) {
  Oracle oracle;
  oracle.elected(kA, Term(3));
  oracle.elected(kB, Term(3));
  EXPECT_EQ(oracle.violations().size(), 1U);
}

TEST(Oracle, SeesServersThatApplyDifferentCommands) {
  Oracle oracle;
  oracle.applied(kA, LogIndex(1), entry(1, "x"));
  oracle.applied(kB, LogIndex(1), entry(1, "y"));
  EXPECT_EQ(oracle.violations().size(), 1U);
}

TEST(Oracle, SeesACommandOfAnotherTerm) {
  Oracle oracle;
  oracle.applied(kA, LogIndex(1), entry(1, "x"));
  oracle.applied(kB, LogIndex(1), entry(2, "x"));
  EXPECT_EQ(oracle.violations().size(), 1U);
}

TEST(Oracle, SeesASkippedAndARepeatedIndex) {
  Oracle oracle;
  oracle.applied(kA, LogIndex(2), entry(1, "x"));
  oracle.applied(kA, LogIndex(2), entry(1, "x"));
  EXPECT_EQ(oracle.violations().size(), 2U);
}

TEST(Oracle, SeesALeaderWithoutACommittedEntry) {
  Oracle oracle;
  oracle.applied(kA, LogIndex(1), entry(1, "x"));
  oracle.leads_with(kB, 1, {});
  EXPECT_EQ(oracle.violations().size(), 1U);
}

TEST(Oracle, SeesALeaderWithAnotherEntryInItsPlace) {
  Oracle oracle;
  oracle.applied(kA, LogIndex(1), entry(1, "x"));
  oracle.leads_with(kB, 1, {"2/z"});
  EXPECT_EQ(oracle.violations().size(), 1U);
}

TEST(Oracle, SeesASnapshotOfWhatWasNeverApplied) {
  Oracle oracle;
  oracle.restored(kA, LogIndex(4), Term(1));
  EXPECT_EQ(oracle.violations().size(), 1U);
}

}  // namespace
}  // namespace wavetank::raft::test
