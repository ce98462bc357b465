// Who asks for what cannot be gets the protocol's own error, and observers see each of them.

#include "tests/log_roles/cluster.h"

namespace wavetank::log::test {
namespace {

class Refusals : public testing::Test {
 protected:
  explicit Refusals(ClusterSpec spec = {}) : cluster(std::move(spec)) {}

  /// Sends it as `from`, who may be one of the cluster.
  template <class Request>
  void tell(NodeId from, NodeId to, const Request& request) {
    cluster.host.ports(from).send(to, port::Lane::request, encode(request, 4711));
    cluster.run(milliseconds(20));
  }
  int seen(ErrorCode error) { return cluster.probe.refusals[error]; }

  Cluster cluster;
};

// --- what clients ask

TEST_F(Refusals, OfABatchThatIsTooLarge) {
  cluster.produce(kP0, std::string(2 << 20, '.'));
  EXPECT_EQ(seen(ErrorCode::message_too_large), 1);
}

TEST_F(Refusals, OfABatchWhoseChecksumIsWrong) {
  const Bytes good = batch_of({"a"});
  std::vector<std::uint8_t> bytes(good.view().begin(), good.view().end());
  bytes.back() ^= 1;
  ProduceRequest request;
  request.partitions.push_back({kP0, Bytes::copy_of(ByteView(bytes))});
  tell(kClient, kFirst, request);
  EXPECT_EQ(seen(ErrorCode::corrupt_message), 1);
}

TEST_F(Refusals, OfALeaderEpochThatIsNotKnown) {
  Session(cluster, kFirst).from(kP0, Offset(0), LeaderEpoch(9)).fetch();
  EXPECT_EQ(seen(ErrorCode::unknown_leader_epoch), 1);
}

TEST_F(Refusals, OfAnOffsetThatIsNotThere) {
  Session(cluster, kFirst).from(kP0, Offset(1)).fetch();
  EXPECT_EQ(seen(ErrorCode::offset_out_of_range), 1);
}

TEST_F(Refusals, OfAFetchSessionThatIsNotKnown) {
  Session session(cluster, kFirst);
  session.request.session = 12345;
  session.request.session_epoch = 1;
  session.fetch();
  EXPECT_EQ(seen(ErrorCode::fetch_session_unknown), 1);
}

TEST_F(Refusals, OfAMemberThatIsNotKnown) {
  HeartbeatRequest request;
  request.group = "readers";
  request.identity.member = "nobody";
  for (const NodeId broker : {kFirst, kSecond, kThird}) {  // one of them coordinates the group
    tell(kClient, broker, request);
  }
  EXPECT_EQ(seen(ErrorCode::unknown_member_id), 1);
  EXPECT_EQ(seen(ErrorCode::not_coordinator), 2);
}

TEST_F(Refusals, OfAMarkerFromBeforeTheLastElection) {
  WriteTxnMarkersRequest request;
  request.markers.emplace_back().leader_epoch = LeaderEpoch(-1);
  tell(kClient, kFirst, request);
  EXPECT_EQ(seen(ErrorCode::fenced_leader_epoch), 1);
}

// --- what brokers ask of their controller

TEST_F(Refusals, OfABrokerWhoseSessionHasExpired) {
  cluster.host.cut_both(kThird, kController);
  cluster.await_in_sync(kP0, 2);
  EXPECT_EQ(seen(ErrorCode::stale_broker_epoch), 0);
  cluster.host.heal_all();
  cluster.await_in_sync(kP0, 3);
  EXPECT_EQ(seen(ErrorCode::stale_broker_epoch), 1) << "its next heartbeat";
}

TEST_F(Refusals, OfAnInSyncSetThatAnEarlierProcessWants) {
  AlterPartitionRequest request;
  request.broker_epoch = BrokerEpoch(99);
  tell(kFirst, kController, request);
  EXPECT_EQ(seen(ErrorCode::stale_broker_epoch), 1);
}

TEST_F(Refusals, OfAnInSyncSetThatAnEarlierLeaderWants) {
  AlterPartitionRequest request;
  request.broker_epoch = cluster.probe.registered.at(0).second;
  request.partitions.emplace_back().leader_epoch = LeaderEpoch(-1);
  request.partitions.emplace_back().leader_epoch = LeaderEpoch(1);
  tell(cluster.probe.registered.at(0).first, kController, request);
  EXPECT_EQ(seen(ErrorCode::fenced_leader_epoch), 1);
  EXPECT_EQ(seen(ErrorCode::unknown_leader_epoch), 1);
}

TEST_F(Refusals, OfAMoveThatCannotBe) {
  AlterPartitionReassignmentsRequest request;
  request.partitions.push_back({kP0, {kFirst, kFirst}});
  tell(kClient, kController, request);
  EXPECT_EQ(seen(ErrorCode::invalid_replica_assignment), 1);
}

class RefusalsOfAQuorum : public Refusals {
 protected:
  static ClusterSpec three_controllers() {
    ClusterSpec spec;
    spec.controllers = 3;
    spec.start = false;
    return spec;
  }
  RefusalsOfAQuorum() : Refusals(three_controllers()) {
    cluster.host.start_all();
    cluster.await_controller();
    cluster.run(seconds(15));
  }
};

TEST_F(RefusalsOfAQuorum, ToWhoAsksAControllerThatIsNotActive) {
  const int before = seen(ErrorCode::not_controller);
  AlterPartitionRequest request;
  request.broker_epoch = BrokerEpoch(99);
  for (const NodeId controller : kControllers) {
    tell(kFirst, controller, request);
  }
  EXPECT_EQ(seen(ErrorCode::not_controller) - before, 2);
  EXPECT_EQ(seen(ErrorCode::stale_broker_epoch), 1) << "of the active one; all three apply it";
}

class RefusalsUponAnEnsemble : public Refusals {
 protected:
  static ClusterSpec ensemble() {
    ClusterSpec spec;
    spec.ensemble = true;
    spec.start = false;
    return spec;
  }
  RefusalsUponAnEnsemble() : Refusals(ensemble()) {
    cluster.host.start_all();
    controller = cluster.await_controller();
    cluster.await_in_sync(kP0, 3);
  }
  NodeId controller;
};

TEST_F(RefusalsUponAnEnsemble, OfAControllerThatAnotherHasSucceeded) {
  UpdateClusterRequest request;
  request.controller_epoch = ControllerEpoch(0);
  tell(kClient, kFirst, request);
  EXPECT_EQ(seen(ErrorCode::stale_controller_epoch), 1);
}

TEST_F(RefusalsUponAnEnsemble, OfWhatIsMeantForAnEarlierProcess) {
  const int before = seen(ErrorCode::stale_broker_epoch);
  UpdateClusterRequest request;
  request.controller_epoch = ControllerEpoch(1);
  request.broker_epoch = BrokerEpoch(0);
  tell(kClient, kFirst, request);
  EXPECT_EQ(seen(ErrorCode::stale_broker_epoch) - before, 1);
}

TEST_F(RefusalsUponAnEnsemble, ToWhoTakesAnotherBrokerForTheController) {
  const int before = seen(ErrorCode::not_controller);
  tell(controller, controller == kFirst ? kSecond : kFirst, AlterPartitionRequest{});
  EXPECT_EQ(seen(ErrorCode::not_controller) - before, 1);
}

TEST_F(RefusalsUponAnEnsemble, OfAnInSyncSetThatAnEarlierProcessWants) {
  const int before = seen(ErrorCode::stale_broker_epoch);
  AlterPartitionRequest request;
  request.broker_epoch = BrokerEpoch(-7);
  tell(controller == kFirst ? kSecond : kFirst, controller, request);
  cluster.run(seconds(1));
  EXPECT_EQ(seen(ErrorCode::stale_broker_epoch) - before, 1);
}

}  // namespace
}  // namespace wavetank::log::test
