#pragma once

// How busy every host's resources are while a run is measured.

#include <functional>
#include <vector>

#include "reports/utilisation.h"
#include "sim/run/world.h"

namespace wavetank::sim {

/// Peaks are of windows of this length, or of the whole if that is shorter.
inline constexpr Duration kUseWindow = seconds(1);

class UseOfHosts {
 public:
  /// REQUIRES: all processes have their machines, and the world outlives it.
  explicit UseOfHosts(World& world);

  void begin();
  /// Takes note if a window is over; until `begin`, does nothing. Windows are as exact as this is
  /// called often.
  void look();
  /// Everything from `begin` until now; nothing if that is no time. REQUIRES: called once.
  [[nodiscard]] reports::Utilisation finish();

 private:
  /// One resource, and the time that its servers have been at work so far, all together.
  struct Meter {
    reports::ResourceUse use;
    std::function<Duration()> total;
  };
  struct Reading {
    Time at;
    std::vector<Duration> totals;  ///< by meter
  };

  void add_machine(MachineId machine, HostId host);
  void add_process(NodeId node, const std::string& host);
  void add(const std::string& host, reports::Resource resource, std::uint64_t servers,
           std::function<Duration()> total, const std::string& process = {});
  [[nodiscard]] Reading read() const;
  [[nodiscard]] double share(std::size_t meter, const Reading& from, const Reading& to) const;
  void close_window(Reading now);
  void keep(Reading reading);
  void forget_idle_processes();

  World& world_;
  std::vector<Meter> meters_;
  Reading last_;                ///< where the second that is under way began
  std::vector<Reading> edges_;  ///< of the windows; the first is where it all began
  std::uint64_t seconds_ = 0;
  std::uint64_t stride_ = 1;  ///< of the seconds, every so many one is an edge
};

}  // namespace wavetank::sim
