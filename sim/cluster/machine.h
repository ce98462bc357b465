#pragma once

// A machine: a host of the platform with processor, disk and clock. Its processes are Nodes.

#include <cstdint>
#include <string>

#include "engine/base/strong.h"
#include "sim/platform/platform.h"
#include "sim/resources/disk.h"

namespace wavetank::sim {

using MachineId = Strong<struct MachineIdTag, std::uint32_t>;

struct MachineSpec {
  std::string name;
  HostId host;
  std::uint32_t cores = 1;
  double core_speed = 1.0;  ///< relative to the cost table's reference core
  DiskSpec disk;
  std::uint64_t memory_bytes = 0;
};

}  // namespace wavetank::sim
