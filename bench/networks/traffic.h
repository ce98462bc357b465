#pragma once

// The same messages over both models of the network: queues at the cards, and flows that share
// links. What queues and shares is sim/network and sim/platform; nothing here does.

#include <cstdint>
#include <vector>

#include "sim/platform/platform.h"

namespace wavetank::bench {

enum class Model : std::uint8_t {
  queues,  ///< every message passes the queues of two cards, whatever its size
  flows,   ///< every message is a flow of SimGrid's
  both,    ///< as scenarios run: flows from NetworkOptions::bulk_bytes on
};
const char* name(Model model);

struct Message {
  Time at;
  sim::HostId from;
  sim::HostId to;
  std::uint32_t channel = 0;
  std::uint64_t bytes = 0;
};

struct Traffic {
  sim::PlatformSpec platform;
  std::vector<Message> messages;
};

struct Ways {
  std::vector<double> ms;  ///< of every message, from sending to its last byte
  double wall_s = 0;       ///< of the run, without building its world
};
/// Runs them in a process of its own. REQUIRES: this process has built no world; messages of less
/// than 4 GiB.
Ways ways(const Traffic& traffic, Model model);

}  // namespace wavetank::bench
