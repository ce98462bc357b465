// What a message costs: sending, two card queues and the delivery, with and without a bulk transfer
// beside it.

#include <benchmark/benchmark.h>

#include <memory>
#include <stdexcept>
#include <string>

#include "sim/kernel/kernel.h"
#include "sim/network/network.h"
#include "sim/platform/platform.h"

namespace wavetank::bench {
namespace {

constexpr std::uint32_t kHosts = 16;
constexpr std::uint32_t kChannels = 4;
constexpr std::uint64_t kMessageBytes = 4'000;

/// Pairs of hosts that answer each other for ever, on several channels.
class PingPong final : public sim::Receiver {
 public:
  PingPong() {
    sim::ZoneSpec zone{"zone", microseconds(50), {}};
    for (std::uint32_t i = 0; i < kHosts; ++i) {
      sim::HostSpec host;
      host.name = std::to_string(i);
      zone.hosts.push_back(host);
    }
    sim::PlatformSpec spec;
    spec.regions = {sim::RegionSpec{}};
    spec.regions[0].name = "region";
    spec.regions[0].zones = {zone};
    auto created = sim::Platform::create(spec, kernel);
    if (!created) {
      throw std::runtime_error(created.error().message);
    }
    platform = std::move(*created);
    network = std::make_unique<sim::Network>(kernel, *platform, 1);
    for (std::uint32_t i = 0; i < kHosts * kChannels; ++i) {
      send(i);
    }
  }
  static PingPong& get() {
    static PingPong game;
    return game;
  }
  void delivered(std::uint64_t payload) override {
    ++count;
    if (payload == kBulk) {
      send_bulk();
    } else {
      send(static_cast<std::uint32_t>(payload));
    }
  }
  void dropped(std::uint64_t) override {}
  void send(std::uint32_t game) {
    const std::uint32_t from = (game + static_cast<std::uint32_t>(count)) % kHosts;
    network->transmit(sim::HostId(from), sim::HostId((from + 1 + game % 3) % kHosts), game / kHosts,
                      kMessageBytes, *this, game);
  }
  void send_bulk() {
    network->transmit(sim::HostId(0), sim::HostId(1), kChannels, 100'000'000, *this, kBulk);
  }

  static constexpr std::uint64_t kBulk = 1'000'000;
  sim::Kernel kernel;
  std::unique_ptr<sim::Platform> platform;
  std::unique_ptr<sim::Network> network;
  std::uint64_t count = 0;
};

void play(benchmark::State& state) {
  PingPong& game = PingPong::get();
  const std::uint64_t before = game.count;
  for (auto _ : state) {
    game.kernel.run_until(game.kernel.now() + milliseconds(10));
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(game.count - before));
}

void messages(benchmark::State& state) {
  play(state);
}
BENCHMARK(messages);

void messages_beside_a_bulk_transfer(benchmark::State& state) {
  PingPong& game = PingPong::get();
  game.send_bulk();
  play(state);
  game.network->drop_host(sim::HostId(0));
}
BENCHMARK(messages_beside_a_bulk_transfer)->Iterations(1'000);

}  // namespace
}  // namespace wavetank::bench
