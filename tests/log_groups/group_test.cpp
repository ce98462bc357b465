// The state machine of a consumer group, without broker or network.

#include "engine/log/groups/group.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace wavetank::log::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

/// A group and those who talk to it; node n is member "n".
class GroupTest : public testing::Test {
 protected:
  GroupTest() { config.initial_rebalance_delay = seconds(3); }

  void wait(Duration span) {
    now = now + span;
    GroupEffects effects;
    group.serve(now, effects);
    take(effects);
  }
  /// Somebody new came during the first delay, nobody during the second.
  void end_initial_delay() {
    wait(config.initial_rebalance_delay);
    wait(config.initial_rebalance_delay);
  }
  /// Sends a join; `id` empty: none is known yet.
  void join(std::uint32_t node, const std::string& id, const std::string& instance = "",
            const std::string& metadata = "wants") {
    JoinGroupRequest request;
    request.group = "g";
    request.session_timeout = seconds(10);
    request.rebalance_timeout = seconds(60);
    request.identity = {id, instance};
    request.protocols =
        protocols.empty() ? std::vector<GroupProtocol>{{"range", metadata}} : protocols;
    GroupEffects effects;
    group.join(request, {NodeId(node), 0}, "id" + std::to_string(node) + suffix, now, effects);
    take(effects);
  }
  /// A new dynamic member: asks for its id, then joins with it.
  void enter(std::uint32_t node) {
    join(node, "");
    EXPECT_EQ(joined[node].error, ErrorCode::member_id_required);
    join(node, joined[node].member);
  }
  void sync(std::uint32_t node, const std::map<std::string, std::string>& shares = {}) {
    SyncGroupRequest request;
    request.generation = group.generation();
    request.identity = identity(node);
    for (const auto& [member, share] : shares) {
      request.assignments.push_back({member, share});
    }
    GroupEffects effects;
    group.sync(request, {NodeId(node), 0}, now, effects);
    take(effects);
  }
  ErrorCode beat(std::uint32_t node, Generation generation) {
    return group.heartbeat({"g", generation, identity(node)}, now);
  }
  ErrorCode beat(std::uint32_t node) { return beat(node, group.generation()); }
  ErrorCode commit(std::uint32_t node, Generation generation) {
    return group.may_commit({"g", generation, identity(node), {}}, now);
  }
  void store(ErrorCode error = ErrorCode::none) {
    ASSERT_TRUE(std::exchange(to_store, false));
    GroupEffects effects;
    group.stored(group.generation(), error, now, effects);
    take(effects);
  }
  MemberIdentity identity(std::uint32_t node) {
    return {"id" + std::to_string(node) + suffix_of[node], instance_of[node]};
  }
  /// Members 1 and 2, stable, 1 leads.
  void settle_two() {
    enter(1);
    enter(2);
    end_initial_delay();
    sync(1, {{"id1", "first"}, {"id2", "second"}});
    sync(2);
    store();
    ASSERT_EQ(group.state(), GroupState::stable);
    joined.clear();
    synced.clear();
  }
  void take(GroupEffects& effects) {
    for (auto& [asker, response] : effects.joins) {
      joined[asker.node.value()] = response;
    }
    for (auto& [asker, response] : effects.syncs) {
      synced[asker.node.value()] = response;
    }
    to_store |= effects.store;
    expired.insert(expired.end(), effects.expired.begin(), effects.expired.end());
  }

  GroupConfig config;
  Group group{config};
  Time now = Time() + seconds(100);
  std::string suffix;  ///< of the ids given out
  std::map<std::uint32_t, std::string> suffix_of;
  std::map<std::uint32_t, std::string> instance_of;
  std::vector<GroupProtocol> protocols;
  std::map<std::uint32_t, JoinGroupResponse> joined;
  std::map<std::uint32_t, SyncGroupResponse> synced;
  std::vector<std::string> expired;
  bool to_store = false;
};

TEST_F(GroupTest, GivesANewMemberItsIdBeforeItJoins) {
  join(1, "");
  EXPECT_EQ(joined[1].error, ErrorCode::member_id_required);
  EXPECT_EQ(joined[1].member, "id1");
  EXPECT_EQ(group.size(), 0U);
  EXPECT_EQ(group.state(), GroupState::empty);
  wait(seconds(10));
  EXPECT_TRUE(group.deserted()) << "an id that nobody uses is forgotten after a session";
}

TEST_F(GroupTest, WaitsTheInitialDelayAgainWhileMembersCome) {
  enter(1);
  wait(seconds(2));
  enter(2);
  joined.clear();
  wait(seconds(1));
  EXPECT_THAT(joined, IsEmpty()) << "somebody new came in the first delay";
  wait(seconds(3));
  ASSERT_THAT(joined, SizeIs(2));
  EXPECT_EQ(joined[1].generation, Generation(1));
  EXPECT_EQ(joined[1].leader, "id1");
  EXPECT_THAT(joined[1].members, SizeIs(2));
  EXPECT_THAT(joined[2].members, IsEmpty()) << "only the leader needs to know";
  EXPECT_EQ(group.state(), GroupState::completing_rebalance);
}

TEST_F(GroupTest, HandsAssignmentsOutOnceTheyAreStored) {
  enter(1);
  enter(2);
  end_initial_delay();
  sync(2);
  sync(1, {{"id1", "first"}, {"id2", "second"}});
  EXPECT_THAT(synced, IsEmpty());
  store();
  EXPECT_EQ(synced[1].assignment, "first");
  EXPECT_EQ(synced[2].assignment, "second");
  EXPECT_EQ(group.state(), GroupState::stable);
}

TEST_F(GroupTest, RebalancesAgainIfTheAssignmentCannotBeStored) {
  enter(1);
  wait(seconds(3));
  sync(1, {{"id1", "all"}});
  store(ErrorCode::not_enough_replicas);
  EXPECT_EQ(synced[1].error, ErrorCode::not_enough_replicas);
  EXPECT_EQ(group.state(), GroupState::preparing_rebalance);
}

TEST_F(GroupTest, AsksMembersToRejoinWhenOneComes) {
  settle_two();
  enter(3);
  EXPECT_EQ(beat(1), ErrorCode::rebalance_in_progress);
  join(1, "id1");
  EXPECT_EQ(group.state(), GroupState::preparing_rebalance) << "2 is still to come";
  join(2, "id2");
  EXPECT_EQ(group.generation(), Generation(2));
  EXPECT_EQ(joined[3].generation, Generation(2));
}

TEST_F(GroupTest, RemovesWhoHasNotRejoinedInTime) {
  settle_two();
  enter(3);
  join(1, "id1");
  for (int i = 0; i < 12; ++i) {
    wait(seconds(5));
    beat(2);  // it lives, but does not come
  }
  EXPECT_EQ(group.generation(), Generation(2));
  EXPECT_EQ(group.size(), 2U);
  EXPECT_EQ(beat(2), ErrorCode::unknown_member_id);
}

TEST_F(GroupTest, RemovesAMemberWhoseSessionEnds) {
  settle_two();
  wait(seconds(6));
  EXPECT_EQ(beat(1), ErrorCode::none);
  wait(seconds(5));
  EXPECT_THAT(expired, ElementsAre("id2"));
  EXPECT_EQ(beat(1), ErrorCode::rebalance_in_progress);
  join(1, "id1");
  EXPECT_EQ(joined[1].generation, Generation(2));
  EXPECT_EQ(group.size(), 1U);
}

TEST_F(GroupTest, NextDeadlineIsTheFirstSessionToEnd) {
  settle_two();
  const Time joined_at = now;
  wait(seconds(4));
  beat(2);
  EXPECT_EQ(group.next_deadline(), joined_at + seconds(10));
}

TEST_F(GroupTest, RefusesThoseOfAnotherGenerationAndThoseItDoesNotKnow) {
  settle_two();
  EXPECT_EQ(beat(1, Generation(0)), ErrorCode::illegal_generation);
  EXPECT_EQ(beat(9), ErrorCode::unknown_member_id);
  EXPECT_EQ(commit(1, Generation(0)), ErrorCode::illegal_generation);
  EXPECT_EQ(commit(9, group.generation()), ErrorCode::unknown_member_id);
  EXPECT_EQ(commit(1, group.generation()), ErrorCode::none);
  EXPECT_EQ(group.may_commit({"g", kNoGeneration, {}, {}}, now), ErrorCode::unknown_member_id)
      << "while it has members, only they commit";
  join(9, "id9");
  EXPECT_EQ(joined[9].error, ErrorCode::unknown_member_id);
}

TEST_F(GroupTest, TakesCommitsWhileItPreparesButNotWhileItCompletes) {
  settle_two();
  enter(3);
  EXPECT_EQ(commit(1, group.generation()), ErrorCode::none) << "before it gives its share up";
  join(1, "id1");
  join(2, "id2");
  EXPECT_EQ(commit(1, group.generation()), ErrorCode::rebalance_in_progress);
}

TEST_F(GroupTest, RebalancesWhenAMemberLeavesAndIsEmptyAfterTheLast) {
  settle_two();
  GroupEffects effects;
  EXPECT_EQ(group.leave(identity(1), now, effects), ErrorCode::none);
  EXPECT_EQ(beat(2), ErrorCode::rebalance_in_progress);
  join(2, "id2");
  EXPECT_EQ(joined[2].leader, "id2") << "the leader has left";
  EXPECT_EQ(group.leave(identity(2), now, effects), ErrorCode::none);
  EXPECT_EQ(group.state(), GroupState::empty);
  EXPECT_EQ(group.generation(), Generation(3));
  EXPECT_EQ(group.leave(identity(2), now, effects), ErrorCode::unknown_member_id);
  EXPECT_EQ(group.may_commit({"g", kNoGeneration, {}, {}}, now), ErrorCode::none);
}

TEST_F(GroupTest, AnswersALostJoinAgainWithoutARebalance) {
  settle_two();
  join(2, "id2");
  EXPECT_EQ(joined[2].error, ErrorCode::none);
  EXPECT_EQ(joined[2].generation, Generation(1));
  EXPECT_EQ(group.state(), GroupState::stable);
  join(1, "id1");  // the leader asks for a new assignment
  EXPECT_EQ(group.state(), GroupState::preparing_rebalance);
}

TEST_F(GroupTest, RebalancesWhenAMemberSaysSomethingElse) {
  settle_two();
  join(2, "id2", "", "holds less");
  EXPECT_EQ(group.state(), GroupState::preparing_rebalance);
}

TEST_F(GroupTest, RemovesWhoDoesNotAskForItsAssignment) {
  enter(1);
  enter(2);
  end_initial_delay();
  sync(2);
  for (int i = 0; i < 12; ++i) {
    wait(seconds(5));
    beat(1);  // the leader lives, but never says who gets what
  }
  EXPECT_EQ(synced[2].error, ErrorCode::rebalance_in_progress);
  join(2, "id2");
  EXPECT_EQ(joined[2].leader, "id2");
  EXPECT_EQ(group.size(), 1U);
}

TEST_F(GroupTest, ChoosesTheProtocolThatMostPreferAmongThoseAllKnow) {
  protocols = {{"a", ""}, {"b", ""}};
  enter(1);
  protocols = {{"c", ""}, {"b", ""}, {"a", ""}};
  enter(2);
  enter(3);
  end_initial_delay();
  EXPECT_EQ(joined[1].protocol, "b");
  protocols = {{"c", ""}};
  join(4, "");
  EXPECT_EQ(joined[4].error, ErrorCode::inconsistent_group_protocol);
}

TEST_F(GroupTest, HasRoomForSoManyMembers) {
  config.max_size = 2;
  enter(1);
  enter(2);
  join(3, "");
  EXPECT_EQ(joined[3].error, ErrorCode::group_max_size_reached);
}

// --- static members ------------------------------------------------------------------------------

class StaticMembers : public GroupTest {
 protected:
  StaticMembers() {
    instance_of = {{1, "one"}, {2, "two"}};
    join(1, "", "one");
    join(2, "", "two");
    end_initial_delay();
    sync(1, {{"id1", "first"}, {"id2", "second"}});
    sync(2);
    store();
    joined.clear();
    synced.clear();
  }
  /// The process of this instance starts anew.
  void restart(std::uint32_t node) {
    suffix = suffix_of[node] = "'";
    join(node, "", instance_of[node]);
  }
};

TEST_F(StaticMembers, ComeBackWithoutARebalance) {
  restart(2);
  EXPECT_THAT(joined, IsEmpty()) << "not before the new member id is stored";
  store();
  EXPECT_EQ(joined[2].error, ErrorCode::none);
  EXPECT_EQ(joined[2].generation, Generation(1));
  EXPECT_EQ(joined[2].member, "id2'");
  sync(2);
  EXPECT_EQ(synced[2].assignment, "second");
  EXPECT_EQ(group.state(), GroupState::stable);
  EXPECT_EQ(beat(1), ErrorCode::none);
}

TEST_F(StaticMembers, ComeBackAsLeadersThatNeedNotAssign) {
  restart(1);
  store();
  EXPECT_EQ(joined[1].leader, "id1'");
  EXPECT_TRUE(joined[1].skip_assignment);
  EXPECT_THAT(joined[1].members, SizeIs(2));
}

TEST_F(StaticMembers, FenceThePredecessor) {
  restart(2);
  store();
  const MemberIdentity old{"id2", "two"};
  EXPECT_EQ(group.heartbeat({"g", group.generation(), old}, now), ErrorCode::fenced_instance_id);
  EXPECT_EQ(group.may_commit({"g", group.generation(), old, {}}, now),
            ErrorCode::fenced_instance_id);
  EXPECT_EQ(beat(2), ErrorCode::none);
}

TEST_F(StaticMembers, KeepTheirPlaceInARebalanceForTheirSession) {
  for (int i = 0; i < 2; ++i) {
    wait(seconds(4));
    beat(1);
  }
  join(1, "id1", "one");  // the leader asks anew; 2 is away
  wait(seconds(2));
  EXPECT_THAT(expired, ElementsAre("id2"));
  EXPECT_EQ(joined[1].generation, Generation(2));
}

// --- from one coordinator to the next ------------------------------------------------------------

TEST_F(GroupTest, IsTheSameWhereItIsRestored) {
  settle_two();
  const GroupMetadata stored = group.metadata();
  group = Group(config);
  group.restore(stored, now);
  EXPECT_EQ(group.state(), GroupState::stable);
  EXPECT_EQ(beat(1, Generation(1)), ErrorCode::none);
  sync(2);
  EXPECT_EQ(synced[2].assignment, "second");
  wait(seconds(10));
  EXPECT_THAT(expired, ElementsAre("id1", "id2")) << "they get a session's time to show up";
  EXPECT_EQ(group.state(), GroupState::empty);
}

TEST_F(GroupTest, TellsThoseWhoWaitWhenItsCoordinatorIsAnother) {
  enter(1);
  GroupEffects effects;
  group.close(effects);
  take(effects);
  EXPECT_EQ(joined[1].error, ErrorCode::not_coordinator);
  EXPECT_EQ(group.state(), GroupState::dead);
}

TEST_F(GroupTest, IsNotWokenAgainByAWaitThatHasEnded) {
  settle_two();
  for (int i = 0; i < 20; ++i) {
    ASSERT_GT(group.next_deadline(), now);
    beat(1);
    beat(2);
    wait(seconds(5));  // beyond the rebalance timeout, within the sessions
  }
  EXPECT_EQ(group.state(), GroupState::stable);
}

TEST_F(GroupTest, LosesWhoNeverAskedForItsAssignmentThoughTheOthersHaveTheirs) {
  enter(1);
  enter(2);
  end_initial_delay();
  sync(1, {{"id1", "first"}, {"id2", "second"}});
  store();
  ASSERT_EQ(group.state(), GroupState::stable);
  for (int i = 0; i < 12; ++i) {
    beat(1);
    beat(2);
    wait(seconds(5));
  }
  EXPECT_EQ(group.state(), GroupState::preparing_rebalance);
  EXPECT_EQ(beat(2), ErrorCode::unknown_member_id);
}

}  // namespace
}  // namespace wavetank::log::test
