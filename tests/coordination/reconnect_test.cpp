// When a client tries again that no server lets in.

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "engine/base/random.h"
#include "tests/coordination/ensemble_fixture.h"

namespace wavetank::coordination::test {
namespace {

constexpr NodeId kServer{1};
constexpr NodeId kClient{2};

class Nobody final : public port::Role {
 public:
  void start(port::Now, port::Ports&) override {}
  void on_message(port::Now, NodeId, port::Lane, const port::Message&, port::Ports&) override {}
  void on_timer(port::Now, port::TimerId, port::Ports&) override {}
};

/// What lies between one attempt and the next, in milliseconds: its only server resets every
/// connection as soon as it is asked for.
std::vector<double> waits(const ClientConfig& config, std::size_t count, std::uint64_t seed = 1) {
  wavetank::test::BareHost host(seed);
  host.add(kServer, [] { return std::make_unique<Nobody>(); });
  host.add(kClient,
           [&] { return std::make_unique<TestClient>(config, std::vector<NodeId>{kServer}); });
  std::vector<Time> attempts;
  host.on_delivery = [&](NodeId, NodeId to, port::Lane, const port::Message&) {
    if (to == kServer) {
      attempts.push_back(host.now());
      host.role<TestClient>(kClient).client.on_reset({host.clock(), host.ports(kClient)}, kServer);
    }
  };
  host.start_all();
  EXPECT_TRUE(host.run_until([&] { return attempts.size() > count; }, seconds(3600)));
  std::vector<double> between;
  for (std::size_t i = 1; i <= count; ++i) {
    between.push_back((attempts[i] - attempts[i - 1] - microseconds(100)).seconds() * 1e3);
  }
  return between;
}

/// As kazoo 2.8 waits: 0.1 s, each time twice as long as the last, give or take 40 %.
ClientConfig like_kazoo() {
  ClientConfig config;
  config.reconnect_growth = 2;
  config.reconnect_jitter = 0.4;
  return config;
}

TEST(Reconnecting, WaitsEquallyLongUnlessToldOtherwise) {
  EXPECT_THAT(waits({}, 3), testing::Each(testing::DoubleNear(100, 0.01)));
}

TEST(Reconnecting, WaitsLongerEachTimeUpToABound) {
  ClientConfig config;
  config.reconnect_growth = 2;
  config.reconnect_backoff_max = milliseconds(300);
  EXPECT_THAT(waits(config, 4), testing::Pointwise(testing::DoubleNear(0.01),
                                                   std::vector<double>{100, 200, 300, 300}));
}

TEST(Reconnecting, WaitsSomewhatLongerOrShorterAtRandom) {
  double least = 1e9;
  double greatest = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const std::vector<double> it = waits(like_kazoo(), 2, seed);
    least = std::min(least, it[0]);
    greatest = std::max(greatest, it[0]);
    EXPECT_GE(it[1] / it[0], 2 * 0.6);
    EXPECT_LE(it[1] / it[0], 2 * 1.4);
  }
  EXPECT_GE(least, 60);
  EXPECT_LT(least, 70);
  EXPECT_GT(greatest, 130);
  EXPECT_LE(greatest, 140);
}

TEST(Reconnecting, WaitsAsLongInTheSameRunAgain) {
  EXPECT_EQ(waits(like_kazoo(), 5, 7), waits(like_kazoo(), 5, 7));
}

}  // namespace
}  // namespace wavetank::coordination::test
