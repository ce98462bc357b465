// What brokers and controllers say of themselves to who looks.

#include <gmock/gmock.h>

#include "tests/log_roles/cluster.h"
#include "tests/support/described.h"

namespace wavetank::log::test {
namespace {

using wavetank::test::described;
using wavetank::test::rows;
using wavetank::test::said;

port::Description of_broker(Cluster& cluster, NodeId broker) {
  return described(cluster.host.role<Broker>(broker));
}

TEST(BrokerDescription, LeaderShowsHowFarEachFollowerIsBehind) {
  Cluster cluster;
  cluster.produce(kP0, "a");
  cluster.run(seconds(2));
  cluster.host.cut_both(kFirst, kThird);
  cluster.send(kFirst, kP0, {"b", "c"}, Acks::leader);
  cluster.run(seconds(2));
  const port::Description it = of_broker(cluster, kFirst);
  EXPECT_EQ(said(it, "partitions/orders-0/role"), "leader");
  EXPECT_EQ(said(it, "partitions/orders-0/log end"), "3");
  EXPECT_EQ(said(it, "partitions/orders-0/high watermark"), "1") << "the third does not have it";
  ASSERT_EQ(rows(it, "partitions/orders-0/followers"), 2U);
  EXPECT_EQ(said(it, "partitions/orders-0/followers/#0/broker"),
            "node " + std::to_string(kSecond.value()));
  EXPECT_EQ(said(it, "partitions/orders-0/followers/#0/behind"), "0");
  EXPECT_EQ(said(it, "partitions/orders-0/followers/#1/behind"), "2");
  EXPECT_EQ(said(it, "partitions/orders-0/followers/#1/fetched to"), "1");
  EXPECT_EQ(said(it, "partitions/orders-0/followers/#1/in sync"), "yes") << "not for long";
}

TEST(BrokerDescription, FollowerNamesItsLeaderAndHasNoFollowers) {
  Cluster cluster;
  cluster.produce(kP0, "a");
  cluster.run(seconds(2));
  const port::Description it = of_broker(cluster, kSecond);
  EXPECT_EQ(said(it, "partitions/orders-0/role"), "follower");
  EXPECT_EQ(said(it, "partitions/orders-0/leader"), "node " + std::to_string(kFirst.value()));
  EXPECT_EQ(said(it, "partitions/orders-0/high watermark"), "1");
  EXPECT_EQ(rows(it, "partitions/orders-0/followers"), 0U);
  EXPECT_GE(rows(it, "fetchers"), 1U);
}

TEST(BrokerDescription, ShowsTheProducesThatWaitForReplicas) {
  Cluster cluster;
  EXPECT_EQ(rows(of_broker(cluster, kFirst), "produces that wait"), 0U);
  cluster.host.cut_both(kFirst, kThird);
  cluster.send(kFirst, kP0, {"a"});
  cluster.run(seconds(2));
  const port::Description it = of_broker(cluster, kFirst);
  ASSERT_EQ(rows(it, "produces that wait"), 1U);
  EXPECT_EQ(said(it, "produces that wait/#0/from"), "node " + std::to_string(kClient.value()));
  EXPECT_EQ(said(it, "produces that wait/#0/undecided"), "1");
}

TEST(BrokerDescription, ShowsWhatGroupsHaveCommitted) {
  Cluster cluster;
  cluster.produce(kP0, "a");
  ErrorCode answered = ErrorCode::not_coordinator;
  NodeId coordinator = kNoNode;
  for (const NodeId broker : {kFirst, kSecond, kThird}) {
    if (answered != ErrorCode::none) {
      answered = cluster.commit(broker, "readers", kP0, Offset(1));
      coordinator = broker;
    }
  }
  ASSERT_EQ(answered, ErrorCode::none);
  const port::Description it = of_broker(cluster, coordinator);
  EXPECT_EQ(said(it, "group coordinator/groups/readers/committed/orders-0/offset"), "1");
  EXPECT_EQ(said(it, "group coordinator/groups/readers/members"), "0");
}

TEST(BrokerDescription, ShowsAnInSyncSetThatIsAskedFor) {
  Cluster cluster;
  cluster.host.cut_both(kFirst, kThird);
  cluster.host.cut_both(kFirst, kController);
  cluster.send(kFirst, kP0, {"a"}, Acks::leader);
  EXPECT_TRUE(cluster.host.run_until(
      [&] {
        return said(of_broker(cluster, kFirst), "partitions/orders-0/in sync asked for") !=
               "(not said)";
      },
      seconds(60)));
  const port::Description it = of_broker(cluster, kFirst);
  EXPECT_EQ(said(it, "partitions/orders-0/in sync asked for"),
            std::to_string(kFirst.value()) + " " + std::to_string(kSecond.value()));
  EXPECT_EQ(said(it, "changes of in-sync sets/in flight"), "1");
}

TEST(ControllerDescription, ShowsWhoIsFencedAndWhoLeads) {
  Cluster cluster;
  cluster.produce(kP0, "a");
  cluster.host.kill(kFirst);
  cluster.await_leader(kP0, kSecond);
  const port::Description it = described(cluster.host.role<Controller>(kController));
  EXPECT_EQ(said(it, "quorum/standing"), "leader");
  EXPECT_EQ(said(it, "brokers/#0/state"), "fenced");
  EXPECT_EQ(said(it, "brokers/#1/state"), "alive");
  EXPECT_EQ(said(it, "partitions/orders-0/leader"), "node " + std::to_string(kSecond.value()));
  EXPECT_EQ(said(it, "partitions/orders-0/leader epoch"), "1");
  EXPECT_EQ(rows(it, "broker sessions"), 3U);
}

TEST(ControllerDescription, OfAnEnsembleIsPartOfItsBroker) {
  ClusterSpec spec;
  spec.ensemble = true;
  Cluster cluster(spec);
  cluster.await_leader(kP0, kFirst);
  const NodeId controller = cluster.await_controller();
  const port::Description it = of_broker(cluster, controller);
  EXPECT_EQ(said(it, "controller/active"), "yes");
  EXPECT_EQ(rows(it, "controller/registered in the ensemble"), 3U);
  EXPECT_EQ(said(it, "registration/ensemble session/state"), "connected");
  const NodeId other = controller == kFirst ? kSecond : kFirst;
  EXPECT_EQ(said(of_broker(cluster, other), "controller/active"), "(not said)");
  EXPECT_EQ(said(of_broker(cluster, other), "registration/controller"),
            "node " + std::to_string(controller.value()));
}

}  // namespace
}  // namespace wavetank::log::test
