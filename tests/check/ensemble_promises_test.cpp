// Three servers of an ensemble tell each other things, lose power, and come back; each test plants
// one broken promise.

#include "sim/check/ensemble_promises.h"

#include <gmock/gmock.h>

namespace wavetank::sim {
namespace {

using coordination::Epoch;
using coordination::Zxid;
using reports::Verdict;
using testing::HasSubstr;
using testing::Optional;

constexpr NodeId kA{0};
constexpr NodeId kB{1};
constexpr NodeId kC{2};

class Ensemble : public testing::Test {
 protected:
  template <class T>
  void tell(NodeId from, NodeId to, const T& message) {
    promises.told(from, to, port::Lane::request, port::encode(message, 0));
  }
  void acknowledge(NodeId follower, std::uint64_t zxid) {
    tell(follower, kA, coordination::Ack{1, Zxid(zxid)});
  }
  void commit(NodeId leader, std::uint64_t zxid) {
    tell(leader, kB, coordination::Commit{1, Zxid(zxid)});
  }
  void promise_epoch(NodeId follower, std::uint32_t epoch) {
    tell(kA, follower, coordination::LeaderInfo{7, Epoch(epoch)});
    tell(follower, kA, coordination::AckEpoch{7, true, Epoch(0), Zxid(0)});
  }
  void come_back(NodeId server, std::uint64_t last, std::uint32_t accepted = 9) {
    promises.recovered(server, Zxid(last), Epoch(accepted));
  }
  [[nodiscard]] std::optional<std::string> breach() const { return promises.report().first; }

  coordination::Ensemble servers{{kA, kB, kC}, {}};
  EnsemblePromises promises{servers};
};

TEST_F(Ensemble, ThatKeepsItsWordPasses) {
  promise_epoch(kB, 3);
  acknowledge(kB, 0x10);
  commit(kA, 0x10);
  come_back(kB, 0x10, 3);
  come_back(kA, 0x11, 3);
  EXPECT_EQ(promises.report().verdict, Verdict::pass);
  EXPECT_EQ(promises.report().name, "coordination/promises");
}

TEST_F(Ensemble, InWhichAnAcknowledgedTransactionIsGoneIsCaught) {
  acknowledge(kB, 0x10);
  come_back(kB, 0x0f);
  EXPECT_THAT(breach(), Optional(HasSubstr("server 1 came back with a history that ends at f")));
}

TEST_F(Ensemble, WhoseLeaderCommittedByItsOwnVoiceAndLosesItIsCaught) {
  acknowledge(kB, 0x10);
  commit(kA, 0x10);
  come_back(kA, 0x0f);
  EXPECT_THAT(breach(), Optional(HasSubstr("server 0 came back")));
}

TEST_F(Ensemble, WhoseLeaderLosesWhatTheOthersAcknowledgedPasses) {
  acknowledge(kB, 0x10);
  acknowledge(kC, 0x10);
  commit(kA, 0x10);
  come_back(kA, 0x0f);
  EXPECT_EQ(breach(), std::nullopt);
}

TEST_F(Ensemble, InWhichAPromisedEpochIsForgottenIsCaught) {
  promise_epoch(kB, 3);
  come_back(kB, 0, 2);
  EXPECT_THAT(breach(), Optional(HasSubstr("came back in epoch 2, and had promised epoch 3")));
}

TEST_F(Ensemble, WhoseLeaderHasAHistoryCutPasses) {
  acknowledge(kB, 0x10);
  tell(kA, kB, coordination::SyncBegin{1, coordination::SyncMode::truncate, Zxid(0x0a)});
  come_back(kB, 0x0a);
  EXPECT_EQ(breach(), std::nullopt);
}

TEST_F(Ensemble, WhoseLeaderSendsWhatIsLackingTakesNothingBack) {
  acknowledge(kB, 0x10);
  tell(kA, kB, coordination::SyncBegin{1, coordination::SyncMode::diff, Zxid(0x0a)});
  come_back(kB, 0x0a);
  EXPECT_NE(breach(), std::nullopt);
}

TEST_F(Ensemble, OfWhichAServerWasWipedPasses) {
  promise_epoch(kB, 3);
  acknowledge(kB, 0x10);
  promises.wiped(kB);
  come_back(kB, 0, 0);
  EXPECT_EQ(breach(), std::nullopt);
}

}  // namespace
}  // namespace wavetank::sim
