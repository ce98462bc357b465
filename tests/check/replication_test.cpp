#include "sim/check/replication.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace wavetank::sim {
namespace {

constexpr log::PartitionId kP{0};
constexpr NodeId kLeader{1};
constexpr NodeId kFollower{2};
constexpr NodeId kThird{3};

/// Three replicas, led by the first in epoch 1; all have ten records, none is committed.
class ReplicationTest : public testing::Test {
 protected:
  ReplicationTest() {
    replication.promises(kP, 2);
    replication.elected(kP, log::LeaderEpoch(1));
    in_sync({kLeader, kFollower, kThird});
    replication.became_leader(kLeader, kP, log::LeaderEpoch(1), log::Offset(0));
    for (const NodeId broker : {kLeader, kFollower, kThird}) {
      has(broker, 10);
    }
  }
  void has(NodeId broker, std::int64_t end) { replication.holds(broker, kP, log::Offset(end)); }
  void in_sync(const std::vector<NodeId>& members) {
    replication.in_sync_set(kP, log::LeaderEpoch(1), members);
  }
  void commit(std::int64_t offset) { replication.advanced(kLeader, kP, log::Offset(offset)); }
  reports::Verdict verdict(const std::string& name) const {
    const auto all = replication.reports();
    const auto found = std::ranges::find(all, name, &reports::InvariantReport::name);
    return found == all.end() ? reports::Verdict::unknown : found->verdict;
  }
  reports::Verdict in_sync_holds() const { return verdict("log/in-sync-holds-committed"); }
  reports::Verdict acknowledged() const { return verdict("log/acknowledged-is-replicated"); }

  Replication replication{1};
};

TEST_F(ReplicationTest, LetsAHighWatermarkFollowTheSlowestMember) {
  has(kLeader, 20);
  commit(10);
  in_sync({kLeader, kFollower});
  has(kFollower, 20);
  commit(20);
  EXPECT_EQ(in_sync_holds(), reports::Verdict::pass);
}

TEST_F(ReplicationTest, CatchesAHighWatermarkThatIsAheadOfAMember) {
  has(kLeader, 20);
  has(kFollower, 20);
  commit(20);
  EXPECT_EQ(in_sync_holds(), reports::Verdict::fail);
}

TEST_F(ReplicationTest, CatchesAMemberThatJoinsTooSoon) {
  in_sync({kLeader, kFollower});
  has(kLeader, 20);
  has(kFollower, 20);
  commit(20);
  EXPECT_EQ(in_sync_holds(), reports::Verdict::pass);
  in_sync({kLeader, kFollower, kThird});
  EXPECT_EQ(in_sync_holds(), reports::Verdict::fail);
}

TEST_F(ReplicationTest, CatchesAMemberThatCutsWhatIsCommitted) {
  commit(10);
  replication.truncated(kThird, kP, log::Offset(9));
  EXPECT_EQ(in_sync_holds(), reports::Verdict::fail);
}

TEST_F(ReplicationTest, ForgivesAMemberWhatACrashTookUntilItHasLeftTheSet) {
  commit(10);
  replication.recovered(kThird, kP, log::Offset(3));
  commit(10);
  EXPECT_EQ(in_sync_holds(), reports::Verdict::pass);
  in_sync({kLeader, kFollower});
  in_sync({kLeader, kFollower, kThird});
  EXPECT_EQ(in_sync_holds(), reports::Verdict::fail);
}

TEST_F(ReplicationTest, ForgivesItLongerWhereChangesMayBeUndone) {
  replication.changes_may_be_undone();
  commit(10);
  replication.recovered(kThird, kP, log::Offset(3));
  in_sync({kLeader, kFollower});
  in_sync({kLeader, kFollower, kThird});
  EXPECT_EQ(in_sync_holds(), reports::Verdict::pass);
}

TEST_F(ReplicationTest, DoesNotJudgeWhoLeadsNoMore) {
  replication.elected(kP, log::LeaderEpoch(2));
  has(kLeader, 20);
  commit(20);
  EXPECT_EQ(in_sync_holds(), reports::Verdict::unknown);
}

TEST_F(ReplicationTest, LetsAcknowledgeWhatIsCommittedOnEnoughReplicas) {
  commit(10);
  replication.acknowledged(kP, log::Offset(5), 5);
  EXPECT_EQ(acknowledged(), reports::Verdict::pass);
}

TEST_F(ReplicationTest, CatchesAnAcknowledgementOfWhatIsNotCommitted) {
  commit(9);
  replication.acknowledged(kP, log::Offset(5), 5);
  EXPECT_EQ(acknowledged(), reports::Verdict::fail);
}

TEST_F(ReplicationTest, CatchesAnAcknowledgementOfWhatTooFewHave) {
  in_sync({kLeader});
  has(kLeader, 20);
  commit(20);
  replication.acknowledged(kP, log::Offset(15), 5);
  EXPECT_EQ(in_sync_holds(), reports::Verdict::pass);
  EXPECT_EQ(acknowledged(), reports::Verdict::fail);
}

TEST(Replication, JudgesNoAcknowledgementWhereNothingIsPromised) {
  Replication replication(1);
  replication.acknowledged(kP, log::Offset(5), 5);
  EXPECT_TRUE(replication.reports().empty());
}

}  // namespace
}  // namespace wavetank::sim
