#pragma once

// How busy the resources of the hosts were while a run was measured: on average, at worst, and over
// time. What binds a system is among them, or nothing is full and it waits for something else.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/time.h"

namespace wavetank::reports {

/// Over the time of a window, each is a share of what the resource can do in it: 0 to 1.
enum class Resource : std::uint8_t {
  cpu,               ///< core time of all processes, of the machine's cores
  process,           ///< core time of the busiest process, of the cores it may use
  request_handlers,  ///< a server's io threads that have a request in hand, of all it has
  disk,              ///< time with at least one operation in service, as iostat's %util
  disk_channel,      ///< time in which the disk moves bytes
  disk_slots,        ///< operations in service, of its queue depth
  /// What the page cache was given to keep, of what the disk can write: write-back lags by half a
  /// minute and can hide for that long that the disk will not keep up. May exceed 1.
  disk_appends,
  nic_in,  ///< time that the bytes keep a card of the specified rate busy; likewise `nic_out`
  nic_out,
};
inline constexpr std::array kResources{
    Resource::cpu,          Resource::process,      Resource::request_handlers,
    Resource::disk,         Resource::disk_channel, Resource::disk_slots,
    Resource::disk_appends, Resource::nic_in,       Resource::nic_out};

const char* name(Resource resource);   ///< "request_handlers", as in result.json
const char* words(Resource resource);  ///< "request handlers", for people

/// The lengths of windows double until there are no more than these.
inline constexpr std::size_t kMaxUseWindows = 120;

struct ResourceUse {
  std::string host;
  Resource resource = Resource::cpu;
  std::string process;          ///< whose it is; empty: the host's
  std::uint64_t servers = 1;    ///< cores, threads, places in a queue
  double mean = 0;              ///< over all that was measured
  double peak = 0;              ///< of the busiest second
  Time peak_at;                 ///< when that second began
  std::vector<double> windows;  ///< window by window; at most kMaxUseWindows
  friend bool operator==(const ResourceUse&, const ResourceUse&) = default;
};

/// Windows follow one another from `from` on; the last ends at `to`, and may be shorter.
struct Utilisation {
  Time from;
  Time to;
  Duration window;
  std::vector<ResourceUse> resources;  ///< by host in ascending order, then by resource
  friend bool operator==(const Utilisation&, const Utilisation&) = default;
};

/// Share of the measured time that each resource of a host was busy, 0 to 1: the means in short.
struct HostUse {
  std::string host;
  double cpu = 0;
  double disk = 0;  ///< the greater of Resource::disk and disk_appends
  double nic_in = 0;
  double nic_out = 0;
  double process = 0;  ///< of its busiest process: of the cores it may use (a client's loop: one)
  friend bool operator==(const HostUse&, const HostUse&) = default;
};
[[nodiscard]] std::vector<HostUse> in_short(const Utilisation& utilisation);

}  // namespace wavetank::reports
