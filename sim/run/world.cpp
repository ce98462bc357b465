#include "sim/run/world.h"

#include <algorithm>
#include <string>

#include "models/hardware.h"
#include "models/network_profile.h"

namespace wavetank::sim {

namespace {

using scenarios::Scenario;

std::uint64_t nic_bytes_per_s(const Scenario& scenario, const models::HardwareType& type) {
  return scenario.cluster.network.nic_bits_per_s.value_or(type.nic_bits_per_s) / 8;
}

Result<PlatformSpec> platform_of(const Scenario& scenario, const models::NetworkProfile& profile) {
  const scenarios::Cluster& cluster = scenario.cluster;
  const scenarios::Network& own = cluster.network;
  using models::Distance;
  PlatformSpec spec;
  spec.loopback_latency = kLoopbackDelay;
  spec.region_latency = own.other_region.value_or(profile.at(Distance::other_region).base);
  for (const scenarios::Region& region : cluster.regions) {
    RegionSpec it;
    it.name = region.name;
    it.zone_latency = own.same_region.value_or(profile.at(Distance::same_region).base);
    spec.regions.push_back(std::move(it));
  }
  for (std::size_t a = 0; a < cluster.regions.size() && !own.other_region; ++a) {
    for (std::size_t b = a + 1; b < cluster.regions.size(); ++b) {
      const std::string& from = cluster.regions[a].name;
      const std::string& to = cluster.regions[b].name;
      spec.routes.push_back({from, to, profile.between_regions(from, to).base, 0});
    }
  }
  for (std::uint32_t z = 0; z < cluster.zones.size(); ++z) {
    ZoneSpec zone;
    zone.name = cluster.zones[z].name;
    zone.latency = own.same_zone.value_or(profile.at(Distance::same_zone).base);
    for (const scenarios::Host& host : cluster.hosts) {
      if (host.zone == z) {
        const Result<const models::HardwareType*> type = models::find_hardware(host.type);
        if (!type) {
          return tl::unexpected<Error>(type.error());
        }
        zone.hosts.push_back({host.name, (*type)->vcpus, nic_bytes_per_s(scenario, **type)});
      }
    }
    spec.regions[cluster.zones[z].region].zones.push_back(std::move(zone));
  }
  return spec;
}

Result<models::CostTable> costs_of(const scenarios::Costs& costs) {
  if (costs.measured) {
    return costs.measured->table();
  }
  const auto found = models::find_cost_table(costs.name);
  return found ? Result<models::CostTable>(**found) : tl::unexpected<Error>(found.error());
}

DiskSpec disk_of(const models::Disk& disk) {
  DiskSpec spec;
  spec.latency = disk.write_latency;
  spec.read_bytes_per_second = disk.read_bytes_per_s;
  spec.write_bytes_per_second = disk.write_bytes_per_s;
  spec.fsync_latency = disk.fsync_latency;
  spec.queue_depth = disk.queue_depth;
  spec.capacity_bytes = disk.capacity_bytes;
  return spec;
}

/// Every message's own part of the delay, between all hosts.
void set_jitter(World& world, const Scenario& scenario, const models::NetworkProfile& profile) {
  const auto distance = [&](const scenarios::Host& a, const scenarios::Host& b) {
    if (a.zone == b.zone) {
      return models::Distance::same_zone;
    }
    const auto& zones = scenario.cluster.zones;
    return zones[a.zone].region == zones[b.zone].region ? models::Distance::same_region
                                                        : models::Distance::other_region;
  };
  for (std::size_t a = 0; a < world.hosts.size(); ++a) {
    for (std::size_t b = 0; b < world.hosts.size(); ++b) {
      if (a != b) {
        const auto& hosts = scenario.cluster.hosts;
        const double mean_ns = profile.at(distance(hosts[a], hosts[b])).jitter.mean();
        world.network->set_jitter(world.hosts[a], world.hosts[b],
                                  Duration(static_cast<std::int64_t>(mean_ns)));
      }
    }
  }
}

}  // namespace

Result<std::unique_ptr<World>> World::build(const Scenario& scenario) {
  const auto profile = models::find_network_profile(scenario.cluster.network.profile);
  const Result<models::CostTable> costs = costs_of(scenario.cluster.costs);
  if (!profile || !costs) {
    return tl::unexpected<Error>(!profile ? profile.error() : costs.error());
  }
  Result<PlatformSpec> spec = platform_of(scenario, **profile);
  if (!spec) {
    return tl::unexpected<Error>(spec.error());
  }
  auto world = std::make_unique<World>();
  world->costs = *costs;
  Result<std::unique_ptr<Platform>> platform = Platform::create(*spec, world->kernel);
  if (!platform) {
    return tl::unexpected<Error>(platform.error());
  }
  world->platform = std::move(*platform);
  world->network = std::make_unique<Network>(world->kernel, *world->platform, scenario.seed);
  world->cluster = std::make_unique<Cluster>(world->kernel, *world->platform, *world->network,
                                             world->costs, scenario.seed);
  for (const scenarios::Host& host : scenario.cluster.hosts) {
    const HostId id = *world->platform->find(host.name);
    const models::HardwareType& type = **models::find_hardware(host.type);
    world->hosts.push_back(id);
    world->machines.push_back(world->cluster->add_machine(
        {host.name, id, type.vcpus, type.core_speed, disk_of(type.disk), type.memory_bytes}));
  }
  set_jitter(*world, scenario, **profile);
  return world;
}

}  // namespace wavetank::sim
