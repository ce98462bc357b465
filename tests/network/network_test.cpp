#include "sim/network/network.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <stdexcept>

#include "engine/base/random.h"

namespace wavetank::sim {
namespace {

constexpr std::uint64_t kRate = 100'000'000;  // bytes per second of every card: 10 ns a byte
constexpr Duration kLatency = microseconds(100);
constexpr std::uint64_t kSmall = 10'000;    // 100 us on a card
constexpr std::uint64_t kBulk = 1'000'000;  // 10 ms
constexpr HostId kA{0};
constexpr HostId kB{1};
constexpr HostId kC{2};
constexpr HostId kD{3};

PlatformSpec one_zone() {
  ZoneSpec zone{"zone", kLatency, {}};
  for (const char* name : {"a", "b", "c", "d"}) {
    HostSpec host;
    host.name = name;
    host.nic_bytes_per_s = kRate;
    zone.hosts.push_back(host);
  }
  RegionSpec region;
  region.name = "region";
  region.zones = {zone};
  PlatformSpec spec;
  spec.regions = {region};
  return spec;
}

struct Arrival {
  std::uint64_t payload;
  Time at;
};

/// Four hosts in one zone, and a network over them.
class NetworkTest : public testing::Test, protected Receiver, protected EventTarget {
 protected:
  NetworkTest() {
    auto created = Platform::create(one_zone(), kernel);
    if (!created) {
      throw std::runtime_error(created.error().message);
    }
    platform = std::move(*created);
    network = std::make_unique<Network>(kernel, *platform, 1, options());
  }
  static NetworkOptions options() {
    NetworkOptions options;
    options.bulk_bytes = 256 * 1024;
    return options;
  }

  void delivered(std::uint64_t payload) override {
    arrivals.push_back({payload, kernel.now()});
    if (on_delivery) {
      on_delivery(payload);
    }
  }
  void dropped(std::uint64_t payload) override { drops.push_back(payload); }
  void given_up(std::uint64_t payload) override {
    given_ups.push_back(payload);
    dropped(payload);
  }
  void fire(std::uint64_t what) override { actions[what](); }

  void send(HostId from, HostId to, std::uint64_t bytes, std::uint64_t payload = 0,
            std::uint32_t channel = 0) {
    network->transmit(from, to, channel, bytes, *this, payload);
  }
  void at(Duration since_start, std::function<void()> action) {
    actions.push_back(std::move(action));
    kernel.schedule(Time() + since_start, *this, actions.size() - 1);
  }
  void run_for(Duration since_start) { kernel.run_until(Time() + since_start); }
  /// Runs until all is done, and checks that nothing is left behind.
  void run_out() {
    kernel.run_until(kernel.now() + seconds(1'000));
    EXPECT_EQ(kernel.pending(), 0u);
    EXPECT_EQ(network->in_flight(), 0u);
    EXPECT_EQ(platform->live_flows(), 0u);
  }
  std::vector<std::uint64_t> arrived() {
    std::vector<std::uint64_t> payloads;
    for (const Arrival& arrival : arrivals) {
      payloads.push_back(arrival.payload);
    }
    return payloads;
  }
  Duration took(std::size_t i = 0) { return arrivals.at(i).at - Time(); }
  /// SimGrid's clock is a double: flows end within some nanoseconds of the formula.
  static void expect_near(Duration actual, Duration expected, std::int64_t tolerance_ns = 5) {
    EXPECT_NEAR(static_cast<double>(actual.ns()), static_cast<double>(expected.ns()),
                static_cast<double>(tolerance_ns));
  }

  Kernel kernel;
  std::unique_ptr<Platform> platform;
  std::unique_ptr<Network> network;
  std::vector<Arrival> arrivals;
  std::vector<std::uint64_t> drops;
  std::vector<std::uint64_t> given_ups;
  std::vector<std::function<void()>> actions;
  std::function<void(std::uint64_t)> on_delivery;
};

// --- the two paths ---

TEST_F(NetworkTest, AMessageTakesLatencyPlusBytesOverRate) {
  send(kA, kB, kSmall);
  run_out();
  EXPECT_EQ(took(), kLatency + microseconds(100));
}

TEST_F(NetworkTest, ABulkTransferTakesLatencyPlusBytesOverRate) {
  send(kA, kB, kBulk);
  run_out();
  expect_near(took(), kLatency + milliseconds(10));
  EXPECT_EQ(network->bulk_transfers(), 1U);
  send(kA, kB, 1000);
  run_out();
  EXPECT_EQ(network->bulk_transfers(), 1U) << "a message is none";
}

TEST_F(NetworkTest, BothPathsAgreeOnAnIdleRoute) {
  NetworkOptions messages_only;
  messages_only.bulk_bytes = 100 * kBulk;
  Network by_messages(kernel, *platform, 1, messages_only);
  by_messages.transmit(kA, kB, 0, kBulk, *this, 1);
  send(kC, HostId(3), kBulk, 2);
  run_out();
  expect_near(took(0), took(1));
}

TEST_F(NetworkTest, AHostReachesItselfWithoutItsCard) {
  send(kA, kA, kSmall, 1);
  send(kA, kA, kBulk, 2);
  run_out();
  EXPECT_EQ(took(0), microseconds(20));
  EXPECT_EQ(took(1), microseconds(20));
  EXPECT_EQ(network->counters(kA).bytes_sent, 0u);
}

TEST_F(NetworkTest, MessagesOfOneSenderQueueAtItsCard) {
  send(kA, kB, kSmall);
  send(kA, kC, kSmall);
  run_out();
  EXPECT_EQ(took(0), kLatency + microseconds(100));
  EXPECT_EQ(took(1), kLatency + microseconds(200));
}

TEST_F(NetworkTest, MessagesOfTwoSendersQueueAtTheReceiversCard) {
  send(kA, kC, kSmall);
  send(kB, kC, kSmall);
  run_out();
  EXPECT_EQ(took(0), kLatency + microseconds(100));
  EXPECT_EQ(took(1), kLatency + microseconds(200));
}

TEST_F(NetworkTest, AMessageThatArrivesFirstIsServedFirstWheneverItWasSent) {
  network->set_extra_delay(kA, kC, microseconds(50));
  send(kA, kC, kSmall, 1);
  send(kB, kC, kSmall, 2);
  run_out();
  EXPECT_EQ(arrived(), (std::vector<std::uint64_t>{2, 1}));
  EXPECT_EQ(took(1), kLatency + microseconds(200));
}

TEST_F(NetworkTest, TwoBulkTransfersShareTheReceiversCardFairly) {
  send(kA, kC, kBulk);
  send(kB, kC, kBulk);
  run_out();
  expect_near(took(0), kLatency + milliseconds(20));
  expect_near(took(1), kLatency + milliseconds(20));
}

/// Poisson arrivals at A's card for one destination; the mean time from sending to delivery.
class QueueingTest : public NetworkTest {
 protected:
  double mean_delay_ns(double utilisation, const std::function<double(Random&)>& draw_bytes,
                       double mean_bytes, std::uint64_t count) {
    const double gap_ns = mean_bytes * 1e9 / static_cast<double>(kRate) / utilisation;
    std::vector<Time> sent(count);
    double total_ns = 0;
    std::uint64_t next = 0;
    on_delivery = [&](std::uint64_t payload) {
      total_ns += static_cast<double>((kernel.now() - sent[payload]).ns());
    };
    actions.push_back([&] {
      sent[next] = kernel.now();
      send(kA, kB, std::max<std::uint64_t>(static_cast<std::uint64_t>(draw_bytes(random)), 1),
           next);
      if (++next < count) {
        kernel.schedule(
            kernel.now() + nanoseconds(static_cast<std::int64_t>(random.exponential(gap_ns))),
            *this, 0);
      }
    });
    kernel.schedule(Time(), *this, 0);
    run_out();
    EXPECT_EQ(arrivals.size(), count);
    return total_ns / static_cast<double>(count);
  }
  Random random{11, "queueing"};
};

// M/D/1 (Pollaczek and Khinchine): sojourn = s + rho s / (2 (1 - rho)), s = 100 us, rho = 0.7.
TEST_F(QueueingTest, FixedSizesWaitAsInAnMD1Queue) {
  const double mean = mean_delay_ns(
      0.7, [](Random&) { return static_cast<double>(kSmall); }, kSmall, 300'000);
  const double expected = 100e3 + 100e3 + 0.7 * 100e3 / (2 * 0.3);
  EXPECT_NEAR(mean / expected, 1.0, 0.02);
}

// M/M/1: sojourn = s / (1 - rho), s = 50 us, rho = 0.6.
TEST_F(QueueingTest, ExponentialSizesWaitAsInAnMM1Queue) {
  const double mean = mean_delay_ns(
      0.6, [](Random& r) { return r.exponential(5'000); }, 5'000, 300'000);
  EXPECT_NEAR(mean / (100e3 + 50e3 / 0.4), 1.0, 0.02);
}

/// A bulk transfer from A to B, and messages from A to C that would take a share of A's card.
class SharingTest : public NetworkTest, public testing::WithParamInterface<double> {
 protected:
  static constexpr std::uint64_t kTransfer = 50 * kBulk;  // half a second alone
};

TEST_P(SharingTest, MessagesAndABulkTransferBothProgressWithinTheCapacityOfTheCard) {
  const double offered = GetParam();
  const Duration gap =
      nanoseconds(static_cast<std::int64_t>(static_cast<double>(kSmall) * 10.0 / offered));
  constexpr std::uint64_t kTransferDone = 1'000'000;
  bool done = false;
  std::uint64_t messages_in = 0;
  Duration transfer_took;
  on_delivery = [&](std::uint64_t payload) {
    if (payload == kTransferDone) {
      done = true;
      transfer_took = kernel.now() - Time();
    } else if (!done) {
      ++messages_in;
    }
  };
  actions.push_back([&, gap] {
    if (!done) {
      send(kA, kC, kSmall, 0, 1);
      kernel.schedule(kernel.now() + gap, *this, 0);
    }
  });
  kernel.schedule(Time() + microseconds(1), *this, 0);
  send(kA, kB, kTransfer, kTransferDone);
  run_out();

  const double capacity = static_cast<double>(kRate) * transfer_took.seconds();
  const double messages = static_cast<double>(messages_in * kSmall) / capacity;
  const double transfer = static_cast<double>(kTransfer) / capacity;
  EXPECT_LE(messages + transfer, 1.001);
  EXPECT_GE(messages + transfer, 0.95);
  EXPECT_GE(messages, std::min(offered, 0.5) * 0.95);
  EXPECT_GE(transfer, 0.49);
}

INSTANTIATE_TEST_SUITE_P(Load, SharingTest, testing::Values(0.05, 0.3, 0.48, 0.9),
                         [](const testing::TestParamInfo<double>& load) {
                           return std::to_string(static_cast<int>(load.param * 100)) + "percent";
                         });

TEST_F(NetworkTest, MessagesHaveTheWholeCardAgainOnceABulkTransferIsIn) {
  send(kA, kB, kBulk, 1);
  at(milliseconds(5), [this] { send(kA, kC, kSmall, 2); });
  at(milliseconds(50), [this] { send(kA, kC, kSmall, 3); });
  run_out();
  EXPECT_GT(took(0), milliseconds(5) + kLatency + microseconds(700));  // an eighth of the card
  EXPECT_LT(took(0), milliseconds(5) + kLatency + microseconds(810));
  EXPECT_EQ(took(2), milliseconds(50) + kLatency + microseconds(100));
}

// Both have 1 MB to send; the card moves 2 MB in 20 ms.
TEST_F(NetworkTest, ABulkTransferAndTheMessagesBeforeItHaveHalfOfTheCardEach) {
  for (std::uint64_t i = 0; i < 100; ++i) {
    send(kA, kC, kSmall, i);
  }
  send(kA, kB, kBulk, 100);
  run_out();
  const Duration last = took(100);
  EXPECT_GT(last, kLatency + milliseconds(19));
  EXPECT_LT(last, kLatency + milliseconds(21));
}

// --- turns ---

/// Connections that always have something to send: what each has moved in a second.
class SaturationTest : public NetworkTest {
 protected:
  static constexpr std::uint64_t kOutstanding = 5;
  struct Connection {
    HostId from;
    HostId to;
    std::uint64_t message_bytes;
    std::uint64_t moved = 0;
  };
  void saturate(std::vector<Connection> all) {
    connections = std::move(all);
    on_delivery = [this](std::uint64_t c) {
      connections[c].moved += connections[c].message_bytes;
      send_on(c);
    };
    for (std::uint64_t c = 0; c < connections.size(); ++c) {
      for (std::uint64_t i = 0; i < kOutstanding; ++i) {
        send_on(c);
      }
    }
    run_for(seconds(1));
  }
  void send_on(std::uint64_t c) {
    const Connection& it = connections[c];
    send(it.from, it.to, it.message_bytes, c, static_cast<std::uint32_t>(c));
  }
  [[nodiscard]] double share(std::size_t c) const {
    return static_cast<double>(connections[c].moved) / static_cast<double>(kRate);
  }
  std::vector<Connection> connections;
};

// Messages of 70, 200 and 250 KB: several frames each, and none divides evenly.
TEST_F(SaturationTest, SharesTheSendersCardEquallyWhateverTheSizesAndWastesNothing) {
  saturate({{kA, kB, 70'000}, {kA, kC, 200'000}, {kA, kD, 250'000}});
  EXPECT_GT(share(0) + share(1) + share(2), 0.98);
  for (std::size_t c = 0; c < 3; ++c) {
    EXPECT_NEAR(share(c), 1.0 / 3, 0.02);
  }
}

TEST_F(SaturationTest, WastesNothingWhereMessagesAndBulkTransfersSaturateACard) {
  saturate({{kA, kB, 200'000}, {kA, kC, 300'000}, {kA, kD, 300'000}});
  EXPECT_GT(share(0) + share(1) + share(2), 0.94);
  EXPECT_GT(share(1), 0.2);
  EXPECT_GT(share(2), 0.2);
}

TEST_F(SaturationTest, WastesNothingAtTheReceiversCard) {
  saturate({{kA, kD, 70'000}, {kB, kD, 200'000}, {kC, kD, 300'000}});
  EXPECT_GT(share(0) + share(1) + share(2), 0.94);
}

// Before it: what the card was given (a frame, and a quarter), and a frame of each of the others.
// After it at the receiver's card: nothing.
TEST_F(SaturationTest, AShortMessageWaitsForAFrameOfEachOtherConnection) {
  constexpr std::uint64_t kShort = 1'000;
  constexpr std::uint64_t kShortPayload = 2;
  Duration waited;
  at(milliseconds(500), [this] { send(kA, kD, kShort, kShortPayload, 9); });
  connections = {{kA, kB, 250'000}, {kA, kC, 250'000}, {kA, kD, kShort}};
  on_delivery = [&](std::uint64_t c) {
    if (c == kShortPayload) {
      waited = kernel.now() - Time() - milliseconds(500);
    } else {
      send_on(c);
    }
  };
  for (std::uint64_t i = 0; i < 2 * kOutstanding; ++i) {
    send_on(i % 2);
  }
  run_for(seconds(1));
  const Duration frame = nanoseconds(64 * 1024 * 10);
  EXPECT_GT(waited, kLatency + microseconds(10));
  EXPECT_LT(waited, kLatency + microseconds(10) + 3 * frame + frame / 4);
}

TEST_F(NetworkTest, AMessageOfManyFramesThatMeetsACutIsSentAgainAsAWhole) {
  send(kA, kB, 200'000);  // 2 ms
  at(milliseconds(1), [this] { network->cut(kA, kB, false); });
  at(milliseconds(3), [this] { network->heal(kA, kB, false); });
  run_out();
  // Lost when its last frame arrives: 3 frames of 65,536 B are out before it.
  const Duration lost = kLatency + nanoseconds(3 * 65'536 * 10);
  EXPECT_EQ(took(), lost + milliseconds(200) + kLatency + milliseconds(2));
}

TEST_F(NetworkTest, WhatWaitsForItsTurnIsDroppedWithItsChannel) {
  for (std::uint64_t i = 0; i < 50; ++i) {
    send(kA, kB, kSmall, i, 0);
    send(kA, kC, kSmall, 50 + i, 1);
  }
  at(milliseconds(2), [this] { network->reset(kA, kB); });
  run_out();
  EXPECT_EQ(arrivals.size() + drops.size(), 100U);
  EXPECT_GT(drops.size(), 30U);
  EXPECT_LT(took(arrivals.size() - 1), milliseconds(8));
}

// --- order ---

TEST_F(NetworkTest, AChannelKeepsTheOrderOfMessagesOfAnySizeUnderJitter) {
  network->set_jitter(kA, kB, milliseconds(3));
  Random random(3, "sizes");
  for (std::uint64_t i = 0; i < 500; ++i) {
    send(kA, kB, random.chance(0.1) ? kBulk : 1 + random.below(kSmall), i);
  }
  run_out();
  ASSERT_EQ(arrivals.size(), 500u);
  const std::vector<std::uint64_t> order = arrived();
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST_F(NetworkTest, ChannelsDoNotWaitForEachOther) {
  send(kA, kB, kBulk, 1, 0);
  send(kA, kB, kSmall, 2, 0);
  send(kA, kB, kSmall, 3, 1);
  run_out();
  EXPECT_EQ(arrived(), (std::vector<std::uint64_t>{3, 1, 2}));
}

TEST_F(NetworkTest, AReceiverMayAnswerAtOnce) {
  on_delivery = [this](std::uint64_t payload) {
    if (payload < 100) {
      send(payload % 2 == 0 ? kB : kA, payload % 2 == 0 ? kA : kB, kSmall, payload + 1);
    }
  };
  send(kA, kB, kSmall, 0);
  run_out();
  EXPECT_EQ(took(100), 101 * (kLatency + microseconds(100)));
}

// --- faults ---

TEST_F(NetworkTest, AMessageSentIntoACutArrivesAtTheFirstRetransmissionAfterHealing) {
  network->cut(kA, kB, false);
  send(kA, kB, kSmall, 1);
  at(milliseconds(10), [this] { send(kA, kB, kSmall, 2); });
  at(milliseconds(700), [this] { network->heal(kA, kB, false); });
  run_out();
  // Lost at 100 us; retransmitted 200, 400 and 800 ms after.
  EXPECT_EQ(took(0), milliseconds(1'400) + 2 * kLatency + microseconds(100));
  EXPECT_EQ(arrived(), (std::vector<std::uint64_t>{1, 2}));
  EXPECT_EQ(network->retransmissions(), 3u);
}

TEST_F(NetworkTest, AOneWayCutLeavesTheOtherDirectionAndOtherHostsAlone) {
  network->cut(kA, kB, false);
  send(kA, kB, kSmall, 1);
  send(kB, kA, kSmall, 2);
  send(kA, kC, kSmall, 3);
  run_for(milliseconds(100));
  EXPECT_EQ(arrived(), (std::vector<std::uint64_t>{2, 3}));
}

TEST_F(NetworkTest, ATwoWayCutStopsBothDirections) {
  network->cut(kA, kB, true);
  send(kA, kB, kSmall, 1);
  send(kB, kA, kSmall, 2);
  run_for(seconds(5));
  EXPECT_TRUE(arrivals.empty());
  network->heal(kA, kB, true);
  run_out();
  EXPECT_EQ(arrivals.size(), 2u);
}

TEST_F(NetworkTest, WhatIsOnTheWireWhenTheCutFallsIsLost) {
  send(kA, kB, kSmall, 1);
  at(microseconds(50), [this] { network->cut(kA, kB, false); });
  at(microseconds(150), [this] { network->heal(kA, kB, false); });
  run_out();
  EXPECT_EQ(took(), milliseconds(200) + 2 * kLatency + microseconds(100));
}

TEST_F(NetworkTest, ABulkTransferThatIsCutResumesWithWhatHadNotArrived) {
  send(kA, kB, kBulk, 1);
  at(milliseconds(5) + kLatency, [this] { network->cut(kA, kB, false); });
  at(milliseconds(6), [this] { network->heal(kA, kB, false); });
  run_out();
  // Half of it in 5 ms, and the other half from the retransmission on.
  expect_near(took(), milliseconds(205) + kLatency + kLatency + milliseconds(5), 20);
}

TEST_F(NetworkTest, AChannelGivesUpAfterTheLastRetransmissionAndStartsAnew) {
  NetworkOptions limited = options();
  limited.retransmissions_max = 3;
  Network impatient(kernel, *platform, 1, limited);
  impatient.cut(kA, kB, false);
  impatient.transmit(kA, kB, 0, kSmall, *this, 1);
  impatient.transmit(kA, kB, 0, kBulk, *this, 2);
  run_for(seconds(10));
  EXPECT_EQ(drops, (std::vector<std::uint64_t>{1, 2}));
  EXPECT_EQ(kernel.pending(), 0u);
  impatient.heal(kA, kB, false);
  impatient.transmit(kA, kB, 0, kSmall, *this, 3);
  run_out();
  EXPECT_EQ(arrivals.at(0).payload, 3u);
  EXPECT_EQ(took(), seconds(10) + kLatency + microseconds(100));
}

TEST_F(NetworkTest, BackOffIsBounded) {
  network->cut(kA, kB, false);
  send(kA, kB, kSmall, 1);
  at(seconds(400), [this] { network->heal(kA, kB, false); });
  run_out();
  EXPECT_EQ(arrivals.size(), 1u);
  EXPECT_LT(took(), seconds(400) + seconds(121));
}

TEST_F(NetworkTest, AnExtraDelayAddsToMessagesAndBulkAndIsUndone) {
  network->set_extra_delay(kA, kB, milliseconds(7));
  send(kA, kB, kSmall, 1);
  run_for(milliseconds(50));
  EXPECT_EQ(took(0), kLatency + microseconds(100) + milliseconds(7));
  send(kA, kB, kBulk, 2);
  run_for(milliseconds(100));
  expect_near(took(1), milliseconds(50) + kLatency + milliseconds(17));
  network->set_extra_delay(kA, kB, Duration());
  send(kA, kB, kSmall, 3);
  run_out();
  EXPECT_EQ(took(2), milliseconds(100) + kLatency + microseconds(100));
}

TEST_F(NetworkTest, JitterAddsItsMeanAndIsUndone) {
  network->set_jitter(kA, kB, milliseconds(1));
  double total_ns = 0;
  for (std::uint64_t i = 0; i < 2'000; ++i) {
    at(milliseconds(static_cast<std::int64_t>(i) * 20), [this] { send(kA, kB, kSmall); });
  }
  run_for(seconds(41));
  for (std::size_t i = 0; i < arrivals.size(); ++i) {
    total_ns += static_cast<double>(
        (took(i) - milliseconds(static_cast<std::int64_t>(i) * 20) - microseconds(200)).ns());
  }
  EXPECT_NEAR(total_ns / 2'000, 1e6, 0.06e6);
  network->set_jitter(kA, kB, Duration());
  send(kA, kB, kSmall);
  run_out();
  EXPECT_EQ(took(2'000), seconds(41) + kLatency + microseconds(100));
}

TEST_F(NetworkTest, AnAddedJitterAddsItsMeanAndIsUndone) {
  network->set_extra_jitter(kA, kB, milliseconds(5));
  constexpr std::uint32_t kCount = 2'000;
  for (std::uint32_t i = 0; i < kCount; ++i) {
    send(kA, kB, 1, i, i);  // each on a channel of its own
  }
  at(seconds(10), [this] {
    network->set_extra_jitter(kA, kB, Duration());
    send(kA, kB, 1, kCount);
  });
  run_out();
  double sum_s = 0;
  for (std::uint32_t i = 0; i < kCount; ++i) {
    sum_s += took(i).seconds();
  }
  EXPECT_NEAR(sum_s / kCount, 0.005, 0.0005);
  EXPECT_LT(took(kCount), seconds(10) + kLatency + microseconds(1));
}

TEST_F(NetworkTest, LosesAShareOfLoneSegmentsAndSendsThemAgainAfterATimeOut) {
  network->set_loss(kA, kB, 0.1);
  constexpr std::uint32_t kCount = 5'000;
  for (std::uint32_t i = 0; i < kCount; ++i) {
    send(kA, kB, 100, i, i);
  }
  run_out();
  ASSERT_EQ(arrivals.size(), kCount) << "TCP hides losses";
  std::uint32_t late = 0;
  std::uint32_t later = 0;
  for (std::uint32_t i = 0; i < kCount; ++i) {
    EXPECT_TRUE(took(i) < milliseconds(10) || took(i) > milliseconds(200)) << took(i).ns();
    late += took(i) > milliseconds(200) ? 1 : 0;
    later += took(i) > milliseconds(600) ? 1 : 0;
  }
  EXPECT_NEAR(static_cast<double>(late) / kCount, 0.1, 0.015);
  EXPECT_NEAR(static_cast<double>(later) / kCount, 0.01, 0.005) << "a time-out doubles";
}

TEST_F(NetworkTest, RepairsALossAmidALongMessageWithinARoundTrip) {
  network->set_loss(kA, kB, 0.02);
  constexpr std::uint64_t kLong = 200'000;  // 137 segments
  send(kA, kB, kLong);
  run_out();
  EXPECT_GT(took(), milliseconds(2) + 3 * kLatency);
  EXPECT_LT(took(), milliseconds(10));
  EXPECT_GE(network->retransmissions(), 1U);
}

TEST_F(NetworkTest, WhatFollowsALossOnTheChannelWaitsForItsRepair) {
  network->set_loss(kA, kB, 0.5);
  for (std::uint64_t i = 0; i < 50; ++i) {
    send(kA, kB, 100, i);
  }
  run_out();
  const std::vector<std::uint64_t> order = arrived();
  EXPECT_EQ(order.size(), 50U);
  EXPECT_TRUE(std::ranges::is_sorted(order));
  EXPECT_GT(took(49), milliseconds(200));
}

TEST_F(NetworkTest, BulkTransfersOverALossyRouteAreBoundByTcpsMeanRate) {
  network->set_loss(kA, kB, 0.04);
  send(kA, kB, 10 * kBulk);
  run_out();
  const double rate = 1460 / (2 * kLatency).seconds() * 1.2247 / 0.2;
  EXPECT_LT(rate, static_cast<double>(kRate));
  EXPECT_NEAR(took().seconds(), static_cast<double>(10 * kBulk) / rate, 0.01);
}

TEST_F(NetworkTest, ARouteThatLosesEverythingIsGivenUpAndTheSenderIsTold) {
  network->set_loss(kA, kB, 1);
  send(kA, kB, kSmall, 1);
  send(kA, kB, kSmall, 2);
  run_out();
  EXPECT_TRUE(arrivals.empty());
  EXPECT_EQ(given_ups, std::vector<std::uint64_t>{1});
  EXPECT_EQ(drops, (std::vector<std::uint64_t>{1, 2}));
}

TEST_F(NetworkTest, AResetDropsWhatIsOnTheWayBetweenTheTwoAndNothingElse) {
  send(kA, kB, kSmall, 1);
  send(kB, kA, kSmall, 2);
  send(kA, kC, kSmall, 3);
  at(microseconds(10), [this] { network->reset(kA, kB); });
  at(milliseconds(100), [this] { send(kA, kB, kSmall, 4); });
  run_out();
  EXPECT_EQ(arrived(), (std::vector<std::uint64_t>{3, 4}));
  EXPECT_EQ(drops, (std::vector<std::uint64_t>{1, 2}));
}

TEST_F(NetworkTest, ASlowCardSlowsMessagesAndBulkAndIsUndone) {
  network->slow(kA, 0.1);
  send(kA, kB, kSmall, 1);
  run_for(milliseconds(100));
  EXPECT_EQ(took(0), kLatency + milliseconds(1));
  send(kA, kB, kBulk, 2);
  run_for(milliseconds(300));
  EXPECT_GE(took(1), milliseconds(200) + kLatency);
  network->slow(kA, 1);
  send(kA, kB, kSmall, 3);
  run_for(milliseconds(400));
  EXPECT_EQ(took(2), milliseconds(300) + kLatency + microseconds(100));
  send(kA, kB, kBulk, 4);
  run_out();
  EXPECT_LT(took(3), milliseconds(400) + kLatency + milliseconds(12));
}

TEST_F(NetworkTest, ABulkTransferUnderWayIsSlowedWithItsCard) {
  send(kA, kB, kBulk);
  at(milliseconds(5), [this] { network->slow(kB, 0.1); });
  run_out();
  EXPECT_GT(took(), milliseconds(50));
}

TEST_F(NetworkTest, WhateverIsOnTheWayToOrFromADroppedHostIsDroppedOnce) {
  send(kA, kB, kSmall, 1);
  send(kB, kA, kSmall, 2);
  send(kA, kB, kBulk, 3, 1);
  send(kA, kB, kSmall, 4, 1);
  send(kA, kC, kSmall, 5);
  at(milliseconds(1), [this] {
    send(kC, kB, kSmall, 6);
    network->drop_host(kB);
  });
  run_out();
  EXPECT_EQ(arrived(), (std::vector<std::uint64_t>{1, 2, 5}));
  EXPECT_EQ(drops, (std::vector<std::uint64_t>{3, 4, 6}));
}

TEST_F(NetworkTest, ChannelsOfADroppedHostAreNew) {
  network->cut(kA, kB, false);
  send(kA, kB, kSmall, 1);
  at(seconds(1), [this] {
    network->heal(kA, kB, false);
    network->drop_host(kB);
    send(kA, kB, kSmall, 2);
  });
  run_out();
  EXPECT_EQ(drops, std::vector<std::uint64_t>{1});
  EXPECT_EQ(took(), seconds(1) + kLatency + microseconds(100));
}

TEST_F(NetworkTest, AHostWithoutPowerIsSilentUntilItHasPowerAgain) {
  send(kA, kB, kBulk, 1);
  at(milliseconds(5), [this] { network->set_power(kB, false); });
  at(milliseconds(10), [this] {
    send(kA, kB, kSmall, 2);
    send(kA, kB, kBulk, 3, 1);
  });
  at(seconds(1), [this] { network->set_power(kB, true); });
  run_for(milliseconds(900));
  EXPECT_EQ(drops, std::vector<std::uint64_t>{1});
  EXPECT_TRUE(arrivals.empty());
  run_out();
  EXPECT_EQ(arrived(), (std::vector<std::uint64_t>{2, 3}));
  EXPECT_GT(took(0), seconds(1));
}

// --- observation ---

TEST_F(NetworkTest, CountsBytesAndBusyTimeOfBothPaths) {
  send(kA, kB, kSmall);
  send(kA, kB, kBulk, 0, 1);
  run_out();
  EXPECT_EQ(network->counters(kA).bytes_sent, kSmall + kBulk);
  EXPECT_EQ(network->counters(kB).bytes_received, kSmall + kBulk);
  expect_near(network->counters(kA).busy_out, microseconds(10'100));
  expect_near(network->counters(kB).busy_in, microseconds(10'100));
  EXPECT_EQ(network->counters(kB).busy_out, Duration());
}

// --- determinism ---

/// A busy half second with faults, in a process of its own (SimGrid has one engine a process).
std::uint64_t digest_of_run(std::uint64_t seed) {
  int ends[2];
  if (pipe(ends) != 0) {
    throw std::runtime_error("no pipe");
  }
  const pid_t child = fork();
  if (child == 0) {
    struct Sink : Receiver {
      void delivered(std::uint64_t) override {}
      void dropped(std::uint64_t) override {}
    } sink;
    Kernel kernel;
    auto platform = std::move(*Platform::create(one_zone(), kernel));
    NetworkOptions options;
    options.bulk_bytes = kBulk / 2;
    Network network(kernel, *platform, seed, options);
    Random random(seed, "load");
    network.set_jitter(kA, kB, microseconds(300));
    for (int step = 0; step < 500; ++step) {
      for (std::uint32_t i = 0; i < 4; ++i) {
        network.transmit(HostId(i), HostId(static_cast<std::uint32_t>(random.below(4))), 0,
                         1 + random.below(random.chance(0.02) ? kBulk : kSmall), sink, i);
      }
      if (step == 200) {
        network.cut(kA, kB, true);
      }
      if (step == 300) {
        network.heal(kA, kB, true);
      }
      kernel.run_until(kernel.now() + milliseconds(1));
    }
    kernel.run_until(kernel.now() + seconds(10));
    const std::uint64_t digest = kernel.digest();
    const bool written = write(ends[1], &digest, sizeof digest) == sizeof digest;
    _exit(written ? 0 : 1);
  }
  close(ends[1]);
  std::uint64_t digest = 0;
  const bool is_read = read(ends[0], &digest, sizeof digest) == sizeof digest;
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (!is_read || status != 0) {
    throw std::runtime_error("the run failed");
  }
  return digest;
}

TEST(NetworkDeterminism, EqualSeedsGiveEqualDigestsAndOthersDoNot) {
  const std::uint64_t reference = digest_of_run(1);
  EXPECT_EQ(reference, digest_of_run(1));
  EXPECT_NE(reference, digest_of_run(2));
}

}  // namespace
}  // namespace wavetank::sim
