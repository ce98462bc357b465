// How a server lets requests in. Requests and answers are "r0001": a kind, and a correlation id of
// four letters. Those of kind "r" travel on one connection and go through the queue, those of kind
// "f" travel on another; what begins otherwise does not go through it.

#include "tests/cluster/cluster_fixture.h"

namespace wavetank::sim::test {
namespace {

using ::testing::ElementsAre;

RequestQueueSpec queue(std::uint32_t network_threads, std::uint32_t io_threads,
                       std::uint32_t capacity) {
  return {network_threads, io_threads, capacity,
          [](std::uint8_t api) -> std::optional<std::uint32_t> {
            return api == 'r' ? std::optional(0U) : api == 'f' ? std::optional(1U) : std::nullopt;
          }};
}

class Requests : public ClusterTest {
 protected:
  NodeId server_with(RequestQueueSpec spec) {
    return node(machine(4), 4, false, {}, nullptr, spec);
  }
  /// The server works so long for this request, and answers it.
  void serves(NodeId server, std::string request, NodeId of, std::uint64_t us) {
    when(server, request + " from " + std::to_string(of.value()),
         [request, of, us](port::Ports& ports) {
           work_us(ports, us);
           say(ports, of, request, port::Lane::response);
         });
  }
  void asks(Time date, NodeId client, NodeId server, std::vector<std::string> requests) {
    step(date, client, [server, requests](port::Ports& ports) {
      for (const std::string& request : requests) {
        say(ports, server, request);
      }
    });
  }
  static std::string answer(std::string_view to, NodeId by) {
    return std::string(to) + " from " + std::to_string(by.value());
  }

  const NodeId a = node(machine());
  const NodeId b = node(machine());
  const NodeId c = node(machine());
  const Time in = after_us(1000) + way_of("r0001");  ///< what was asked at 1000 us is in
};

TEST_F(Requests, OfAConnectionOneIsServedAtATime) {
  const NodeId server = server_with(queue(3, 8, 500));
  serves(server, "r0001", a, 300);
  serves(server, "r0002", a, 300);
  cluster->start_all();
  asks(after_us(1000), a, server, {"r0001", "r0002"});
  run_until(after_us(3000));
  EXPECT_EQ(saw(server, "r0001 from 0"), in);
  EXPECT_EQ(saw(server, "r0002 from 0"), in + microseconds(300));
}

TEST_F(Requests, OfDifferentConnectionsAreServedTogether) {
  const NodeId server = server_with(queue(1, 8, 500));
  serves(server, "r0001", a, 300);
  serves(server, "f0002", a, 300);
  serves(server, "r0001", b, 300);
  cluster->start_all();
  asks(after_us(1000), a, server, {"r0001", "f0002"});
  asks(after_us(1000), b, server, {"r0001"});
  run_until(after_us(3000));
  EXPECT_LT(saw(server, "f0002 from 0"), in + microseconds(1));
  EXPECT_LT(saw(server, "r0001 from 1"), in + microseconds(1));
}

TEST_F(Requests, ThatWaitForTheirAnswerKeepTheirConnectionMuted) {
  const NodeId server = server_with(queue(3, 8, 500));
  when(server, "r0001 from 0",
       [](port::Ports& ports) { ports.set_timer(port::TimerId(1), after_us(9000)); });
  when(server, "timer 1",
       [this](port::Ports& ports) { say(ports, a, "r0001", port::Lane::response); });
  cluster->start_all();
  asks(after_us(1000), a, server, {"r0001", "r0002"});
  run_until(after_us(20'000));
  EXPECT_EQ(saw(server, "r0002 from 0"), after_us(9000));
}

TEST_F(Requests, ThatAreNeverAnsweredLetTheNextIn) {
  const NodeId server = server_with(queue(3, 8, 500));
  when(server, "r0001 from 0", [this](port::Ports& ports) {
    work_us(ports, 300);
    ports.leave_unanswered(a, {Bytes::copy_of("r0001"), {}});
  });
  cluster->start_all();
  asks(after_us(1000), a, server, {"r0001", "r0002"});
  run_until(after_us(3000));
  EXPECT_EQ(saw(server, "r0002 from 0"), in + microseconds(300));
}

TEST_F(Requests, OfOtherKindsDoNotWait) {
  const NodeId server = server_with(queue(1, 1, 1));
  when(server, "r0001 from 0",
       [](port::Ports& ports) { ports.set_timer(port::TimerId(1), after_us(5000)); });
  when(server, "timer 1",
       [this](port::Ports& ports) { say(ports, a, "r0001", port::Lane::response); });
  cluster->start_all();
  asks(after_us(1000), a, server, {"r0001", "r0002", "hello"});
  run_until(after_us(3000));
  EXPECT_THAT(seen(server), ElementsAre("start", "r0001 from 0", "hello from 0"));
}

TEST_F(Requests, AreServedByNoMoreThreadsThanThereAre) {
  const NodeId server = server_with(queue(3, 2, 500));
  for (const NodeId client : {a, b, c}) {
    serves(server, "r0001", client, 300);
  }
  cluster->start_all();
  for (const NodeId client : {a, b, c}) {
    asks(after_us(1000), client, server, {"r0001"});
  }
  run_until(after_us(3000));
  EXPECT_LT(saw(server, "r0001 from 1"), in + microseconds(1));
  EXPECT_EQ(saw(server, "r0001 from 2"), in + microseconds(300));
}

TEST_F(Requests, BeyondTheCapacityStopANetworkThreadAndNoneIsLost) {
  const NodeId server = server_with(queue(1, 1, 1));
  for (const NodeId client : {a, b, c}) {
    serves(server, "r0001", client, 300);
    serves(server, "f0002", client, 300);
  }
  cluster->start_all();
  for (const NodeId client : {a, b, c}) {
    asks(after_us(1000), client, server, {"r0001", "f0002"});
  }
  run_until(in + microseconds(100));
  // One is served, one waits in the queue, one is in hand, and three are not read.
  const RequestQueueFigures full = cluster->node(server).requests()->figures(kernel.now());
  EXPECT_EQ(full.peak_depth, 1u);
  EXPECT_EQ(full.peak_unread, 3u);
  EXPECT_EQ(cluster->node(server).requests()->unread(), 3u);
  EXPECT_GT(full.threads_stopped, microseconds(99));
  run_until(after_us(6000));
  EXPECT_EQ(seen(server).size(), 7u);
  EXPECT_EQ(cluster->node(server).requests()->unread(), 0u);
}

TEST_F(Requests, WithoutRoomHoldUpTheAnswersOfTheirNetworkThread) {
  const NodeId server = server_with(queue(1, 1, 1));
  when(server, "r0001 from 0",
       [](port::Ports& ports) { ports.set_timer(port::TimerId(1), after_us(1200)); });
  when(server, "timer 1",
       [this](port::Ports& ports) { say(ports, a, "r0001", port::Lane::response); });
  serves(server, "f0002", a, 800);  // begins before the answer to r0001, and is served until ...
  cluster->start_all();
  asks(after_us(1000), a, server, {"r0001", "f0002"});
  asks(after_us(1000), b, server, {"r0003"});
  asks(after_us(1000), c, server, {"r0004"});
  run_until(after_us(5000));
  const Time over = saw(server, "f0002 from 0") + microseconds(800);  // ... now: there is room
  EXPECT_GE(saw(a, answer("r0001", server)), over);
  EXPECT_LT(saw(a, answer("r0001", server)), over + microseconds(150));
}

TEST_F(Requests, DepthIsAveragedOverTime) {
  const NodeId server = server_with(queue(3, 1, 500));
  for (const NodeId client : {a, b, c}) {
    serves(server, "r0001", client, 300);
  }
  cluster->start_all();
  for (const NodeId client : {a, b, c}) {
    asks(after_us(1000), client, server, {"r0001"});
  }
  at(in - nanoseconds(1), [&] { cluster->node(server).requests()->begin_figures(kernel.now()); });
  run_until(in + microseconds(600));  // two wait for 300 us, one for 300 us more
  const RequestQueueFigures figures = cluster->node(server).requests()->figures(kernel.now());
  EXPECT_NEAR(figures.mean_depth, 1.5, 0.01);
  EXPECT_EQ(figures.threads_stopped, Duration());
}

TEST_F(Requests, OfAConnectionThatWasGivenUpAreDroppedWhenAnotherIsOpened) {
  const NodeId server = server_with(queue(3, 8, 500));
  cluster->start_all();  // r0001 is never answered
  asks(after_us(1000), a, server, {"r0001", "r0002"});
  step(after_us(2000), a, [server](port::Ports& ports) {
    ports.close(server);
    say(ports, server, "r0003");
  });
  run_until(after_us(3000));
  EXPECT_THAT(seen(server), ElementsAre("start", "r0001 from 0", "r0003 from 0"));
}

TEST_F(Requests, OfAProcessThatRestartedDoNotWaitForItsPredecessors) {
  const NodeId server = server_with(queue(3, 8, 500));
  cluster->start_all();
  asks(after_us(1000), a, server, {"r0001", "r0002"});
  at(after_us(2000), [this] { cluster->crash(MachineId(0), Unsynced::lost); });
  at(after_us(3000), [this] { cluster->restart(MachineId(0)); });
  asks(after_us(4000), a, server, {"r0003"});
  run_until(after_us(6000));
  EXPECT_THAT(seen(server), ElementsAre("start", "r0001 from 0", "r0003 from 0"));
}

TEST_F(Requests, OfAMutedConnectionAreReadWhenItsTimeIsOver) {
  const NodeId server = server_with(queue(3, 8, 500));
  when(server, "r0001 from 0", [this](port::Ports& ports) {
    ports.mute(a, 'r', after_us(5000));
    say(ports, a, "r0001", port::Lane::response);
  });
  cluster->start_all();
  asks(after_us(1000), a, server, {"r0001", "r0002", "f0003"});
  run_until(after_us(9000));
  EXPECT_LT(saw(a, answer("r0001", server)), after_us(2000));  // the answer itself does not wait
  EXPECT_LT(saw(server, "f0003 from 0"), after_us(2000));
  EXPECT_EQ(saw(server, "r0002 from 0"), after_us(5000));
}

TEST_F(Requests, ThatAServerHasReadOrNotDieWithIt) {
  const NodeId server = server_with(queue(1, 1, 1));
  for (const NodeId client : {a, b, c}) {
    serves(server, "r0001", client, 300);
  }
  cluster->start_all();
  for (const NodeId client : {a, b, c}) {
    asks(after_us(1000), client, server, {"r0001", "f0002"});
  }
  at(in + microseconds(100), [this] { cluster->crash(MachineId(3), Unsynced::kept); });
  at(after_us(2000), [this] { cluster->restart(MachineId(3)); });
  asks(after_us(3000), a, server, {"r0005"});
  run_until(after_us(4000));
  EXPECT_EQ(seen(server).back(), "r0005 from 0");
  EXPECT_EQ(seen(server).size(), 4u);  // start, the one that was served, start, and this one
}

}  // namespace
}  // namespace wavetank::sim::test
