// Coordinators of consumer groups inside real brokers: what their requests get, and what a new
// coordinator knows.

#include <gmock/gmock.h>

#include "engine/log/groups/group_records.h"
#include "tests/log_roles/cluster.h"

namespace wavetank::log::test {
namespace {

/// One member that speaks the protocol by hand, through whichever broker it is told.
class Coordinators : public testing::Test {
 protected:
  Coordinators() : coordinator(find(kThird)) {}

  NodeId find(NodeId asked) {
    FindCoordinatorRequest request;
    request.group = "readers";
    return cluster.await<FindCoordinatorResponse>(cluster.ask(asked, request)).coordinator;
  }
  JoinGroupResponse join(const std::string& id, Duration session = seconds(10),
                         const std::string& group = "readers") {
    JoinGroupRequest request;
    request.group = group;
    request.session_timeout = session;
    request.rebalance_timeout = seconds(60);
    request.identity.member = id;
    request.protocols = {{"range", "wants"}};
    return cluster.await<JoinGroupResponse>(cluster.ask(coordinator, request));
  }
  SyncGroupResponse sync() {
    SyncGroupRequest request{"readers", member.generation, {member.member, ""}, {}};
    request.assignments = {{member.member, "all"}};
    return cluster.await<SyncGroupResponse>(cluster.ask(coordinator, request));
  }
  void enter() {
    member = join(join("").member);
    ASSERT_EQ(member.error, ErrorCode::none);
    ASSERT_EQ(sync().error, ErrorCode::none);
  }
  ErrorCode beat() {
    const HeartbeatRequest request{"readers", member.generation, {member.member, ""}};
    return cluster.await<HeartbeatResponse>(cluster.ask(coordinator, request)).error;
  }
  ErrorCode commit(Generation generation) {
    const OffsetCommitRequest request{
        "readers", generation, {member.member, ""}, {{kP0, Offset(5)}}};
    return cluster.await<OffsetCommitResponse>(cluster.ask(coordinator, request)).error;
  }
  /// Kills the coordinator and finds its successor.
  void move() {
    const NodeId before = coordinator;
    cluster.host.kill(before);
    ASSERT_TRUE(cluster.host.run_until(
        [&] {
          coordinator = find(before == kThird ? kFirst : kThird);
          return coordinator != before && coordinator != kNoNode &&
                 beat() != ErrorCode::coordinator_loading;
        },
        seconds(30)));
  }

  Cluster cluster;
  NodeId coordinator;
  JoinGroupResponse member;
};

TEST_F(Coordinators, TakeAMemberThroughItsLife) {
  enter();
  EXPECT_EQ(member.generation, Generation(1));
  EXPECT_EQ(member.leader, member.member);
  EXPECT_EQ(beat(), ErrorCode::none);
  EXPECT_EQ(commit(Generation(1)), ErrorCode::none);
  EXPECT_EQ(commit(Generation(0)), ErrorCode::illegal_generation);
  const LeaveGroupRequest leave{"readers", {member.member, ""}};
  EXPECT_EQ(cluster.await<LeaveGroupResponse>(cluster.ask(coordinator, leave)).error,
            ErrorCode::none);
  EXPECT_EQ(beat(), ErrorCode::unknown_member_id);
  EXPECT_EQ(cluster.probe.refusals[ErrorCode::illegal_generation], 1);
  EXPECT_EQ(cluster.probe.refusals[ErrorCode::unknown_member_id], 1);
}

TEST_F(Coordinators, EndTheSessionOfASilentMember) {
  enter();
  cluster.run(seconds(9));
  EXPECT_EQ(beat(), ErrorCode::none);
  cluster.run(seconds(11));
  EXPECT_EQ(beat(), ErrorCode::unknown_member_id);
}

TEST_F(Coordinators, KnowTheMembersOfTheirPredecessor) {
  enter();
  EXPECT_EQ(commit(Generation(1)), ErrorCode::none);
  move();
  EXPECT_EQ(beat(), ErrorCode::none) << "the generation goes on where another broker left it";
  EXPECT_EQ(sync().assignment, "all");
  EXPECT_EQ(commit(Generation(1)), ErrorCode::none);
}

TEST_F(Coordinators, EndTheSessionOfAMemberThatTheyHaveNeverSeen) {
  enter();
  move();
  cluster.run(seconds(11));
  EXPECT_EQ(beat(), ErrorCode::unknown_member_id);
}

TEST_F(Coordinators, RefuseWhatIsNoGroupOrNoSession) {
  EXPECT_EQ(join("", seconds(1)).error, ErrorCode::invalid_session_timeout);
  EXPECT_EQ(join("", seconds(4000)).error, ErrorCode::invalid_session_timeout);
  EXPECT_EQ(join("", seconds(10), "").error, ErrorCode::invalid_group_id);
  EXPECT_EQ(join("nobody").error, ErrorCode::unknown_member_id);
  EXPECT_EQ(beat(), ErrorCode::unknown_member_id) << "there is no such group";
}

TEST_F(Coordinators, AreOnlyTheLeadersOfTheGroupsPartition) {
  for (const NodeId other : cluster.topology.brokers) {
    if (other != coordinator) {
      const NodeId right = std::exchange(coordinator, other);
      EXPECT_EQ(join("").error, ErrorCode::not_coordinator);
      EXPECT_EQ(beat(), ErrorCode::not_coordinator);
      coordinator = right;
    }
  }
}

TEST_F(Coordinators, HandNoAssignmentOutThatTheReplicasDoNotHave) {
  member = join(join("").member);
  for (const NodeId other : cluster.topology.brokers) {
    if (other != coordinator) {
      cluster.host.cut_both(coordinator, other);
    }
  }
  EXPECT_EQ(sync().error, ErrorCode::request_timed_out);
  EXPECT_EQ(beat(), ErrorCode::rebalance_in_progress);
}

TEST(GroupRecord, IsReadAsItWasWritten) {
  GroupMetadata metadata{Generation(7), "range", "a", {}};
  metadata.members.push_back({{"a", "first"}, seconds(45), seconds(300), "wants", "gets"});
  metadata.members.push_back({{"b", ""}, seconds(10), seconds(60), "", ""});
  const Bytes bytes = encode_group("g", metadata, 5);
  int read = 0;
  BatchView::parse(bytes)->for_each_record([&](const RecordView& record) {
    const GroupRecord decoded = decode_group_record(record);
    ASSERT_TRUE(std::holds_alternative<GroupMetadataRecord>(decoded));
    const auto& [group, stored] = std::get<GroupMetadataRecord>(decoded);
    EXPECT_EQ(group, "g");
    EXPECT_EQ(stored.generation, Generation(7));
    EXPECT_EQ(stored.protocol, "range");
    EXPECT_EQ(stored.leader, "a");
    ASSERT_EQ(stored.members.size(), 2U);
    EXPECT_EQ(stored.members[0].identity, (MemberIdentity{"a", "first"}));
    EXPECT_EQ(stored.members[0].assignment, "gets");
    EXPECT_EQ(stored.members[1].rebalance_timeout, seconds(60));
    ++read;
  });
  EXPECT_EQ(read, 1);
}

}  // namespace
}  // namespace wavetank::log::test
