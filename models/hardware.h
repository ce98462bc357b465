#pragma once

// The catalogue of machine types: what a host of a scenario is made of and what it costs. Data
// only; the simulator turns it into CPUs, NICs and disks. Sources and ranges:
// models/cards/hardware.md.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/time.h"

namespace wavetank::models {

enum class DiskKind : std::uint8_t {
  hdd,         ///< one or several rotating disks seen as one volume
  sata_ssd,    ///< a local SSD behind SATA
  nvme,        ///< a local NVMe device (or several, striped); lost with the machine
  network_ssd  ///< a volume reached over the network (EBS gp2, gp3); survives the machine
};
std::string_view name(DiskKind kind);

/// One volume. Bandwidths are those of large sequential transfers; latencies are of one small
/// operation on an idle device, and exclude the transfer.
struct Disk {
  DiskKind kind;
  std::uint64_t capacity_bytes;
  std::uint64_t read_bytes_per_s;
  std::uint64_t write_bytes_per_s;
  Duration read_latency;      ///< one random 4 KiB read that misses the page cache
  Duration write_latency;     ///< one small write, acknowledged by the device
  Duration fsync_latency;     ///< flush of a few KiB: data, metadata and barrier
  std::uint32_t queue_depth;  ///< operations the device serves side by side
};

/// Cents are too coarse for an hour of a small machine.
struct UsdPerHour {
  std::int64_t micros;
  [[nodiscard]] double dollars() const { return static_cast<double>(micros) * 1e-6; }
};

struct HardwareType {
  std::string_view name;
  std::string_view description;
  std::uint32_t vcpus;  ///< schedulable threads; two hyper-threads of one core count as two
  std::uint64_t memory_bytes;
  std::uint64_t nic_bits_per_s;        ///< sustained for ever
  std::uint64_t nic_burst_bits_per_s;  ///< for minutes, by credit; never below the sustained rate
  Disk disk;
  UsdPerHour price;           ///< on demand, Linux, us-east-1; 0: never for rent by the hour
  std::uint16_t price_as_of;  ///< year of the price list; 0 without a price
  /// Single-thread speed relative to one busy vCPU of an m5 (Xeon Platinum 8175M, both
  /// hyper-threads in use), the reference core of the cost tables.
  double core_speed;
  std::string_view source;
};

/// All types, in ascending order of their names.
std::span<const HardwareType> hardware_catalogue();
std::vector<std::string_view> hardware_names();

/// The type of this name. A wrong name fails with the nearest right one.
Result<const HardwareType*> find_hardware(std::string_view name);

}  // namespace wavetank::models
