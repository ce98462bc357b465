#pragma once

// A cluster of scripted processes: each does what a test has told it to do when it sees something,
// and keeps a list of what it has seen.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/cluster/cluster.h"

namespace wavetank::sim::test {

inline constexpr Duration kLatency = microseconds(100);
/// What the network takes for a message of some letters: 1 ns a byte, and 4 bytes of framing.
inline Duration way_of(std::string_view text) {
  return kLatency + nanoseconds(static_cast<std::int64_t>(4 + text.size()));
}
inline Time after_us(std::int64_t us) {
  return Time() + microseconds(us);
}

/// A request costs 1 us, everything else nothing.
inline const models::CostTable& one_microsecond_a_request() {
  static const models::CostTable table = [] {
    models::CostTable it{"test", 1, {}, ""};
    it.picoseconds[static_cast<std::size_t>(port::Work::request)] = 1'000'000;
    return it;
  }();
  return table;
}
inline void work_us(port::Ports& ports, std::uint64_t us) {
  ports.meter().charge(port::Work::request, us);
}
inline void say(port::Ports& ports, NodeId to, std::string_view text,
                port::Lane lane = port::Lane::request) {
  ports.send(to, lane, {Bytes::copy_of(text), {}});
}

using Action = std::function<void(port::Ports&)>;

/// What all processes of one node have seen ("start", "hello from 1", "timer 3", "reset by 0",
/// "stored 7"), and what they do then.
struct Script {
  struct Seen {
    std::string what;
    Time at;        ///< simulated
    port::Now now;  ///< on the node's own clock
  };
  std::vector<Seen> seen;
  std::vector<NodeId> hung_up;  ///< peers whose own connections were reset
  std::map<std::string, Action, std::less<>> reactions;
  port::AfterFailure after_failure = port::AfterFailure::exit;
};

class ScriptedRole final : public port::Role {
 public:
  ScriptedRole(const Kernel& kernel, Script& script) : kernel_(kernel), script_(script) {}

  void start(port::Now now, port::Ports& ports) override { see("start", now, ports); }
  void on_message(port::Now now, NodeId from, port::Lane, const port::Message& message,
                  port::Ports& ports) override {
    see(std::string(as_text(message.head)) + " from " + std::to_string(from.value()), now, ports);
  }
  void on_timer(port::Now now, port::TimerId timer, port::Ports& ports) override {
    see("timer " + std::to_string(timer.value()), now, ports);
  }
  void on_storage(port::Now now, port::StorageToken token, port::Ports& ports) override {
    see("stored " + std::to_string(token.value()), now, ports);
  }
  port::AfterFailure on_storage_failed(port::Now now, port::StorageToken token) override {
    const bool of_append = token == port::kNoNotify;
    script_.seen.push_back(
        {of_append ? "no room" : "failed " + std::to_string(token.value()), kernel_.now(), now});
    return script_.after_failure;
  }
  void on_hang_up(port::Now, NodeId peer, port::Ports&) override {
    script_.hung_up.push_back(peer);
  }
  void on_reset(port::Now now, NodeId peer, port::Ports& ports) override {
    see("reset by " + std::to_string(peer.value()), now, ports);
  }

 private:
  void see(const std::string& what, port::Now now, port::Ports& ports) {
    script_.seen.push_back({what, kernel_.now(), now});
    if (const auto found = script_.reactions.find(what); found != script_.reactions.end()) {
      found->second(ports);
    }
  }

  const Kernel& kernel_;
  Script& script_;
};

/// Four hosts in one zone, 100 us apart, with cards of 1 GB/s.
inline PlatformSpec four_hosts() {
  ZoneSpec zone{"zone", kLatency, {}};
  for (const char* name : {"a", "b", "c", "d"}) {
    zone.hosts.push_back({name, 4, 1'000'000'000});
  }
  RegionSpec region;
  region.name = "region";
  region.zones = {zone};
  PlatformSpec spec;
  spec.regions = {region};
  return spec;
}

/// The cluster, and the words tests use. Machine i is host i; nodes are numbered as they are added.
class World : private EventTarget {
 public:
  explicit World(std::uint64_t seed = 1) {
    auto created = Platform::create(four_hosts(), kernel);
    if (!created) {
      throw std::runtime_error(created.error().message);
    }
    platform = std::move(*created);
    network = std::make_unique<Network>(kernel, *platform, seed);
    cluster =
        std::make_unique<Cluster>(kernel, *platform, *network, one_microsecond_a_request(), seed);
  }

  MachineId machine(std::uint32_t cores = 4) {
    const auto host = static_cast<std::uint32_t>(cluster->machine_count());
    MachineSpec spec;
    spec.name = "machine-" + std::to_string(host);
    spec.host = HostId(host);
    spec.cores = cores;
    return cluster->add_machine(spec);
  }
  NodeId node(MachineId on, std::uint32_t concurrency = 1, bool has_files = false,
              std::optional<Duration> restart_after = {},
              std::function<bool(NodeId)> is_client = nullptr,
              std::optional<RequestQueueSpec> requests = {}, bool application_thread = false) {
    scripts_.emplace_back();
    Script& script = scripts_.back();
    return cluster->add_node(
        {"node-" + std::to_string(cluster->node_count()), on,
         [this, &script] { return std::make_unique<ScriptedRole>(kernel, script); }, concurrency,
         has_files, restart_after, std::move(is_client), requests, application_thread});
  }

  void when(NodeId node, std::string_view sees, Action action) {
    scripts_[node.value()].reactions[std::string(sees)] = std::move(action);
  }
  void carries_on(NodeId node) {
    scripts_[node.value()].after_failure = port::AfterFailure::carry_on;
  }
  void at(Time date, std::function<void()> action) {
    actions_.push_back(std::move(action));
    kernel.schedule(date, *this, actions_.size() - 1);
  }
  /// A step of `node` that is caused at `date`.
  void step(Time date, NodeId node, Action action) {
    calls_.emplace_back(kernel, std::move(action));
    Call& call = calls_.back();
    at(date, [this, node, &call] { cluster->node(node).call(call); });
  }
  /// A step of `node` that is caused by the one that is being taken.
  void step_now(NodeId node, Action action) {
    calls_.emplace_back(kernel, std::move(action));
    cluster->node(node).call(calls_.back());
  }
  /// When the i-th step given to `step` was served; never, if it was not.
  [[nodiscard]] Time served(std::size_t i) const { return calls_.at(i).served; }
  void run_until(Time date) { kernel.run_until(date); }

  [[nodiscard]] std::vector<std::string> seen(NodeId node) const {
    std::vector<std::string> all;
    for (const Script::Seen& it : scripts_[node.value()].seen) {
      all.push_back(it.what);
    }
    return all;
  }
  /// Peers whose own connections to `node` were reset.
  [[nodiscard]] const std::vector<NodeId>& hung_up(NodeId node) const {
    return scripts_[node.value()].hung_up;
  }
  /// When `node` first saw this; never, if it did not.
  [[nodiscard]] Time saw(NodeId node, std::string_view what) const {
    for (const Script::Seen& it : scripts_[node.value()].seen) {
      if (it.what == what) {
        return it.at;
      }
    }
    return Time::never();
  }
  [[nodiscard]] const Script::Seen& last_seen(NodeId node) const {
    return scripts_[node.value()].seen.back();
  }

  Kernel kernel;
  std::unique_ptr<Platform> platform;
  std::unique_ptr<Network> network;
  std::unique_ptr<Cluster> cluster;

 private:
  struct Call final : Application {
    Call(const Kernel& k, Action a) : kernel(k), action(std::move(a)) {}
    void on_step(port::Now, port::Ports& ports) override {
      served = kernel.now();
      action(ports);
    }
    const Kernel& kernel;
    Action action;
    Time served = Time::never();
  };
  void fire(std::uint64_t what) override { actions_[what](); }

  std::deque<Script> scripts_;
  std::vector<std::function<void()>> actions_;
  std::deque<Call> calls_;
};

/// Every test ends with a cluster that holds no message any more.
class ClusterTest : public testing::Test, protected World {
 protected:
  void TearDown() override {
    run_until(kernel.now() + seconds(2000));  // longer than retransmissions go on
    EXPECT_EQ(cluster->messages_in_flight(), 0u);
    EXPECT_EQ(network->in_flight(), 0u);
  }
};

}  // namespace wavetank::sim::test
