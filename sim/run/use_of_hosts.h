#pragma once

// How busy every host's resources are, between two moments.

#include <vector>

#include "reports/result.h"
#include "sim/run/world.h"

namespace wavetank::sim {

class UseOfHosts {
 public:
  explicit UseOfHosts(World& world) : world_(world) {}

  void begin();
  /// Shares of the time since `begin`, by host in ascending order of names. The disk's is the
  /// greater of its busy time and of what it would take to write all that was appended: write-back
  /// lags by half a minute, and a page cache can hide for that long that a disk will not keep up.
  [[nodiscard]] std::vector<reports::HostUse> so_far() const;

 private:
  struct Reading {
    Duration cpu;
    Duration disk;
    Duration nic_in;
    Duration nic_out;
    std::uint64_t appended_bytes = 0;
    std::vector<Duration> processes;  ///< by node of the machine
  };
  [[nodiscard]] Reading read(std::size_t host) const;

  World& world_;
  Time begun_;
  std::vector<Reading> at_begin_;
};

}  // namespace wavetank::sim
