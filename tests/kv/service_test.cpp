#include <gmock/gmock.h>

#include "engine/coordination/kv/limits.h"
#include "tests/kv/service.h"

namespace wavetank::kv::test {
namespace {

TEST(KvService, ShowsWhatWasPut) {
  Service service;
  const NodeId client = service.add_client();
  EXPECT_EQ(service.read(client, "a"), "-");
  EXPECT_EQ(service.done(client, put("a", "1")).revision, Revision(2));
  EXPECT_EQ(service.read(client, "a"), "1");
  service.done(client, remove("a"));
  EXPECT_EQ(service.read(client, "a"), "-");
}

TEST(KvService, ServesAsOneServer) {
  Service service(1);
  const NodeId client = service.add_client();
  service.done(client, put("a", "1"));
  EXPECT_EQ(service.read(client, "a"), "1");
}

TEST(KvService, IsFoundFromAFollower) {
  Service service;
  const NodeId follower = service.follower();
  const NodeId client = service.add_client({follower, service.await_leader()});
  service.done(client, put("a", "1"));
  EXPECT_EQ(service.read(client, "a"), "1");
}

TEST(KvService, AFollowerHandsOnWhatOnlyTheLeaderMayDo) {
  ServerConfig config = Service::quick();
  config.forwards = true;
  Service service(3, config);
  const NodeId client = service.add_client({service.follower()});
  service.done(client, put("a", "1"));
  EXPECT_EQ(service.read(client, "a"), "1");
}

TEST(KvService, AFollowerThatHandsNothingOnServesNoChange) {
  Service service;
  const NodeId client = service.add_client({service.follower()});
  const RequestId request = service.ask(client, put("a", "1"));
  service.run(seconds(5));
  EXPECT_FALSE(service.note(client, request));
}

TEST(KvService, WhatWasHandedOnToALeaderThatDiesIsDoneOnceByTheNext) {
  ServerConfig config = Service::quick();
  config.forwards = true;
  Service service(3, config);
  const NodeId leader = service.await_leader();
  const NodeId follower = service.follower();
  const NodeId client = service.add_client({follower});
  service.done(client, put("a", "0"));
  // The leader carries it out and dies before its answer is out.
  service.host.cut(leader, follower);
  const RequestId request = service.ask(client, put("a", "1"));
  service.run(milliseconds(20));
  EXPECT_FALSE(service.note(client, request));
  service.host.heal_all();
  service.host.kill(leader);
  EXPECT_EQ(service.answer(client, request).first, ErrorCode::ok);
  EXPECT_EQ(service.at(service.await_leader()).store().find("a")->version, 2U);
}

TEST(KvService, KeepsWhatItAcknowledgedWhenItsLeaderDies) {
  Service service;
  const NodeId client = service.add_client();
  service.done(client, put("a", "1"));
  service.host.kill(service.await_leader());
  EXPECT_EQ(service.read(client, "a"), "1");
}

TEST(KvService, KeepsWhatItAcknowledgedWhenAllLosePower) {
  Service service;
  const NodeId client = service.add_client();
  service.done(client, put("a", "1"));
  for (const NodeId server : service.servers) {
    service.host.crash(server);
    service.host.storage(server).lose_unsynced();
  }
  for (const NodeId server : service.servers) {
    service.host.restart(server);
  }
  EXPECT_EQ(service.read(client, "a"), "1");
}

TEST(KvService, DoesOnceWhatAClientAsksTwice) {
  Service service;
  const NodeId client = service.add_client();
  service.done(client, put("a", "0"));
  // The leader carries it out and dies before its answer is out; the next is asked again.
  const NodeId leader = service.await_leader();
  service.host.cut(leader, client);
  const RequestId request = service.ask(client, put("a", "1"));
  service.run(milliseconds(20));
  EXPECT_FALSE(service.note(client, request));
  service.host.kill(leader);
  EXPECT_EQ(service.answer(client, request).first, ErrorCode::ok);
  EXPECT_EQ(service.at(service.await_leader()).store().find("a")->version, 2U);
}

TEST(KvService, ServesNoLinearizableReadFromALeaderThatIsNone) {
  Service service;
  const NodeId old = service.await_leader();
  const NodeId client = service.add_client();
  const NodeId at_old = service.add_client({old});
  service.done(client, put("a", "old"));
  service.isolate(old);
  const RequestId read = service.ask_read(at_old, "a");
  EXPECT_TRUE(service.host.run_until([&] { return service.leader() && service.leader() != old; },
                                     seconds(10)));
  service.done(client, put("a", "new"));
  const auto answered = service.note(at_old, read);
  EXPECT_FALSE(answered && answered->first == ErrorCode::ok);
  EXPECT_EQ(service.read(at_old, "a", Consistency::serializable), "old") << "it says what it has";
  service.host.heal_all();
  EXPECT_EQ(service.read(client, "a", Consistency::linearizable), "new");
}

TEST(KvService, AcknowledgesNothingWithoutAMajority) {
  Service service;
  const NodeId client = service.add_client();
  service.done(client, put("a", "1"));
  const NodeId leader = service.await_leader();
  for (const NodeId server : service.servers) {
    if (server != leader) {
      service.host.kill(server);
    }
  }
  const RequestId request = service.ask(client, put("a", "2"));
  service.run(seconds(5));
  EXPECT_FALSE(service.note(client, request));
  service.host.restart(service.servers[leader == service.servers[0] ? 1 : 0]);
  EXPECT_EQ(service.answer(client, request).first, ErrorCode::ok);
}

TEST(KvService, SaysThatAnOutcomeIsUnknown) {
  ClientConfig config;
  config.timeout = seconds(2);
  Service service(3, Service::quick(), config);
  const NodeId client = service.add_client();
  service.done(client, put("a", "1"));
  for (const NodeId server : service.servers) {
    service.host.crash(server);
  }
  const RequestId request = service.ask(client, put("a", "2"));
  EXPECT_EQ(service.answer(client, request).first, ErrorCode::timed_out);
}

TEST(KvService, PutsManyRequestsIntoOneWrite) {
  Service service;
  const NodeId client = service.add_client();
  service.done(client, put("a", "0"));
  for (const NodeId server : service.servers) {
    service.host.set_disk_latency(server, milliseconds(10));
  }
  const Time before = service.host.now();
  constexpr int kRequests = 500;
  RequestId last;
  for (int i = 0; i < kRequests; ++i) {
    last = service.ask(client, put("a", std::to_string(i)));
  }
  service.answer(client, last);
  EXPECT_LT(service.host.now() - before, milliseconds(100));
}

TEST(KvService, CatchesAServerUpFromASnapshot) {
  ServerConfig config = Service::quick();
  config.quorum.snapshot_entries = 20;
  config.quorum.retained_entries = 5;
  Service service(3, config);
  const NodeId client = service.add_client();
  const NodeId late = service.follower();
  service.host.kill(late);
  for (int i = 0; i < 100; ++i) {
    service.done(client, put("key-" + std::to_string(i % 10), std::to_string(i)));
  }
  service.host.restart(late);
  EXPECT_TRUE(service.host.run_until(
      [&] {
        return service.at(late).store().snapshot() ==
               service.at(service.await_leader()).store().snapshot();
      },
      seconds(10)));
}

TEST(KvService, RefusesWhatIsTooLargeAndGoesOn) {
  Service service;
  const NodeId client = service.add_client();
  const RequestId large =
      service.ask(client, put("a", std::string(limits::kRequestBytes + 1, 'x')));
  EXPECT_EQ(service.answer(client, large).first, ErrorCode::bad_request);
  service.done(client, put("a", "1"));
}

TEST(KvService, OpensANewSessionWhenItsOwnIsForgotten) {
  Service service;
  const NodeId client = service.add_client();
  service.done(client, put("a", "1"));
  const SessionId first = service.client(client).session();
  const NodeId leader = service.await_leader();
  const port::Message open = port::encode(ExecuteRequest{encode(Command{})}, 0);
  for (std::size_t i = 0; i < limits::kSessions; ++i) {  // others come
    service.at(leader).on_message(service.host.clock(), client, port::Lane::request, open,
                                  service.host.ports(leader));
  }
  service.run(seconds(1));
  const RequestId request = service.ask(client, put("a", "2"));
  EXPECT_EQ(service.answer(client, request).first, ErrorCode::session_expired);
  service.done(client, put("a", "3"));
  EXPECT_NE(service.client(client).session(), first);
}

TEST(KvService, TakesNoAnswerToItsLastProcessForOneToThis) {
  Service service;
  const NodeId leader = service.await_leader();
  const NodeId client = service.add_client({leader});
  service.done(client, put("a", "1"));
  service.isolate(leader);
  service.ask(client, put("a", "2"));  // the leader waits for a majority
  service.run(milliseconds(20));
  service.host.crash(client);
  service.host.restart(client);
  std::vector<RequestId> reads;
  for (int i = 0; i < 8; ++i) {
    reads.push_back(service.ask_read(client, "a"));
  }
  service.run(milliseconds(20));
  service.host.heal_all();
  for (const RequestId read : reads) {
    EXPECT_EQ(service.answer(client, read).second.results.size(), 1U);
  }
}

}  // namespace
}  // namespace wavetank::kv::test
