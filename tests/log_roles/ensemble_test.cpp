// The log upon a coordination ensemble: who is registered, who is the controller, and what leaders
// and in-sync sets there are is what the ensemble holds.

#include <gmock/gmock.h>

#include "engine/coordination/client/client.h"
#include "engine/log/ensemble/znodes.h"
#include "tests/log_roles/cluster.h"

namespace wavetank::log::test {
namespace {

using testing::Contains;
using testing::Not;
using testing::SizeIs;

constexpr Duration kSession = seconds(1);
constexpr Duration kLeaveBy = seconds(3);
constexpr NodeId kOperator{40};

/// Somebody with access to the ensemble.
class Operator final : public port::Role, private coordination::ClientUser {
 public:
  void start(port::Now now, port::Ports& ports) override { client_.start({now, ports}); }
  void on_message(port::Now now, NodeId from, port::Lane, const port::Message& message,
                  port::Ports& ports) override {
    client_.on_message({now, ports}, from, message);
  }
  void on_timer(port::Now now, port::TimerId timer, port::Ports& ports) override {
    client_.on_timer({now, ports}, timer);
  }
  void on_reset(port::Now now, NodeId peer, port::Ports& ports) override {
    client_.on_reset({now, ports}, peer);
  }
  void submit(port::Now now, port::Ports& ports, coordination::Operation operation) {
    client_.submit({now, ports}, std::move(operation));
  }
  std::vector<coordination::Response> answers;

 private:
  void session_changed(const coordination::Step&, coordination::SessionState) override {}
  void answered(const coordination::Step&, const coordination::Response& response) override {
    answers.push_back(response);
  }
  void watch_fired(const coordination::Step&, coordination::EventType,
                   const std::string&) override {}

  coordination::Client client_{
      {}, {std::begin(kServers), std::end(kServers)}, port::TimerId(0), *this};
};

class UponEnsemble : public testing::Test {
 protected:
  UponEnsemble() {
    cluster.host.add(kOperator, [] { return std::make_unique<Operator>(); });
    cluster.host.start_all();
    controller = cluster.await_controller();
    EXPECT_TRUE(cluster.host.run_until([&] { return all_are_led(); }, seconds(9)));
    cluster.probe.fenced.clear();  // who had not come when the controller first looked
  }

  bool all_are_led() {
    for (PartitionId p; p.value() < cluster.topology.partition_count(); ++p) {
      if (cluster.leader(p) == kNoNode) {
        return false;
      }
    }
    return true;
  }

  static ClusterSpec spec() {
    ClusterSpec it;
    it.ensemble = true;
    it.controller.session_timeout = kSession;
    it.broker.replica_lag_max = milliseconds(500);
    it.broker.controlled_shutdown_max = kLeaveBy;
    it.start = false;
    return it;
  }

  coordination::OperationResult do_there(coordination::Operation operation) {
    auto& role = cluster.host.role<Operator>(kOperator);
    const std::size_t before = role.answers.size();
    role.submit(cluster.host.clock(), cluster.host.ports(kOperator), std::move(operation));
    EXPECT_TRUE(cluster.host.run_until([&] { return role.answers.size() > before; }, seconds(9)));
    return role.answers.back().results.at(0);
  }
  PartitionState stored_state(PartitionId p) {
    const auto node = do_there(znodes::get(znodes::state(cluster.topology, p)));
    return znodes::decode_state(p, node.data).value_or(PartitionState{});
  }
  /// A broker that is not the controller.
  NodeId plain() const { return controller == kFirst ? kSecond : kFirst; }
  void cut_from_the_other_brokers(NodeId broker) {
    for (const NodeId other : {kFirst, kSecond, kThird}) {
      if (other != broker) {
        cluster.host.cut_both(broker, other);
      }
    }
  }
  void cut_from_the_ensemble(NodeId broker) {
    for (const NodeId server : kServers) {
      cluster.host.cut_both(broker, server);
    }
  }
  PartitionId led_by(NodeId broker) {
    for (PartitionId p; p.value() < cluster.topology.partition_count(); ++p) {
      if (cluster.leader(p) == broker) {
        return p;
      }
    }
    ADD_FAILURE() << "broker " << broker.value() << " leads nothing";
    return kP0;
  }
  bool await_other_leader(PartitionId p, NodeId than, Duration limit = seconds(20)) {
    return cluster.host.run_until(
        [&] {
          const NodeId leader = cluster.leader(p);
          return leader != kNoNode && leader != than;
        },
        limit);
  }

  Cluster cluster{spec()};
  NodeId controller;
};

TEST_F(UponEnsemble, OneBrokerIsTheControllerAndRecordsAreReplicated) {
  EXPECT_EQ(znodes::decode_number(do_there(znodes::get(znodes::kController)).data),
            controller.value());
  EXPECT_EQ(znodes::decode_number(do_there(znodes::get(znodes::kControllerEpoch)).data), 1);
  EXPECT_THAT(do_there(znodes::children(znodes::kBrokerIds, false)).children, SizeIs(3));
  EXPECT_EQ(cluster.produce(kP0, "a").error, ErrorCode::none);
  EXPECT_EQ(stored_state(kP0).leader, cluster.leader(kP0));
  EXPECT_THAT(stored_state(kP0).in_sync, SizeIs(3));
}

TEST_F(UponEnsemble, ABrokerThatIsGoneLosesItsPartitionsWhenItsSessionHasExpired) {
  const NodeId gone = plain();
  const PartitionId p = led_by(gone);
  const Time at = cluster.host.now();
  cluster.host.crash(gone);
  ASSERT_TRUE(await_other_leader(p, gone));
  EXPECT_GE(cluster.host.now() - at, kSession / 2);
  EXPECT_EQ(stored_state(p).leader, cluster.leader(p));
  EXPECT_THAT(stored_state(p).in_sync, Not(Contains(gone)));
  cluster.host.restart(gone);
  cluster.await_in_sync(p, 3);
  EXPECT_THAT(stored_state(p).in_sync, Contains(gone));
}

TEST_F(UponEnsemble, TheNextControllerKnowsWhatTheLastHasDecided) {
  const PartitionId p = led_by(plain());
  const LeaderEpoch before = stored_state(p).leader_epoch;
  cluster.host.crash(controller);
  const PartitionId orphan{0};
  ASSERT_TRUE(cluster.host.run_until(
      [&] {
        const NodeId now = cluster.active_controller();
        return now != kNoNode && now != controller;
      },
      seconds(20)));
  EXPECT_TRUE(await_other_leader(orphan, controller));
  EXPECT_EQ(stored_state(p).leader_epoch, before);
  EXPECT_EQ(znodes::decode_number(do_there(znodes::get(znodes::kControllerEpoch)).data), 2);
}

TEST_F(UponEnsemble, WithoutAQuorumTheLogServesAndNobodyIsElected) {
  const NodeId gone = plain();
  const PartitionId lost = led_by(gone);
  const PartitionId kept = led_by(controller);
  cluster.host.crash(kServers[0]);
  cluster.host.crash(kServers[1]);
  cluster.run(seconds(2));
  cluster.host.crash(gone);
  EXPECT_EQ(cluster.produce(kept, "still", Acks::leader).error, ErrorCode::none);
  EXPECT_FALSE(await_other_leader(lost, gone, 6 * kSession));
  cluster.host.restart(kServers[0]);
  EXPECT_TRUE(await_other_leader(lost, gone));
}

TEST_F(UponEnsemble, BrokersDoNotObeyAnEarlierController) {
  UpdateClusterRequest old;
  old.controller_epoch = ControllerEpoch(0);
  EXPECT_EQ(cluster.await<UpdateClusterResponse>(cluster.ask(kFirst, old)).error,
            ErrorCode::stale_controller_epoch);
}

TEST_F(UponEnsemble, BrokersDoNotTakeWhatIsMeantForAnEarlierProcess) {
  UpdateClusterRequest request;
  request.controller_epoch = ControllerEpoch(1);
  request.broker_epoch = BrokerEpoch(0);
  EXPECT_EQ(cluster.await<UpdateClusterResponse>(cluster.ask(kFirst, request)).error,
            ErrorCode::stale_broker_epoch);
}

TEST_F(UponEnsemble, AControllerWritesNothingUnderAnEpochThatIsOver) {
  const NodeId gone = plain();
  const PartitionId p = led_by(gone);
  // Another has been elected, as far as the ensemble knows; this one has not heard of it.
  do_there(znodes::set(znodes::kControllerEpoch, znodes::encode(7)));
  cluster.host.crash(gone);
  ASSERT_TRUE(await_other_leader(p, gone));
  UpdateClusterRequest of_the_one_before;
  of_the_one_before.controller_epoch = ControllerEpoch(6);
  EXPECT_EQ(cluster.await<UpdateClusterResponse>(cluster.ask(controller, of_the_one_before)).error,
            ErrorCode::stale_controller_epoch)
      << "the leader was elected by a controller that knows its epoch";
}

TEST_F(UponEnsemble, AControllerDoesNotWriteOverWhatAnotherHasWritten) {
  const NodeId gone = plain();
  const PartitionId p = led_by(gone);
  PartitionState other = stored_state(p);
  other.partition_epoch = other.partition_epoch + 40;
  do_there(znodes::set(znodes::state(cluster.topology, p), znodes::encode(other)));
  cluster.host.crash(gone);
  ASSERT_TRUE(await_other_leader(p, gone));
  EXPECT_GT(stored_state(p).partition_epoch, other.partition_epoch) << "it has read again";
}

TEST_F(UponEnsemble, AControllerSeesThatAnotherHasMovedAPartition) {
  const std::string path = znodes::topic(cluster.topology.topics.front());
  auto moved = znodes::decode_assignment(do_there(znodes::get(path)).data).value();
  std::swap(moved[0].all[0], moved[0].all[2]);
  bool told = false;
  cluster.host.on_delivery = [&](NodeId, NodeId, port::Lane, const port::Message& message) {
    const auto update = log::decode<UpdateClusterRequest>(message);
    told |= update &&
            std::ranges::any_of(update->metadata.partitions, [&](const PartitionState& state) {
              return state.partition == kP0 && state.replicas == moved[0].all;
            });
  };
  do_there(znodes::set(path, znodes::encode(moved)));
  EXPECT_TRUE(cluster.host.run_until([&] { return told; }, seconds(9))) << "it has read again";
  const NodeId gone = plain();
  const PartitionId p = led_by(gone);
  cluster.host.crash(gone);
  EXPECT_TRUE(await_other_leader(p, gone)) << "brokers hear of what it decides later";
}

TEST_F(UponEnsemble, AControllerWatchesTopicsWithTheReadOrByARequestOfItsOwn) {
  const auto watches_asked_for = [](TopicWatch how) {
    ClusterSpec it = spec();
    it.controller.topic_watch = how;
    it.topics = {{"orders", 2, 3, 2}, {"events", 2, 3, 2}, {std::string(kOffsetsTopic), 2, 3, 2}};
    Cluster few(it);
    int apart = 0;
    few.host.on_delivery = [&](NodeId, NodeId, port::Lane, const port::Message& message) {
      if (const auto request = port::decode<coordination::Request>(message)) {
        apart += static_cast<int>(std::ranges::count(
            request->operations, coordination::OpCode::exists, &coordination::Operation::code));
      }
    };
    few.host.start_all();
    const NodeId first = few.await_controller();
    few.run(seconds(1));
    apart = 0;  // those of the topics that it made itself
    few.host.crash(first);
    few.run(5 * kSession);
    return apart;
  };
  EXPECT_EQ(watches_asked_for(TopicWatch::with_the_read), 0);
  EXPECT_EQ(watches_asked_for(TopicWatch::by_itself), 3);
}

TEST_F(UponEnsemble, AProcessIsRegisteredWhenTheSessionOfTheOneBeforeHasEnded) {
  const NodeId gone = plain();
  const PartitionId p = led_by(gone);
  ASSERT_EQ(cluster.produce(p, "a").error, ErrorCode::none);
  cluster.host.crash(gone);
  cluster.host.storage(gone).lose_unsynced();
  cluster.host.restart(gone);
  ASSERT_TRUE(await_other_leader(p, gone));
  EXPECT_THAT(cluster.probe.fenced, Contains(gone));
  cluster.await_in_sync(p, 3);
  EXPECT_THAT(cluster.stored(gone, p), testing::ElementsAre("a"));
}

TEST_F(UponEnsemble, ANewControllerSeesThatAnotherProcessWasCountedInSync) {
  const PartitionId p = led_by(controller);
  ASSERT_EQ(cluster.produce(p, "a").error, ErrorCode::none);
  const LeaderEpoch before = stored_state(p).leader_epoch;
  // The two others cannot see who is registered while the controller is gone and comes back.
  cut_from_the_ensemble(plain());
  cut_from_the_ensemble(kThird);
  cluster.host.crash(controller);
  cluster.host.storage(controller).lose_unsynced();
  cluster.host.restart(controller);
  cluster.run(3 * kSession);
  cluster.host.heal_all();
  cluster.await_in_sync(p, 3);
  EXPECT_GT(stored_state(p).leader_epoch, before);
}

TEST_F(UponEnsemble, TheSessionHasAsManyRequestsUnderWayAsItMay) {
  const auto most_under_way = [](std::uint32_t in_flight) {
    ClusterSpec it = spec();
    it.controller.ensemble_in_flight = in_flight;
    it.topics = {{"orders", 40, 3, 2}, {std::string(kOffsetsTopic), 2, 3, 2}};
    Cluster many(it);
    std::map<NodeId, int> under_way;
    int most = 0;
    many.host.on_delivery = [&](NodeId from, NodeId to, port::Lane, const port::Message& message) {
      const auto api = static_cast<coordination::Api>(port::peek(message)->api);
      if (api == coordination::Api::request) {
        most = std::max(most, ++under_way[from]);
      } else if (api == coordination::Api::response) {
        --under_way[to];
      }
    };
    many.host.start_all();
    const NodeId first = many.await_controller();
    many.run(seconds(1));
    many.host.crash(first);
    many.run(5 * kSession);  // the next one reads what this one has made
    return most;
  };
  EXPECT_EQ(most_under_way(1), 1);
  EXPECT_EQ(most_under_way(10), 10);
}

TEST_F(UponEnsemble, ABrokerThatEndsLetsOthersLeadFirstAndEndsItsSession) {
  for (const NodeId ends : {plain(), controller}) {
    const PartitionId p = led_by(ends);
    bool led_by_another_before_the_end = false;
    cluster.host.terminate(ends);
    ASSERT_TRUE(cluster.host.run_until(
        [&] {
          led_by_another_before_the_end |= cluster.host.running(ends) && cluster.leader(p) != ends;
          return !cluster.host.running(ends);
        },
        kSession / 2));
    EXPECT_TRUE(led_by_another_before_the_end);
    EXPECT_THAT(do_there(znodes::children(znodes::kBrokerIds, false)).children, SizeIs(2));
    cluster.host.restart(ends);
    cluster.await_in_sync(p, 3);
  }
  EXPECT_THAT(cluster.active_controller(), Not(controller));
}

TEST_F(UponEnsemble, ABrokerThatEndsDoesNotWaitForAnEnsembleForEver) {
  const NodeId ends = plain();
  for (const NodeId server : kServers) {
    cluster.host.crash(server);
  }
  cluster.host.terminate(ends);
  EXPECT_TRUE(
      cluster.host.run_until([&] { return !cluster.host.running(ends); }, kLeaveBy + 2 * kSession));
}

TEST_F(UponEnsemble, ALeaderThatReachesTheEnsembleButNotItsFollowersLeadsOnAndConfirmsNothing) {
  const NodeId leader = plain();
  const PartitionId p = led_by(leader);
  cut_from_the_other_brokers(leader);
  const CorrelationId asked = cluster.send(leader, p, {"a"}, Acks::all, {}, 2 * kSession);
  cluster.run(5 * kSession);
  const auto answer = cluster.answer<ProduceResponse>(asked);
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->partitions.at(0).error, ErrorCode::request_timed_out);
  EXPECT_THAT(cluster.probe.fenced, Not(Contains(leader)))
      << "its session is the ensemble's affair";
  EXPECT_EQ(stored_state(p).leader, leader);
  EXPECT_THAT(stored_state(p).in_sync, SizeIs(3))
      << "the set is changed by the controller, which it does not reach either";
  cluster.host.heal_all();
  EXPECT_EQ(cluster.produce(p, "b").error, ErrorCode::none);
  EXPECT_EQ(cluster.leader(p), leader);
}

TEST_F(UponEnsemble, AControllerThatLeadsAndIsCutFromItsFollowersRefusesForWantOfReplicas) {
  const PartitionId p = led_by(controller);
  cut_from_the_other_brokers(controller);
  cluster.run(5 * kSession);
  EXPECT_EQ(cluster.active_controller(), controller);
  EXPECT_THAT(stored_state(p).in_sync, testing::ElementsAre(controller));
  EXPECT_EQ(cluster.produce(p, "a").error, ErrorCode::not_enough_replicas);
  cluster.host.heal_all();
  cluster.await_in_sync(p, 3);
  EXPECT_EQ(cluster.produce(p, "b").error, ErrorCode::none);
}

TEST_F(UponEnsemble, ALeaderThatReachesItsFollowersButNotTheEnsembleIsReplacedAndConfirmsNothing) {
  const NodeId old = plain();
  const PartitionId p = led_by(old);
  cut_from_the_ensemble(old);
  ASSERT_TRUE(await_other_leader(p, old));
  EXPECT_THAT(cluster.probe.fenced, Contains(old));
  const CorrelationId asked = cluster.send(old, p, {"of the old"}, Acks::all, {}, 2 * kSession);
  EXPECT_EQ(cluster.produce(p, "of the new").error, ErrorCode::none);
  EXPECT_NE(cluster.await<ProduceResponse>(asked).partitions.at(0).error, ErrorCode::none);
  cluster.host.heal_all();
  cluster.await_in_sync(p, 3);
  EXPECT_THAT(cluster.stored(old, p), testing::ElementsAre("of the new"));
}

TEST_F(UponEnsemble, ABrokerWhoseSessionExpiredRegistersAnew) {
  const NodeId away = plain();
  const auto before = cluster.probe.registered.size();
  cut_from_the_ensemble(away);
  cluster.run(3 * kSession);
  EXPECT_THAT(cluster.probe.fenced, Contains(away));
  cluster.host.heal_all();
  ASSERT_TRUE(cluster.host.run_until([&] { return cluster.probe.registered.size() > before; },
                                     seconds(20)));
  EXPECT_EQ(cluster.probe.registered.back().first, away);
}

}  // namespace
}  // namespace wavetank::log::test
