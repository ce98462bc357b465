// Three servers tell each other things, lose power, and come back; each test plants one broken
// promise.

#include "sim/check/raft_promises.h"

#include <gmock/gmock.h>

namespace wavetank::sim {
namespace {

using raft::LogIndex;
using raft::Term;
using reports::Verdict;
using testing::HasSubstr;
using testing::Optional;

constexpr NodeId kA{0};
constexpr NodeId kB{1};
constexpr NodeId kC{2};

class Quorum : public testing::Test {
 protected:
  template <class T>
  void tell(NodeId from, NodeId to, port::Lane lane, const T& message) {
    promises.told(from, to, lane, port::encode(message, 0));
  }
  void vote(NodeId from, NodeId candidate, std::uint64_t term, bool pre = false) {
    tell(from, candidate, port::Lane::response, raft::Vote{Term(term), pre, true});
  }
  /// The leader sends entries behind `previous` to both others; `committed` is known to it.
  void append(NodeId leader, std::uint64_t term, std::uint64_t previous, std::uint64_t committed) {
    raft::AppendEntries request;
    request.term = Term(term);
    request.previous_index = LogIndex(previous);
    request.committed = LogIndex(committed);
    request.entries.push_back({Term(term), {}});
    for (const NodeId to : {kA, kB, kC}) {
      if (to != leader) {
        tell(leader, to, port::Lane::request, request);
      }
    }
  }
  void hold(NodeId follower, NodeId leader, std::uint64_t term, std::uint64_t index) {
    tell(follower, leader, port::Lane::response,
         raft::Appended{Term(term), 0, true, LogIndex(index), LogIndex(index)});
  }
  void come_back(NodeId server, std::uint64_t term, std::optional<NodeId> voted_for,
                 std::uint64_t last) {
    promises.recovered(server, Term(term), voted_for, LogIndex(last));
  }
  [[nodiscard]] std::optional<std::string> breach() const { return promises.report().first; }

  RaftPromises promises{3};
};

TEST_F(Quorum, ThatKeepsItsWordPasses) {
  vote(kB, kA, 1);
  append(kA, 1, 0, 0);
  hold(kB, kA, 1, 1);
  append(kA, 1, 1, 1);
  come_back(kB, 1, kA, 1);
  come_back(kA, 1, kA, 2);
  EXPECT_EQ(promises.report().verdict, Verdict::pass);
  EXPECT_EQ(promises.report().name, "raft/promises");
}

TEST_F(Quorum, InWhichAServerVotesForTwoInOneTermIsCaught) {
  vote(kB, kA, 4);
  vote(kB, kC, 4);
  EXPECT_THAT(breach(), Optional(HasSubstr("server 1 voted for 0 and for 2 in term 4")));
}

TEST_F(Quorum, InWhichALeaderVotesForAnotherOfItsOwnTermIsCaught) {
  append(kA, 4, 0, 0);
  vote(kA, kC, 4);
  EXPECT_THAT(breach(), Optional(HasSubstr("server 0 voted for 0 and for 2 in term 4")));
}

TEST_F(Quorum, MayAskBeforehandWhomItWouldVoteFor) {
  vote(kB, kA, 4, true);
  vote(kB, kC, 4, true);
  EXPECT_EQ(breach(), std::nullopt);
}

TEST_F(Quorum, InWhichATermIsForgottenIsCaught) {
  vote(kB, kA, 4);
  come_back(kB, 3, std::nullopt, 0);
  EXPECT_THAT(breach(), Optional(HasSubstr("came back in term 3, and had spoken in term 4")));
}

TEST_F(Quorum, InWhichAVoteIsForgottenIsCaught) {
  vote(kB, kA, 4);
  come_back(kB, 4, std::nullopt, 0);
  EXPECT_THAT(breach(), Optional(HasSubstr("without its vote for 0 in term 4")));
}

TEST_F(Quorum, InWhichAFollowerLosesWhatItSaidItHeldIsCaught) {
  append(kA, 1, 0, 0);
  hold(kB, kA, 1, 9);
  come_back(kB, 1, std::nullopt, 8);
  EXPECT_THAT(breach(), Optional(HasSubstr("ends at 8, and had said that it held 9")));
}

TEST_F(Quorum, WhoseLeaderCommittedByItsOwnVoiceAndLosesItIsCaught) {
  append(kA, 1, 0, 0);
  hold(kB, kA, 1, 9);
  append(kA, 1, 9, 9);
  come_back(kA, 1, kA, 8);
  EXPECT_THAT(breach(), Optional(HasSubstr("server 0 came back with a log that ends at 8")));
}

TEST_F(Quorum, WhoseLeaderLosesWhatTheOthersCommittedPasses) {
  append(kA, 1, 0, 0);
  hold(kB, kA, 1, 9);
  hold(kC, kA, 1, 9);
  append(kA, 1, 9, 9);
  come_back(kA, 1, kA, 8);
  EXPECT_EQ(breach(), std::nullopt);
}

TEST_F(Quorum, WhoseNewLeaderHasNotYetOnDiskWhatTheOneBeforeItCommittedPasses) {
  append(kC, 1, 0, 0);
  hold(kB, kC, 1, 9);
  append(kC, 1, 9, 9);
  append(kA, 2, 9, 9);
  come_back(kA, 2, kA, 8);
  EXPECT_EQ(breach(), std::nullopt);
}

TEST_F(Quorum, WhoseZombieLeaderNamesAgainWhatAllHeldBeforeTheyFollowedAnotherPasses) {
  append(kA, 1, 0, 0);
  hold(kB, kA, 1, 9);
  hold(kC, kA, 1, 9);
  append(kC, 2, 9, 9);
  hold(kB, kC, 2, 10);
  append(kA, 1, 9, 9);
  come_back(kA, 1, kA, 8);
  EXPECT_EQ(breach(), std::nullopt);
}

TEST_F(Quorum, WhoseNewLeaderCommitsMoreByItsOwnVoiceAndLosesItIsCaught) {
  append(kA, 2, 9, 9);
  hold(kB, kA, 2, 10);
  append(kA, 2, 10, 10);
  come_back(kA, 2, kA, 9);
  EXPECT_THAT(breach(), Optional(HasSubstr("ends at 9, and had said that it held 10")));
}

TEST_F(Quorum, WhoseLaterLeaderHasEntriesCutPasses) {
  append(kA, 1, 0, 0);
  hold(kB, kA, 1, 9);
  append(kC, 2, 5, 5);
  come_back(kB, 2, std::nullopt, 5);
  EXPECT_EQ(breach(), std::nullopt);
}

TEST_F(Quorum, OfWhichAServerWasWipedPasses) {
  vote(kB, kA, 4);
  promises.wiped(kB);
  come_back(kB, 0, std::nullopt, 0);
  EXPECT_EQ(breach(), std::nullopt);
}

}  // namespace
}  // namespace wavetank::sim
