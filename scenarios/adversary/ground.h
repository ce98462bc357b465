#pragma once

// What a scenario offers to be struck, and how much of it may be lost.

#include <cstdint>
#include <string>
#include <vector>

#include "scenarios/event.h"
#include "scenarios/scenario.h"

namespace wavetank::scenarios {

struct Ground {
  explicit Ground(const Scenario& scenario);

  // Indices of hosts, ascending.
  std::vector<std::uint32_t> brokers;
  std::vector<std::uint32_t> voters;   ///< of services that force to disk what they acknowledge
  std::vector<std::uint32_t> servers;  ///< brokers and voters, and what learns from voters
  std::vector<std::uint32_t> clients;
  std::vector<std::uint32_t> members;  ///< of them: where members of consumer groups run
  std::vector<std::uint32_t> all;
  /// Parts that hosts play: "leader_of: orders-0".
  std::vector<std::string> parts;
  std::string quorum_leader;     ///< the part of who leads the voters; empty: it has no name
  std::vector<std::string> led;  ///< partitions that have leaders and followers: "orders-0"
  std::vector<RunEvent> events;  ///< that its services can bring

  /// Brokers that may lose what they have not synced, one at a time and with the others well: those
  /// beyond the first that every acknowledged record is on. Zero where one copy is all that a write
  /// waits for.
  std::uint32_t expendable = 0;
  /// After which a broker that was lost has been missed, is back and in sync again.
  Duration mending;
};

}  // namespace wavetank::scenarios
