// Three controllers: one is active, and the cluster outlives the loss of any one of them.

#include <gmock/gmock.h>

#include "engine/log/controller/metadata_command.h"
#include "tests/log_roles/cluster.h"

namespace wavetank::log::test {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

ClusterSpec three_controllers() {
  ClusterSpec spec;
  spec.controllers = 3;
  spec.start = false;
  return spec;
}

class ControllerQuorum : public testing::Test {
 protected:
  explicit ControllerQuorum(ClusterSpec spec = three_controllers()) : cluster(std::move(spec)) {
    cluster.host.start_all();
    cluster.await_controller();
    cluster.run(seconds(15));
  }
  NodeId another(NodeId controller) {
    return controller == kControllers[0] ? kControllers[1] : kControllers[0];
  }

  Cluster cluster;
};

TEST_F(ControllerQuorum, BrokersFindTheActiveOne) {
  EXPECT_THAT(cluster.probe.registered, SizeIs(3));
  EXPECT_THAT(cluster.in_sync(kP0), SizeIs(3));
  EXPECT_EQ(cluster.produce(kP0, "a").error, ErrorCode::none);
}

TEST_F(ControllerQuorum, WhoIsNotActiveSaysWhoIs) {
  const NodeId active = cluster.active_controller();
  ErrorCode error = ErrorCode::none;
  NodeId hint = kNoNode;
  cluster.host.on_delivery = [&](NodeId, NodeId, port::Lane lane, const port::Message& message) {
    const auto answer = log::decode<BrokerHeartbeatResponse>(message);
    if (lane == port::Lane::response && answer && answer->error != ErrorCode::none) {
      error = answer->error;
      hint = answer->controller;
    }
  };
  cluster.host.ports(kFirst).send(another(active), port::Lane::request,
                                  encode(BrokerHeartbeatRequest{}, 1));
  cluster.run(milliseconds(10));
  EXPECT_EQ(error, ErrorCode::not_controller);
  EXPECT_EQ(hint, active);
}

TEST_F(ControllerQuorum, TheClusterOutlivesItsActiveController) {
  const NodeId first = cluster.active_controller();
  cluster.host.crash(first);
  EXPECT_EQ(cluster.produce(kP0, "a").error, ErrorCode::none);
  EXPECT_NE(cluster.await_controller(), first);
  cluster.run(seconds(30));
  EXPECT_THAT(cluster.probe.fenced, IsEmpty()) << "everybody gets a fresh session";
  EXPECT_THAT(cluster.probe.registered, SizeIs(3)) << "and keeps the epoch it had";
  cluster.host.crash(kFirst);
  cluster.await_leader(kP0, kSecond);
  EXPECT_EQ(cluster.produce(kP0, "b").error, ErrorCode::none);
  EXPECT_THAT(cluster.stored(kSecond, kP0), ElementsAre("a", "b"));
}

TEST_F(ControllerQuorum, ABrokerThatDiesWithTheControllerIsDetectedByTheNext) {
  cluster.host.crash(cluster.active_controller());
  cluster.host.crash(kFirst);
  cluster.await_leader(kP0, kSecond);
  EXPECT_THAT(cluster.probe.fenced, ElementsAre(kFirst));
}

TEST_F(ControllerQuorum, WithoutAMajorityTheLogServesOnButNothingChanges) {
  cluster.host.crash(cluster.active_controller());
  cluster.host.crash(cluster.await_controller());
  cluster.run(seconds(30));
  EXPECT_EQ(cluster.active_controller(), kNoNode);
  EXPECT_EQ(cluster.produce(kP0, "a").error, ErrorCode::none);
  cluster.host.crash(kFirst);
  cluster.run(seconds(60));
  EXPECT_EQ(cluster.leader(kP0), kNoNode) << "nobody elects";
  EXPECT_THAT(cluster.probe.fenced, IsEmpty());
  for (const NodeId controller : kControllers) {
    if (!cluster.host.running(controller)) {
      cluster.host.restart(controller);
      break;
    }
  }
  cluster.await_leader(kP0, kSecond);
  EXPECT_THAT(cluster.stored(kSecond, kP0), ElementsAre("a"));
}

TEST_F(ControllerQuorum, AnActiveControllerThatIsCutOffStopsDeciding) {
  const NodeId old = cluster.active_controller();
  cluster.host.cut_both(old, another(old));
  for (const NodeId other : kControllers) {
    if (other != old) {
      cluster.host.cut_both(old, other);
    }
  }
  EXPECT_TRUE(cluster.host.run_until(
      [&] {
        return !cluster.host.role<Controller>(old).active() &&
               cluster.active_controller() != kNoNode;
      },
      seconds(20)));
  cluster.run(seconds(20));
  EXPECT_THAT(cluster.probe.fenced, IsEmpty()) << "brokers have gone over to the new one";
  cluster.host.kill(kFirst);
  cluster.await_leader(kP0, kSecond);
}

TEST_F(ControllerQuorum, AControllerThatWasAwayCatchesUpBeforeItDecides) {
  const NodeId away = another(cluster.active_controller());
  cluster.host.crash(away);
  cluster.host.kill(kFirst);
  cluster.await_leader(kP0, kSecond);
  cluster.host.restart(away);
  cluster.run(seconds(5));
  for (const NodeId other : kControllers) {
    if (other != away) {
      cluster.host.crash(other);
    }
  }
  cluster.host.restart(another(away));
  cluster.await_controller();
  cluster.host.restart(kFirst);
  cluster.await_in_sync(kP0, 3);
  EXPECT_EQ(cluster.leader(kP0), kSecond) << "it knows who leads";
}

TEST(ControllerSnapshots, TakeThePlaceOfTheMetadataLog) {
  ClusterSpec spec = three_controllers();
  spec.controller.quorum.snapshot_entries = 4;
  spec.controller.quorum.retained_entries = 1;
  Cluster cluster(spec);
  cluster.host.start_all();
  cluster.await_controller();
  cluster.run(seconds(5));
  for (int i = 0; i < 6; ++i) {
    cluster.host.kill(kThird);
    cluster.run(seconds(15));
    cluster.host.restart(kThird);
    cluster.run(seconds(15));
  }
  EXPECT_GT(cluster.host.storage(kController).size_of("raft/snapshot"), 50U);
  for (const NodeId controller : kControllers) {
    cluster.host.kill(controller);
  }
  for (const NodeId controller : kControllers) {
    cluster.host.restart(controller);
  }
  cluster.await_controller();
  cluster.run(seconds(15));
  cluster.host.kill(kFirst);
  cluster.await_leader(kP0, kSecond);
}

TEST(MetadataCommand, IsTheSameAfterEncodingAndDecoding) {
  MetadataCommand command;
  EXPECT_TRUE(command.empty());
  command.fenced = {kFirst, kThird};
  command.requests = {{kSecond, Bytes::copy_of("request")}};
  command.create = true;
  const auto read = MetadataCommand::decode(command.encode());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->fenced, command.fenced);
  ASSERT_THAT(read->requests, SizeIs(1));
  EXPECT_EQ(as_text(read->requests[0].head), "request");
  EXPECT_TRUE(read->create);
  EXPECT_FALSE(read->rebalance);
}

TEST(MetadataCommand, OfAnotherVersionIsPassedOver) {
  const Bytes bytes = MetadataCommand{}.encode();
  EXPECT_FALSE(MetadataCommand::decode(bytes.slice(0, bytes.size() - 1)));
  EXPECT_FALSE(MetadataCommand::decode(Bytes::copy_of("\x02")));
}

}  // namespace
}  // namespace wavetank::log::test
