#include "models/hardware.h"

#include <array>

#include "models/lookup.h"

namespace wavetank::models {

namespace {

constexpr std::uint64_t gib(std::uint64_t n) {
  return n << 30U;
}
constexpr std::uint64_t gb(std::uint64_t n) {
  return n * 1'000'000'000;
}
/// Megabytes are 10^6 bytes, as in price lists.
constexpr std::uint64_t mb_per_s(double megabytes) {
  return static_cast<std::uint64_t>(megabytes * 1e6);
}
constexpr std::uint64_t gbit(double gigabits) {
  return static_cast<std::uint64_t>(gigabits * 1e9);
}
constexpr UsdPerHour usd(double dollars) {
  return {static_cast<std::int64_t>(dollars * 1e6 + 0.5)};
}

constexpr std::uint16_t kPriceYear = 2024;

/// An EBS volume of 1000 GiB, no faster than the machine's own sustained path to EBS.
constexpr Disk gp2(double machine_mb_per_s) {
  const std::uint64_t rate = mb_per_s(machine_mb_per_s < 250.0 ? machine_mb_per_s : 250.0);
  return {DiskKind::network_ssd, gib(1000),           rate, rate, microseconds(700),
          microseconds(700),     microseconds(1'500), 32};
}
/// An SSD persistent disk of Google Cloud, whose bandwidth grows with its size. What a durable
/// write takes was fitted (models/cards/hardware.md).
constexpr Disk pd_ssd(std::uint64_t capacity, double read_mb_per_s, double write_mb_per_s) {
  return {
      DiskKind::network_ssd, capacity,          mb_per_s(read_mb_per_s), mb_per_s(write_mb_per_s),
      microseconds(700),     microseconds(390), microseconds(550),       32};
}
/// Instance store behind NVMe.
constexpr Disk nvme(std::uint64_t capacity, double read_mb_per_s, double write_mb_per_s) {
  return {DiskKind::nvme,   capacity,         mb_per_s(read_mb_per_s), mb_per_s(write_mb_per_s),
          microseconds(90), microseconds(30), microseconds(100),       64};
}
/// Instance store of the years before NVMe.
constexpr Disk sata_ssd(std::uint64_t capacity, double read_mb_per_s, double write_mb_per_s) {
  return {DiskKind::sata_ssd, capacity,         mb_per_s(read_mb_per_s), mb_per_s(write_mb_per_s),
          microseconds(150),  microseconds(80), microseconds(1'000),     32};
}
/// Rotating disks at 7200 rpm: half a turn and a short seek for a random read; a small append goes
/// to the drive's cache; a flush waits for the platter.
constexpr Disk hdd(std::uint64_t capacity, double read_mb_per_s, double write_mb_per_s,
                   std::uint32_t spindles) {
  return {
      DiskKind::hdd,        capacity,          mb_per_s(read_mb_per_s), mb_per_s(write_mb_per_s),
      microseconds(12'000), microseconds(200), microseconds(8'500),     spindles};
}

/// One whose cache also keeps what is flushed, since nobody asks for barriers: a flush is one more
/// small write, the journal's.
constexpr Disk hdd_cached(std::uint64_t capacity, double mb) {
  Disk disk = hdd(capacity, mb, mb, 1);
  disk.fsync_latency = disk.write_latency;
  return disk;
}

/// What a durable write takes is the disk's part of a broadcast; it was fitted (models/cards).
constexpr Disk kRaftPaperDisk = {
    DiskKind::hdd,       gb(500),         mb_per_s(100),       mb_per_s(100),
    microseconds(8'000), microseconds(1), microseconds(9'999), 1};

/// Memory behind a file system: what was measured of an append of 4 KiB with fdatasync.
constexpr Disk kNamespaceDisk = {
    DiskKind::nvme,   gb(100),          mb_per_s(1'000),  mb_per_s(1'000),
    microseconds(60), microseconds(20), microseconds(40), 32};

/// No disk at all: files are memory, and nothing waits for them.
constexpr Disk kMemoryDisk = {DiskKind::nvme, gb(256),        mb_per_s(100'000), mb_per_s(100'000),
                              nanoseconds(1), nanoseconds(1), nanoseconds(1),    1'024};

constexpr std::string_view kEc2 = "AWS instance type pages and price list (us-east-1, Linux)";
constexpr std::string_view kMsk = "AWS MSK broker types and price list (us-east-1), m5 underneath";

// In ascending order of the names.
constexpr std::array kCatalogue = {
    HardwareType{"c3.2xlarge", "compute-optimised, third generation", 8, gib(15), gbit(1.0),
                 gbit(1.0), sata_ssd(gb(160), 400, 350), usd(0.42), kPriceYear, 0.80, kEc2},
    HardwareType{"c5.2xlarge", "compute-optimised, 3.4 GHz on all cores", 8, gib(16), gbit(2.5),
                 gbit(10), gp2(287.5), usd(0.34), kPriceYear, 1.10, kEc2},
    HardwareType{"c5n.2xlarge", "compute-optimised with fast network", 8, gib(21), gbit(10),
                 gbit(25), gp2(287.5), usd(0.432), kPriceYear, 1.10, kEc2},
    HardwareType{"debian-12-namespace", "host of the measurements made for this project", 4, gib(4),
                 gbit(10), gbit(10), kNamespaceDisk, usd(0), 0, 1.00,
                 "network namespaces of one machine with Debian 12, see docs/measured.md"},
    HardwareType{"etcd-16vcpu", "member of the dbtester runs of etcd 3.3", 16, gib(60), gbit(10),
                 gbit(16), pd_ssd(gb(300), 144, 144), usd(0), 0, 0.75,
                 "dbtester 2018: Google Cloud, 16 vCPU, 60 GB, SSD persistent disk of 300 GB"},
    HardwareType{"etcd-8vcpu", "member of the official table of etcd 3.2", 8, gib(16), gbit(8),
                 gbit(16), pd_ssd(gb(50), 24, 24), usd(0), 0, 0.75,
                 "etcd 3.2 performance page: Google Cloud, 8 vCPU, 16 GB, SSD of 50 GB"},
    HardwareType{"i3.2xlarge", "storage-optimised, one NVMe device", 8, gib(61), gbit(2.5),
                 gbit(10), nvme(gb(1'900), 1'400, 700), usd(0.624), kPriceYear, 0.85, kEc2},
    HardwareType{"i3en.2xlarge", "storage-optimised, two NVMe devices as one volume", 8, gib(64),
                 gbit(8.4), gbit(25), nvme(gb(5'000), 1'370, 687), usd(0.904), kPriceYear, 1.00,
                 kEc2},
    HardwareType{"i3en.xlarge", "storage-optimised, one NVMe device", 4, gib(32), gbit(4.2),
                 gbit(25), nvme(gb(2'500), 685, 343), usd(0.452), kPriceYear, 1.00, kEc2},
    HardwareType{"kafka.m5.2xlarge", "managed broker", 8, gib(32), gbit(2.5), gbit(10), gp2(287.5),
                 usd(0.84), kPriceYear, 1.00, kMsk},
    HardwareType{"kafka.m5.4xlarge", "managed broker", 16, gib(64), gbit(5), gbit(10), gp2(593.75),
                 usd(1.68), kPriceYear, 1.00, kMsk},
    HardwareType{"kafka.m5.large", "managed broker", 2, gib(8), gbit(0.75), gbit(10), gp2(81.25),
                 usd(0.21), kPriceYear, 1.00, kMsk},
    HardwareType{"kafka.m5.xlarge", "managed broker", 4, gib(16), gbit(1.25), gbit(10), gp2(143.75),
                 usd(0.42), kPriceYear, 1.00, kMsk},
    HardwareType{"linkedin-2014", "broker of the \"2 million writes per second\" cluster", 6,
                 gib(32), gbit(1), gbit(1), hdd(gb(6'000), 822, 822, 6), usd(0), 0, 1.00,
                 "Kreps, Benchmarking Apache Kafka, 2014: Xeon 2.5 GHz, six cores, six disks"},
    HardwareType{"m1.xlarge", "first generation, as in the Cassandra runs of 2011", 4, gib(15),
                 gbit(1), gbit(1), hdd(gb(1'680), 400, 400, 4), usd(0.35), kPriceYear, 0.45, kEc2},
    HardwareType{"m3.2xlarge", "general purpose, as in the Druid paper", 8, gib(30), gbit(1),
                 gbit(1), sata_ssd(gb(160), 400, 350), usd(0.532), kPriceYear, 0.75, kEc2},
    HardwareType{"m5.2xlarge", "general purpose", 8, gib(32), gbit(2.5), gbit(10), gp2(287.5),
                 usd(0.384), kPriceYear, 1.00, kEc2},
    HardwareType{"m5.4xlarge", "general purpose", 16, gib(64), gbit(5), gbit(10), gp2(593.75),
                 usd(0.768), kPriceYear, 1.00, kEc2},
    HardwareType{"m5.large", "general purpose", 2, gib(8), gbit(0.75), gbit(10), gp2(81.25),
                 usd(0.096), kPriceYear, 1.00, kEc2},
    HardwareType{"m5.xlarge", "general purpose", 4, gib(16), gbit(1.25), gbit(10), gp2(143.75),
                 usd(0.192), kPriceYear, 1.00, kEc2},
    HardwareType{"netdb-2011", "machine of the first Kafka paper", 8, gib(16), gbit(1), gbit(1),
                 hdd(gb(3'000), 500, 300, 6), usd(0), 0, 0.60,
                 "Kreps, Narkhede, Rao, Kafka, NetDB 2011: 8 x 2 GHz, 6 disks in RAID 10"},
    HardwareType{"r5.2xlarge", "memory-optimised", 8, gib(64), gbit(2.5), gbit(10), gp2(287.5),
                 usd(0.504), kPriceYear, 1.00, kEc2},
    HardwareType{"r5.xlarge", "memory-optimised", 4, gib(32), gbit(1.25), gbit(10), gp2(143.75),
                 usd(0.252), kPriceYear, 1.00, kEc2},
    HardwareType{"raft-2014", "server of figure 16 of the Raft paper", 4, gib(8), gbit(1), gbit(1),
                 kRaftPaperDisk, usd(0), 0, 1.00,
                 "Ongaro, Ousterhout, Raft, 2014: a broadcast takes about 15 ms"},
    HardwareType{"this-core", "one core of whatever machine the cost table was measured on", 1,
                 gib(256), gbit(1'000), gbit(1'000), kMemoryDisk, usd(0), 0, 1.00,
                 "the bare host (sim/bare): one thread, files in memory, messages handed over"},
    HardwareType{
        "zookeeper-2010", "server of the ZooKeeper paper, log on a disk of its own", 2,
        gib(4), gbit(1), gbit(1), hdd_cached(gb(500), 80), usd(0), 0, 0.55,
        "Hunt, Konar, Junqueira, Reed, ZooKeeper, USENIX ATC 2010: Xeon 2.1 GHz dual core"},
};

}  // namespace

std::string_view name(DiskKind kind) {
  switch (kind) {
    case DiskKind::hdd:
      return "hdd";
    case DiskKind::sata_ssd:
      return "sata-ssd";
    case DiskKind::nvme:
      return "nvme";
    case DiskKind::network_ssd:
      break;
  }
  return "network-ssd";
}

std::span<const HardwareType> hardware_catalogue() {
  return kCatalogue;
}

std::vector<std::string_view> hardware_names() {
  return names_of(hardware_catalogue(), &HardwareType::name);
}

Result<const HardwareType*> find_hardware(std::string_view name) {
  return find_by_name("machine type", hardware_catalogue(), &HardwareType::name, name);
}

}  // namespace wavetank::models
