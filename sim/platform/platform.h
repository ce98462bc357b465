#pragma once

// The simulated hardware that hosts stand on: regions, zones, hosts, network cards and the routes
// between them, and bulk transfers over these. The only folder that knows SimGrid.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/strong.h"
#include "engine/base/time.h"
#include "sim/kernel/kernel.h"

namespace wavetank::sim {

/// Dense from 0, in the order of the specification.
using HostId = Strong<struct HostIdTag, std::uint32_t>;
/// One bulk transfer; never used again after it has ended.
using FlowId = Strong<struct FlowIdTag, std::uint64_t>;

struct HostSpec {
  std::string name;  ///< unique in the platform
  std::uint32_t cores = 1;
  std::uint64_t nic_bytes_per_s = 1'250'000'000;  ///< in each direction; the card is full duplex
};

/// Hosts behind one switch that never blocks (an availability zone).
struct ZoneSpec {
  std::string name;
  Duration latency = microseconds(100);  ///< one way between two hosts of the zone
  std::vector<HostSpec> hosts;
};

struct RegionSpec {
  std::string name;
  Duration zone_latency = microseconds(500);  ///< one way between hosts of two zones
  /// Shared by all bulk transfers from one zone to another, each direction its own. 0: no limit.
  std::uint64_t zone_bytes_per_s = 0;
  std::vector<ZoneSpec> zones;
};

/// The way between two regions, the same in both directions. Regions without one take the default.
struct RegionRouteSpec {
  std::string from;
  std::string to;
  Duration latency;
  std::uint64_t bytes_per_s = 0;  ///< as zone_bytes_per_s
};

/// Host ids count through regions, then zones, then hosts. Latencies between zones and regions
/// replace the zone's own, and must not be below it.
struct PlatformSpec {
  std::vector<RegionSpec> regions;
  std::vector<RegionRouteSpec> routes;
  Duration region_latency = milliseconds(40);    ///< default one way between two regions
  Duration loopback_latency = microseconds(20);  ///< of a host to itself, without any card
};

inline constexpr std::size_t kHostsMax = 10'000;
inline constexpr std::size_t kZonesMax = 64;

/// Told when a bulk transfer ends.
class FlowObserver {
 public:
  /// All bytes are in at the destination, or (`failed`) one of the hosts went off. Comes as an
  /// event of the kernel, never from within `start_flow`.
  virtual void flow_ended(std::uint64_t payload, bool failed) = 0;

 protected:
  ~FlowObserver() = default;
};

/// A SimGrid platform, kept in step with a kernel.
///
/// Bulk transfers are SimGrid flows in the model CM02 (Velho and Legrand, "Accuracy Study and
/// Improvement of Network Simulation in the SimGrid Framework", 2009, without LV08's corrections):
/// a transfer takes the latency of its route and then shares every link on it max-min fairly.
/// Transfers with different latencies share in inverse proportion to them, as TCP does. Fluid: no
/// packets, no loss. Durations are right to the nanosecond that SimGrid's clock (a double)
/// resolves.
///
/// REQUIRES: one platform in a process's life, for SimGrid has one engine.
class Platform : public Companion {
 public:
  /// Builds the platform and attaches it to the kernel. Fails on a specification that is
  /// impossible; every problem is named. REQUIRES: kernel.now() == 0, and the kernel outlives it.
  static Result<std::unique_ptr<Platform>> create(const PlatformSpec& spec, Kernel& kernel);
  virtual ~Platform();

  [[nodiscard]] std::size_t host_count() const;
  [[nodiscard]] const HostSpec& host(HostId host) const;
  [[nodiscard]] Result<HostId> find(std::string_view host_name) const;
  /// Hosts of the region or zone with this name, in ascending order; empty if there is none.
  [[nodiscard]] std::vector<HostId> hosts_in(std::string_view region_or_zone) const;

  /// One-way propagation time of the route: what a ping of no bytes takes. Exactly as specified.
  [[nodiscard]] Duration latency(HostId from, HostId to) const;
  /// Bytes per second of the narrowest part of the route, as specified.
  [[nodiscard]] std::uint64_t path_rate(HostId from, HostId to) const;
  [[nodiscard]] std::uint64_t nic_rate(HostId host) const;

  /// Moves `bytes` from one host to another. If a host is off, the transfer fails at once.
  /// REQUIRES: bytes > 0, from != to.
  FlowId start_flow(HostId from, HostId to, std::uint64_t bytes, FlowObserver& observer,
                    std::uint64_t payload);
  /// The transfer stops where it is; its observer is not told. Does nothing if it has ended.
  void cancel_flow(FlowId flow);
  /// Bytes that have not arrived yet; 0 if the flow has ended.
  [[nodiscard]] std::uint64_t flow_remaining_bytes(FlowId flow);
  [[nodiscard]] std::size_t live_flows() const;

  /// Turns a host off or on. Live transfers of a host that goes off fail.
  void set_host_on(HostId host, bool on);
  [[nodiscard]] bool host_is_on(HostId host) const;

  /// What bulk transfers may use of a card, in bytes per second; the card's rate at first.
  /// REQUIRES: > 0.
  void set_flow_capacity(HostId host, double out_bytes_per_s, double in_bytes_per_s);
  /// What bulk transfers do use of a card now, in bytes per second.
  struct FlowUsage {
    double out_bytes_per_s;
    double in_bytes_per_s;
  };
  [[nodiscard]] FlowUsage flow_usage(HostId host);

  Time next_date() override;
  void advance_to(Time date) override;

 private:
  struct Impl;
  explicit Platform(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace wavetank::sim
